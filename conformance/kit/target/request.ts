import type { Clock } from "../../../src/contract/clock.ts";
import { ContractError } from "../../../src/contract/contract-error.ts";
import type { Operation } from "../../../src/contract/operation.ts";
import { readAnswerText } from "./answer-text.ts";
import { causeText } from "./cause-text.ts";
import type { RunContract } from "../law/contract.ts";
import { parseJson } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Target } from "./target.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** One request, named by its operation. */
export type ApiCall = {
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
  /** Headers beside the usual ones, or instead of them: names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether the contract has this refused, so that nothing comes of it: then it may be sent again where its answer got
   * lost. So it is anyway with a made-up key or none, and for a sandbox of another tenant or one that never was.
   */
  readonly refusable?: boolean;
};

/**
 * `own`: the target's key; `other`: the second tenant's; `none`: no header at all; a value is sent in the key's header as
 * it stands. A function writes the headers itself, from the target's key, which a law is never given: whatever form it
 * makes of it has to hold the key whole, or be one of `near-miss.ts`, so that it is masked.
 */
export type Credentials = "own" | "other" | "none" | { readonly key: string } | WriteCredentials;

/** Writes the headers of a request that carry the key: names in lower case. */
export type WriteCredentials = (key: string) => Readonly<Record<string, string>>;

/** What it takes to send a request. */
export type RequestOptions = {
  readonly contract: RunContract;
  readonly target: Target;
  readonly clock: Clock;
  readonly requestTimeoutMs: number;
};

/**
 * Sends a request as it is told to.
 *
 * @throws {@link TransientFailure} when no answer comes
 */
export async function sendRequest(
  options: RequestOptions,
  call: ApiCall,
  request: Exchange["request"] = requestOf(options, call),
): Promise<Exchange> {
  const { target, clock, requestTimeoutMs } = options;
  const startedAtMs = clock.now();
  const signal = AbortSignal.timeout(requestTimeoutMs);
  try {
    const sent = new Request(request.url, { ...request, redirect: "manual", signal });
    const { response, body } = await within(signal, answerOf(target, sent));
    return exchangeOf({ operation: call.operation, request, response, body, startedAtMs, endedAtMs: clock.now() });
  } catch (cause) {
    throw new TransientFailure(`${request.method} ${request.url} got no answer: ${causeText(cause)}`, { cause });
  }
}

/**
 * Waits for the answer no longer than the signal allows, whether or not the one who answers looks at it. Listening to the
 * signal also keeps it alive: a request alone holds on to its signal only weakly.
 */
async function within<Value>(signal: AbortSignal, answer: Promise<Value>): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const giveUp = () => late.reject(signal.reason as Error);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function answerOf(target: Target, request: Request): Promise<{ response: Response; body: string }> {
  const response = await (target.fetch ?? fetch)(request);
  return { response, body: await readAnswerText(response.body) };
}

/** Puts together what was sent and what came back. */
export function exchangeOf(parts: {
  readonly operation: string;
  readonly request: Exchange["request"];
  readonly response: { readonly status: number; readonly headers: Iterable<[string, string]> };
  readonly body: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}): Exchange {
  const { operation, request, response, body, startedAtMs, endedAtMs } = parts;
  const headers = Object.fromEntries(response.headers);
  return {
    operation,
    request,
    response: { status: response.status, headers, body, json: parseJson(body) },
    startedAtMs,
    durationMs: endedAtMs - startedAtMs,
  };
}

export function findOperation(contract: Pick<RunContract, "name" | "operations">, id: string): Operation {
  const operation = contract.operations.find((candidate) => candidate.id === id);
  if (operation !== undefined) return operation;
  throw new ContractError("OPERATION_UNKNOWN", `the ${contract.name} contract has no operation "${id}"`);
}

/** The request that a call comes to. */
export function requestOf({ contract, target }: RequestOptions, call: ApiCall): Exchange["request"] {
  const operation = findOperation(contract, call.operation);
  const body = call.text ?? (call.json === undefined ? undefined : JSON.stringify(call.json));
  return {
    method: operation.method.toUpperCase(),
    url: urlOf(call, { template: operation.path, baseUrl: target.baseUrl }),
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...credentialHeaders(call.credentials ?? "own", { contract, target }),
      ...call.headers,
    },
    ...(body === undefined ? {} : { body }),
  };
}

function credentialHeaders(
  credentials: Credentials,
  { contract: { keyHeader }, target }: { readonly contract: RunContract; readonly target: Target },
): Readonly<Record<string, string>> {
  if (credentials === "none") return {};
  if (credentials === "own") return { [keyHeader]: target.key };
  if (typeof credentials === "function") return credentials(target.key);
  if (credentials !== "other") return { [keyHeader]: credentials.key };
  if (target.otherKey !== undefined) return { [keyHeader]: target.otherKey };
  throw new Unjudged("input-missing", "it needs the key of a second tenant: give one with --other-key");
}

function urlOf(call: ApiCall, { template, baseUrl }: { readonly template: string; readonly baseUrl: string }): string {
  const path = template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? ""));
  const query = new URLSearchParams(call.query).toString();
  return `${baseUrl.replace(/\/+$/, "")}${path}${query === "" ? "" : `?${query}`}`;
}
