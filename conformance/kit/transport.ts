import type { Clock } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { Operation } from "../../src/contract/operation.ts";
import type { Contract } from "./contract.ts";
import { isSuccess, parseJson } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import type { Ledger } from "./ledger.ts";
import type { Target } from "./target.ts";
import { EnvironmentTrouble, Unjudged } from "./unjudged.ts";

/** One request, named by its operation. */
export type Call = {
  readonly operation: string; // operationId
  /** Values for the path's template. `id` has to be one that the run created or made up. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** A body to serialize. */
  readonly json?: unknown;
  /** A body to send as it is, labelled as JSON; instead of `json`. */
  readonly text?: string;
  /** Default: the target's own key. */
  readonly credentials?: Credentials;
};

/** `own`: the target's key; `none`: no header at all; a value is sent in the key's header as it stands. */
export type Credentials = "own" | "none" | { readonly key: string };

export type Transport = {
  /**
   * Sends a request, unless it could do harm.
   *
   * @throws {@link EnvironmentTrouble} when no answer comes
   * @throws {@link Unjudged} when the budget of creates is spent
   * @throws {@link ContractError} `OPERATION_UNKNOWN` when the allow-list or the ledger forbids it
   */
  readonly send: (call: Call) => Promise<Exchange>;
  /** How many calls were not let out. */
  readonly refusedCount: () => number;
  /** Operations that have answered with a 2xx at least once. */
  readonly answered: ReadonlySet<string>;
};

export type TransportOptions = {
  readonly contract: Contract;
  readonly target: Target;
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Ids that were made up, and so may be asked for though nobody created them. */
  readonly absentIds: ReadonlySet<string>;
  readonly createsMax: number;
  readonly requestTimeoutMs: number;
};

export function createTransport(options: TransportOptions): Transport {
  const { contract, ledger, createsMax } = options;
  const answered = new Set<string>();
  let refused = 0;

  const refuse = (reason: string): never => {
    refused += 1;
    throw new ContractError("OPERATION_UNKNOWN", `not sent: ${reason}`);
  };
  const assertHarmless = (call: Call) => {
    if (!contract.allowedOperations.includes(call.operation)) refuse(`${call.operation} is not on the allow-list`);
    const id = call.path?.["id"];
    if (id !== undefined && !ledger.owns(id) && !options.absentIds.has(id)) {
      refuse(`${call.operation} on ${id}, which this run did not create`);
    }
  };
  const sendCreate = async (call: Call) => {
    if (ledger.createdCount() >= createsMax)
      throw new Unjudged("budget", `the budget of ${createsMax} creates is spent`);
    const create = await ledger.intend(call.operation);
    try {
      const exchange = await sendRequest(options, call);
      if (isSuccess(exchange)) await ledger.created(create, contract.create.idsIn(exchange));
      else await ledger.refused(create, exchange.response.status);
      return exchange;
    } catch (cause) {
      await ledger.unanswered(create);
      throw cause;
    }
  };
  return {
    send: async (call) => {
      assertHarmless(call);
      const exchange = await (call.operation === contract.create.operation
        ? sendCreate(call)
        : sendRequest(options, call));
      if (isSuccess(exchange)) answered.add(call.operation);
      return exchange;
    },
    refusedCount: () => refused,
    answered,
  };
}

async function sendRequest(
  { contract, target, clock, requestTimeoutMs }: TransportOptions,
  call: Call,
): Promise<Exchange> {
  const operation = findOperation(contract, call.operation);
  const request = requestOf(call, { operation, contract, target });
  const startedAtMs = clock.now();
  const send = target.fetch ?? fetch;
  try {
    const response = await send(
      new Request(request.url, { ...request, redirect: "manual", signal: AbortSignal.timeout(requestTimeoutMs) }),
    );
    const body = await response.text();
    return {
      operation: operation.id,
      request,
      response: {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body,
        json: parseJson(body),
      },
      startedAtMs,
      durationMs: clock.now() - startedAtMs,
    };
  } catch (cause) {
    throw new EnvironmentTrouble(`${request.method} ${request.url} got no answer: ${causeText(cause)}`, { cause });
  }
}

export function findOperation(contract: Contract, id: string): Operation {
  const operation = contract.operations.find((candidate) => candidate.id === id);
  if (operation !== undefined) return operation;
  throw new ContractError("OPERATION_UNKNOWN", `the ${contract.name} contract has no operation "${id}"`);
}

type RequestParts = Exchange["request"];

function requestOf(
  call: Call,
  { operation, contract, target }: { operation: Operation; contract: Contract; target: Target },
): RequestParts {
  const body = call.text ?? (call.json === undefined ? undefined : JSON.stringify(call.json));
  const key = keyOf(call.credentials ?? "own", target);
  return {
    method: operation.method.toUpperCase(),
    url: urlOf(call, { template: operation.path, baseUrl: target.baseUrl }),
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { [contract.keyHeader]: key }),
    },
    ...(body === undefined ? {} : { body }),
  };
}

function keyOf(credentials: Credentials, target: Target): string | undefined {
  if (credentials === "own") return target.key;
  return credentials === "none" ? undefined : credentials.key;
}

function urlOf(call: Call, { template, baseUrl }: { readonly template: string; readonly baseUrl: string }): string {
  const path = template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? ""));
  const query = new URLSearchParams(call.query).toString();
  return `${baseUrl.replace(/\/+$/, "")}${path}${query === "" ? "" : `?${query}`}`;
}

/** The innermost cause in one line: "connect ECONNREFUSED 127.0.0.1:4020". */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "it took too long";
  const inner = error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause;
  if (inner instanceof Error) return causeText(inner);
  const { code } = error as { code?: unknown };
  return error.message !== "" ? error.message : typeof code === "string" ? code : error.name;
}
