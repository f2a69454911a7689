import { describeTlsFailure } from "../contract/tls-failure.ts";
import { ApiError, type ApiErrorCode, type ApiErrorDetails, type VendorDetails } from "./api-error.ts";
import { codeOf, copyWithoutSecrets, rootOf, type Redact } from "./redaction.ts";
import { parseRetryAfter } from "../contract/retry-after.ts";

const codesByStatus: Readonly<Record<number, ApiErrorCode>> = {
  401: "UNAUTHORIZED",
  402: "PAYMENT_REQUIRED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  410: "GONE",
  429: "RATE_LIMITED",
};

const vendorMessageLengthMax = 500;

/** The error that an answer without success stands for. */
export function failureOfAnswer(
  operation: string,
  response: Response,
  text: string,
  { redact, nowMs }: { readonly redact: Redact; readonly nowMs: number },
): ApiError {
  const { status, headers } = response;
  const details = answerDetails(operation, response, redact);
  const body = parseJson(redact(text)) ?? redact(text);
  const vendorMessage = vendorMessageOf(body, headers.get("content-type") ?? "");
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), nowMs);
  const { requestId } = details;
  const told = vendorMessage ?? (status >= 300 && status < 400 ? redirectText : "no explanation");
  const message = `${status} ${told}${requestId === undefined ? "" : ` (request ${requestId})`}`;
  const vendorDetails = vendorDetailsOf(body);
  return new ApiError(codeOfStatus(status), message, { ...details, vendorMessage, vendorDetails, retryAfterMs, body });
}

/** What an error says of the answer that it is about, beside its body. */
export function answerDetails(
  operation: string,
  { status, headers: received }: Pick<Response, "status" | "headers">,
  redact: Redact,
): ApiErrorDetails {
  const headers = new Headers();
  for (const [name, value] of received) headers.append(name, name === "set-cookie" ? "[hidden]" : redact(value));
  return { operation, status, requestId: headers.get("x-request-id") ?? undefined, headers };
}

const redirectText = "a redirect, which is not followed: it would take the credential elsewhere. Look at baseUrl";

function codeOfStatus(status: number): ApiErrorCode {
  if (status >= 500) return "SERVER_ERROR";
  if (status < 400) return "INVALID_ANSWER";
  return codesByStatus[status] ?? "INVALID_REQUEST";
}

/** Both APIs use `error`, some of their parts `message`, and what stands in front of them plain text. */
function vendorMessageOf(body: unknown, contentType: string): string | undefined {
  const { error, message } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const plain = typeof body === "string" && !contentType.includes("html") ? body.trim() : undefined;
  const text = [error, message, plain].find((one) => typeof one === "string" && one !== "") as string | undefined;
  return text === undefined || text.length <= vendorMessageLengthMax
    ? text
    : `${text.slice(0, vendorMessageLengthMax)}…`;
}

function vendorDetailsOf(body: unknown): VendorDetails | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const { error: _error, message: _message, status: _status, ...details } = body as Record<string, unknown>;
  return Object.keys(details).length === 0 ? undefined : details;
}

/** What is known of a request that got no answer. */
export type LostRequest = {
  readonly operation: string;
  readonly origin: string; // where it was sent, such as "http://127.0.0.1:4020"
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly isRepeatable: boolean;
  readonly redact: Redact;
};

/** The error for a request that got no answer, from whatever the HTTP library threw. */
export function failureOfRequest(error: unknown, lost: LostRequest): ApiError {
  const { operation, origin, signal, timeoutMs, isRepeatable, redact } = lost;
  const unsure = isRepeatable ? "" : mayHaveTakenEffect;
  if (signal?.aborted) {
    const isTimeout = signal.reason instanceof Error && signal.reason.name === "TimeoutError";
    const message = isTimeout
      ? `no answer before the signal's own time-out${unsure}`
      : `aborted by its signal${unsure}`;
    // The reason is the caller's own, handed back as it is.
    return new ApiError(isTimeout ? "TIMEOUT" : "ABORTED", message, { operation, cause: signal.reason });
  }
  const cause = copyWithoutSecrets(error, redact);
  if (isTimeoutError(cause)) {
    return new ApiError("TIMEOUT", `no complete answer within ${timeoutMs} ms${unsure}`, { operation });
  }
  const code = codeOf(cause);
  const reason =
    describeTlsFailure(cause) ?? (code === undefined || code.startsWith("UND_ERR_") ? rootOf(cause).message : code);
  const message = `no answer from ${origin} (${reason}). Does the server run, and is the address right?${unsure}`;
  return new ApiError("NETWORK", message, { operation, cause });
}

/** What to say where sending a request again may do what it asks for twice. */
export const mayHaveTakenEffect = ". It may have taken effect all the same: look before you send it again";

/** By ky's total time-out, or undici's for connections, headers and bodies. */
function isTimeoutError(error: Error): boolean {
  return error.name === "TimeoutError" || /^UND_ERR_\w+_TIMEOUT$/.test(codeOf(error) ?? "");
}

/** `undefined` where the text is not JSON. The platform's error quotes the text, tokens included, so it goes no further. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
