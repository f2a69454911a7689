import type { Answer, Delivery, Parts } from "../exchange.ts";
import type { Fault, FaultContext } from "../fault.ts";
import type { Reason } from "../journal.ts";
import type { Random } from "../random.ts";

/** Words a refusal in the way of a contract. */
export type Refuse = (status: number, error: string, reason: Reason) => Answer;

/** What goes wrong between any client and any server. */
export function usualFaults<P extends Parts<P>>(contract: string, refuse: Refuse): readonly Fault<P>[] {
  return [
    latency(contract),
    rateLimit(contract, refuse),
    serverError(contract, refuse),
    connectionReset(contract),
    slowBody(contract),
    cutBody(contract),
  ];
}

function latency<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "latency",
    contract,
    summary: "answers late",
    shows: "any call",
    options: {
      ms: { default: 500, meaning: "shortest delay in milliseconds" },
      spreadMs: { default: 0, meaning: "how much longer it may be, drawn evenly from the world's seed" },
    },
    wrap: (parts, context) =>
      deliver(parts, context, ({ delayMs = 0 }, { ms, spreadMs }, random) => ({
        delayMs: delayMs + ms! + (spreadMs! > 0 ? Math.floor(random.fraction() * (spreadMs! + 1)) : 0),
      })),
  };
}

function rateLimit<P extends Parts<P>>(contract: string, refuse: Refuse): Fault<P> {
  return {
    id: "rate-limit",
    contract,
    summary: "refuses with 429 and `Retry-After`, and does nothing",
    shows: "any call",
    options: { retryAfterS: { default: 1, meaning: "seconds in `Retry-After`" } },
    wrap: (parts, context) => {
      const reason = { rule: "fault rate-limit", message: "the fault is switched on in this world" };
      const refusal = refuse(429, "rate limit exceeded", reason);
      const headers = { ...refusal.headers, "retry-after": String(Math.ceil(context.options["retryAfterS"]!)) };
      return refuseAll(parts, context, { ...refusal, headers });
    },
  };
}

const serverErrors: Readonly<Record<number, string>> = {
  500: "internal server error",
  502: "bad gateway",
  503: "service unavailable",
};

function serverError<P extends Parts<P>>(contract: string, refuse: Refuse): Fault<P> {
  const statuses = Object.keys(serverErrors).map(Number);
  return {
    id: "server-error",
    contract,
    summary: "fails with 500, 502 or 503, and does nothing",
    shows: "any call",
    options: { status: { default: 503, meaning: "which one", oneOf: statuses } },
    wrap: (parts, context) => {
      const status = context.options["status"]!;
      const reason = { rule: "fault server-error", message: "the fault is switched on in this world" };
      return refuseAll(parts, context, refuse(status, serverErrors[status]!, reason));
    },
  };
}

function connectionReset<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "connection-reset",
    contract,
    summary: "does what it is asked and then resets the connection instead of answering",
    shows: "any call",
    wrap: (parts, context) => deliver(parts, context, () => ({ reset: true })),
  };
}

function slowBody<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "slow-body",
    contract,
    summary: "sends its answer's body slowly",
    shows: "any call",
    options: { bytesPerSecond: { default: 100, meaning: "bytes each second" } },
    wrap: (parts, context) =>
      deliver(parts, context, (_, { bytesPerSecond }) => ({ bytesPerSecond: Math.max(1, bytesPerSecond!) })),
  };
}

function cutBody<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "cut-body",
    contract,
    summary: "promises its answer's whole body, sends the beginning, and drops the connection",
    shows: "any call",
    options: { bytes: { default: 10, meaning: "bytes of the body that are sent" } },
    wrap: (parts, context) => deliver(parts, context, (_, { bytes }) => ({ cutAfterBytes: Math.floor(bytes!) })),
  };
}

// The caller is known by then, so that a wrong key is told apart from a busy server.
function refuseAll<P extends Parts<P>>(parts: P, { fires }: FaultContext, refusal: Answer): P {
  return {
    ...parts,
    readBody: (exchange) => (fires(exchange.operation.id) ? { refusal } : parts.readBody(exchange)),
  };
}

function deliver<P extends Parts<P>>(
  parts: P,
  { fires, options }: FaultContext,
  change: (delivery: Delivery, options: FaultContext["options"], random: Random) => Delivery,
): P {
  return {
    ...parts,
    finish: async (answer, exchange) => {
      const finished = await parts.finish(answer, exchange);
      if (!fires(exchange.operation.id)) return finished;
      const { delivery = {} } = finished;
      return { ...finished, delivery: { ...delivery, ...change(delivery, options, exchange.world.random) } };
    },
  };
}
