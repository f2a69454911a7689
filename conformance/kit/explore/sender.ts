import type { ApiCall } from "../law/call.ts";
import type { Exchange } from "../law/exchange.ts";
import type { LawRun } from "../law/law-run.ts";
import { TransientFailure } from "../law/unjudged.ts";
import type { ObservedExchange } from "../model/observed-exchange.ts";

/** So many requests in a row without an answer end it. */
const silentMax = 4;

/** A request, as the model is told of it, with what was answered. */
export type Answered = { readonly observed: ObservedExchange; readonly exchange: Exchange | undefined };

/** What is known of a request before it is answered. */
type Asked = Pick<ObservedExchange, "actor" | "isAnonymous" | "operation" | "path"> &
  Partial<Pick<ObservedExchange, "request">>;

/** Thrown when as many requests were sent as may be, or what was looked for is found. */
export class Enough extends Error {}

/** Sends what is explored, within its limits, and tells the model of it. */
type Sender = {
  /** What gets no answer, or one that says "not now", is taken for done or not done. */
  readonly send: (asked: Asked, send: () => Promise<Exchange>) => Promise<Exchange | undefined>;
  /** Lets several be sent, and tells the model of all of them together. */
  readonly together: <Sent>(send: () => Promise<Sent>) => Promise<Sent>;
  /** How many requests were sent. */
  readonly sent: () => number;
};

/** Creates a sender that has sent nothing. */
export function createSender(
  { time }: Pick<LawRun, "time">,
  max: { readonly requests: number; readonly waitedMs: number },
  tell: (answered: readonly Answered[]) => void,
): Sender {
  let requests = 0;
  let waitedMs = 0;
  /** Until when it was waited for answers. */
  let waitedUntilMs = -Infinity;
  let silent = 0;
  /** What was answered of requests that are under way at once. */
  let atOnce: Answered[] | undefined;
  return {
    send: async (asked, send) => {
      if (requests >= max.requests || waitedMs > max.waitedMs) throw new Enough();
      const number = (requests += 1);
      const sentAtMs = time.now();
      const exchange = await send().catch((error: unknown) => {
        if (!(error instanceof TransientFailure) || (silent += 1) > silentMax) throw error;
        return error.exchange;
      });
      if (exchange !== undefined) silent = 0;
      const answeredAtMs = time.now();
      const { durationMs = answeredAtMs - sentAtMs, delayedMs = 0 } = exchange ?? {};
      // Time in which several were under way counts once.
      waitedMs += Math.max(0, answeredAtMs - Math.max(waitedUntilMs, answeredAtMs - durationMs - delayedMs));
      waitedUntilMs = Math.max(waitedUntilMs, answeredAtMs);
      const observed: ObservedExchange = {
        ...asked,
        ...{ number, sentBefore: requests, sentAtMs, answeredAtMs, response: exchange?.response },
        request: exchange?.request ?? asked.request ?? requestOf({}),
      };
      if (atOnce !== undefined) atOnce.push({ observed, exchange });
      else tell([{ observed, exchange }]);
      return exchange;
    },
    together: async (send) => {
      const answered: Answered[] = (atOnce = []);
      const sent = await send().finally(() => (atOnce = undefined));
      tell(answered);
      return sent;
    },
    sent: () => requests,
  };
}

/** What was asked, as the model reads it, where the answer got lost: it may have been done. */
export function requestOf({
  query,
  json,
  text,
}: Pick<ApiCall, "query" | "json" | "text">): ObservedExchange["request"] {
  const body = json === undefined ? text : JSON.stringify(json);
  const url = `http://unanswered.invalid/?${new URLSearchParams(query).toString()}`;
  return { method: "", url, headers: {}, ...(body === undefined ? {} : { body }) };
}
