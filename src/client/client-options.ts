import type { Clock, Sleep } from "../contract/clock.ts";
import { systemClock, systemSleep } from "../contract/clock.ts";
import { type MemberRules, requireMembers, rules } from "../contract/caller-input.ts";
import { ContractError } from "../contract/contract-error.ts";
import { showValue } from "../contract/printable.ts";

/** Sends one request. The global `fetch` is one, and so is the `fetch` of most server frameworks. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** How often, and after which pauses, a call that is safe to repeat is sent again. */
export type RetryOptions = {
  /** How often it is sent again at most, 0 to 10. Default 2. */
  readonly limit?: number | undefined;
  /** Longest pause in milliseconds where the server names none; they begin at 300 and double. Default 5000. */
  readonly delayMsMax?: number | undefined;
  /** Longest `Retry-After` in milliseconds that is waited for; a longer one fails at once. Default 30,000. */
  readonly retryAfterMsMax?: number | undefined;
};

/** What all clients have in common. */
export type ClientOptions = {
  /** Where the server is, such as `http://127.0.0.1:4020`. A slash or `/api` at the end is left out. */
  readonly baseUrl: string;
  /** Sends the requests, with the credential in them. By default the global `fetch` of the moment. */
  readonly fetch?: Fetch | undefined;
  /** Milliseconds that a call may take, body, retries and their pauses included. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Aborts every call of this client. */
  readonly signal?: AbortSignal | undefined;
  /** `false` is the same as a limit of 0. */
  readonly retry?: RetryOptions | false | undefined;
  /** Whether answers are checked against the contract at run time. Default false. */
  readonly validate?: boolean | undefined;
  /** Time for deadlines and dates in `Retry-After`. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** How the pauses between two polls pass. Default: by the machine's time. */
  readonly sleep?: Sleep | undefined;
};

/** Options of a single call; they go before the client's. */
export type CallOptions = {
  /** Aborts this call. The client's signal aborts it too. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that this call may take, body, retries and their pauses included. */
  readonly timeoutMs?: number | undefined;
};

const clientMembers = {
  baseUrl: rules.text,
  fetch: rules.callable,
  timeoutMs: rules.number,
  signal: rules.signal,
  retry: ["an object, or false", (value) => value === false || rules.object[1](value)],
  validate: rules.flag,
  clock: rules.clock,
  sleep: rules.callable,
} as const satisfies MemberRules<ClientOptions>;

const retryMembers = {
  limit: rules.number,
  delayMsMax: rules.number,
  retryAfterMsMax: rules.number,
} as const satisfies MemberRules<RetryOptions>;

const callMembers = { signal: rules.signal, timeoutMs: rules.number } as const satisfies MemberRules<CallOptions>;

/** What a message says of a call that was refused before it was sent. */
export const nothingSent = ". Nothing was sent";

/** @throws {@link ContractError} `CONFIG_INVALID` for options of a call that are misspelt or of another type */
export function assertCallOptions(operation: string, options: unknown): void {
  requireMembers(operation, options, callMembers, nothingSent);
}

export type ResolvedOptions = {
  readonly baseUrl: string; // without a slash at the end
  readonly fetch: Fetch;
  readonly ownFetch: boolean; // whether the user gave it
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly retry: { readonly limit: number; readonly delayMsMax: number; readonly retryAfterMsMax: number };
  readonly validate: boolean;
  readonly clock: Clock;
  readonly sleep: Sleep;
};

/**
 * @param what - what was called: "createRecoupClient"
 * @param own - members that this client alone has
 * @throws {@link ContractError} `CONFIG_INVALID`, naming the option
 */
export function resolveOptions<Options extends ClientOptions>(
  what: string,
  options: Options,
  own: MemberRules<Omit<Options, keyof ClientOptions>>,
): ResolvedOptions {
  requireMembers(what, options, { ...clientMembers, ...own });
  const { baseUrl, fetch, timeoutMs = 60_000, signal, retry = {}, validate = false } = options;
  const { clock = systemClock, sleep = systemSleep } = options;
  if (retry !== false) requireMembers(`${what}: retry`, retry, retryMembers);
  const { limit = 2, delayMsMax = 5000, retryAfterMsMax = 30_000 } = retry === false ? { limit: 0 } : retry;
  assertInteger("timeoutMs", timeoutMs, 1, timerMsMax);
  assertInteger("retry.limit", limit, 0, 10);
  assertInteger("retry.delayMsMax", delayMsMax, 0, timerMsMax);
  assertInteger("retry.retryAfterMsMax", retryAfterMsMax, 0, timerMsMax);
  return {
    baseUrl: parseBaseUrl(baseUrl),
    fetch: fetch ?? ((request) => globalThis.fetch(request)), // looked up late: interceptors replace it
    ownFetch: fetch !== undefined,
    timeoutMs,
    signal,
    retry: { limit, delayMsMax, retryAfterMsMax },
    validate,
    clock,
    sleep,
  };
}

const timerMsMax = 2 ** 31 - 1; // timers of the platform overflow beyond

/** @throws {@link ContractError} `CONFIG_INVALID` */
export function assertInteger(name: string, value: number, min: number, max = timerMsMax): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new ContractError("CONFIG_INVALID", `${name} is ${showValue(value)}: give an integer from ${min} to ${max}`);
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ContractError("CONFIG_INVALID", "baseUrl is no http or https URL, such as http://127.0.0.1:4020");
  }
  // Not quoted: what stands before the @ is a secret.
  if (url.username !== "" || url.password !== "") {
    throw new ContractError(
      "CONFIG_INVALID",
      "baseUrl holds a user name or password: give the credential as an option",
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/api$/, "")}`;
}
