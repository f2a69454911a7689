/** What can go wrong in a call to an API. Callers match these; the list only grows. */
export const apiErrorCodes = [
  "INVALID_REQUEST", // 400, 405, 409, 413, 415, 422 and every other 4xx without a code of its own
  "UNAUTHORIZED", // 401: no credential, or an unknown one
  "PAYMENT_REQUIRED", // 402: no credit left, or the plan does not reach that far
  "FORBIDDEN", // 403: the credential is good but may not do this
  "NOT_FOUND", // 404: no such thing, or another tenant's
  "GONE", // 410: it was there, and is stopped for good
  "RATE_LIMITED", // 429: too many requests, or too many sandboxes
  "SERVER_ERROR", // 5xx
  "INVALID_ANSWER", // an answer that is not JSON, redirects, or (with `validate`) breaks the contract
  "NETWORK", // no answer: refused, reset, unknown name, bad certificate
  "TIMEOUT", // no complete answer, or not what was waited for (then `wait` says what), within `timeoutMs`
  "ABORTED", // by the caller's own signal
  "STATE_UNREACHABLE", // what is waited for cannot come any more: another final state was reached
] as const;
/** One of {@link apiErrorCodes}. */
export type ApiErrorCode = (typeof apiErrorCodes)[number];

/** Everything about a failed call beside its code and message. */
export type ApiErrorDetails = {
  /** Operation of the contract, such as `createSandbox`. */
  readonly operation: string;
  /** HTTP status; absent where there was no answer. */
  readonly status?: number | undefined;
  /** What the server said about it, in its own words. */
  readonly vendorMessage?: string | undefined;
  /** What was waited for when it failed, such as `sandbox sb-1f0c9a2e to be running`; absent outside of waits. */
  readonly wait?: string | undefined;
  /** Value of `X-Request-Id`: how the server's records name the exchange. */
  readonly requestId?: string | undefined;
  /** Milliseconds the server asks to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
  /** Members of the error body beside its text, such as `missing_fields`, `code`, `active` and `limit`. */
  readonly vendorDetails?: VendorDetails | undefined;
  /** Headers of the answer. Cookies and the client's own secrets in them are masked. */
  readonly headers?: Headers | undefined;
  /** The whole error body: parsed JSON, else text. Secrets in it are masked. */
  readonly body?: unknown;
  /** JSON pointer into the answer to what breaks the contract; `""` is the answer as a whole. */
  readonly pointer?: string | undefined;
  /** What it came from: the caller's own reason of an abort, or the HTTP library's error without the request. */
  readonly cause?: unknown;
};

/** What the vendors put into an error body beside its text. What is there depends on the error. */
export type VendorDetails = {
  /** Recoup: path of the first fault in the body, such as `["args", 1]`. */
  readonly missing_fields?: readonly (string | number)[];
  /** OpenComputer: the error for programs to read, such as `worker_unavailable`. */
  readonly code?: string;
  /** OpenComputer: more about it for people to read. */
  readonly details?: string;
  /** OpenComputer: whether another try may succeed. */
  readonly retryable?: boolean;
  /** OpenComputer: running sandboxes of the organisation, where its quota is used up. */
  readonly active?: number;
  /** OpenComputer: how many the organisation may have. */
  readonly limit?: number;
  /** OpenComputer: cents that are left, where the credit is used up. */
  readonly balance_cents?: number;
  /** Whatever else a server says. */
  readonly [name: string]: unknown;
};

/**
 * The one error that calls to an API reject with. Match `code`; `message` is for people.
 *
 * It is a class of its own beside `ContractError`, because it is about a server at run time: most of its
 * codes are answers, which have a status, the vendor's words and a request id, while a `ContractError` says that this
 * package was set up or used wrongly. No credential is ever in it: not in the message, a member, or the chain of causes.
 */
export class ApiError extends Error implements ApiErrorDetails {
  /** Always `ApiError`. */
  override readonly name = "ApiError";
  /** What kind of failure it is. */
  readonly code: ApiErrorCode;
  // Declared only: a member that is not known is absent, and the error prints short.
  declare readonly operation: string;
  declare readonly status?: number | undefined;
  declare readonly vendorMessage?: string | undefined;
  declare readonly wait?: string | undefined;
  declare readonly requestId?: string | undefined;
  declare readonly retryAfterMs?: number | undefined;
  declare readonly vendorDetails?: VendorDetails | undefined;
  declare readonly headers?: Headers | undefined;
  declare readonly body?: unknown;
  declare readonly pointer?: string | undefined;

  constructor(code: ApiErrorCode, message: string, { cause, ...details }: ApiErrorDetails) {
    super(`${details.operation}: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined)));
  }
}
