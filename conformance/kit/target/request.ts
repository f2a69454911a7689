import type { Clock } from "../../../src/contract/clock.ts";
import { readAnswerBytes } from "./answer-text.ts";
import { causeText } from "./cause-text.ts";
import { fetchOf } from "./fetch-of.ts";
import type { RunContract } from "../law/contract.ts";
import { findOperation } from "../law/contract.ts";
import { parseJson, sha256Of } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Target } from "./target.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";
import type { ApiCall } from "../law/call.ts";

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
    const headers = { ...target.headers, ...request.headers };
    const content = call.bytes === undefined ? {} : { body: call.bytes };
    const sent = new Request(request.url, { ...request, ...content, headers, redirect: "manual", signal });
    const { response, ...answer } = await within(signal, answerOf(target, sent));
    return exchangeOf({ operation: call.operation, request, response, ...answer, startedAtMs, endedAtMs: clock.now() });
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

async function answerOf(
  target: Target,
  request: Request,
): Promise<{ response: Response; body: string; sha256?: string }> {
  const response = await fetchOf(target)(request);
  const bytes = await readAnswerBytes(response.body);
  const isText = response.headers.get("content-type") !== "application/octet-stream";
  return { response, body: new TextDecoder().decode(bytes), ...(isText ? {} : { sha256: sha256Of(bytes) }) };
}

/** Puts together what was sent and what came back. */
export function exchangeOf(parts: {
  readonly operation: string;
  readonly request: Exchange["request"];
  readonly response: { readonly status: number; readonly headers: Iterable<[string, string]> };
  readonly body: string;
  readonly sha256?: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}): Exchange {
  const { operation, request, response, body, sha256, startedAtMs, endedAtMs } = parts;
  const headers = Object.fromEntries(response.headers);
  return {
    operation,
    request,
    response: { status: response.status, headers, body, json: parseJson(body), ...(sha256 && { sha256 }) },
    startedAtMs,
    durationMs: endedAtMs - startedAtMs,
  };
}

/** The request that a call comes to. */
export function requestOf({ contract, target }: RequestOptions, call: ApiCall): Exchange["request"] {
  const operation = findOperation(contract, call.operation);
  const text = call.bytes === undefined ? call.text : new TextDecoder().decode(call.bytes);
  const body = text ?? (call.json === undefined ? undefined : JSON.stringify(call.json));
  return {
    method: operation.method.toUpperCase(),
    url: urlOf(call, { template: operation.path, baseUrl: target.baseUrl }),
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...credentialHeaders(call, { contract, target }),
      ...call.headers,
    },
    ...(body === undefined ? {} : { body }),
  };
}

function credentialHeaders(
  { credentials = "own", form }: Pick<ApiCall, "credentials" | "form">,
  { contract: { keyHeader }, target }: { readonly contract: RunContract; readonly target: Target },
): Readonly<Record<string, string>> {
  const carry = (key: string) => (form === "bearer" ? { authorization: `Bearer ${key}` } : { [keyHeader]: key });
  if (credentials === "none") return {};
  if (credentials === "own") return carry(target.key);
  if (typeof credentials === "function") return credentials(target.key);
  if (credentials !== "other") return { [keyHeader]: credentials.key };
  if (target.otherKey !== undefined) return carry(target.otherKey);
  throw new Unjudged("input-missing", "it needs the key of a second tenant: give one with --other-key");
}

function urlOf(call: ApiCall, { template, baseUrl }: { readonly template: string; readonly baseUrl: string }): string {
  const path = template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? ""));
  const query = new URLSearchParams(call.query).toString();
  return `${baseUrl.replace(/\/+$/, "")}${path}${query === "" ? "" : `?${query}`}`;
}
