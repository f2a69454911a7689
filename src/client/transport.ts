import type { Options as KyOptions } from "ky";
import { failureOfRequest } from "./api-failure.ts";
import type { ResolvedOptions } from "./client-options.ts";
import type { SecretHeader } from "./credential.ts";
import type { Redact } from "./redaction.ts";
import { parseRetryAfter } from "../contract/retry-after.ts";

/** Sends a request, again if that is safe and helps, and gives the whole answer or rejects with an `ApiError`. */
export type Transport = (request: Request, purpose: Purpose) => Promise<Response>;

type Purpose = {
  readonly operation: string;
  readonly isRepeatable: boolean;
  readonly timeoutMs: number;
};

/** Answers after which another try makes sense. */
const retriedStatuses = [408, 429, 500, 502, 503, 504];
/** Those whose `Retry-After` counts. */
const retryAfterStatuses = [429, 503];

/**
 * Creates a transport on ky, which knows back-off, `Retry-After` and a time-out over all tries.
 *
 * The credential is added at the very end, so that no request that ky keeps or puts into an error has it. Bodies are
 * read at once, so that time-out and retries cover them as well: all answers of these APIs are small JSON.
 */
export function createTransport(
  { fetch, retry, clock }: Pick<ResolvedOptions, "fetch" | "retry" | "clock">,
  credential: SecretHeader,
  redact: Redact,
): Transport {
  return async (request, { operation, isRepeatable, timeoutMs }) => {
    const { default: ky, isHTTPError } = await import("ky"); // late: who only wants the types should not wait for it
    const endMs = clock.now() + timeoutMs;
    let answer = () => Response.error();
    const exchange = async (sent: Request): Promise<Response> => {
      const authorized = new Request(sent);
      authorized.headers.set(credential.name, credential.value);
      answer = await readWhole(await fetch(authorized));
      return answer();
    };
    // A server that asks for a longer wait than the caller allows gets no other request, and the caller its answer at once.
    const isTooLate = (headers: Headers) => {
      const nowMs = clock.now();
      const waitMs = parseRetryAfter(headers.get("retry-after"), nowMs) ?? 0;
      return waitMs > retry.retryAfterMsMax || nowMs + waitMs >= endMs;
    };
    const options: KyOptions = {
      fetch: exchange as typeof globalThis.fetch,
      timeout: false,
      totalTimeout: timeoutMs,
      throwHttpErrors: (status) => isRepeatable && retriedStatuses.includes(status),
      retry: {
        limit: isRepeatable ? retry.limit : 0,
        methods: [request.method.toLowerCase()], // whether it may be repeated is a matter of the operation
        statusCodes: retriedStatuses,
        afterStatusCodes: retryAfterStatuses,
        backoffLimit: retry.delayMsMax,
        shouldRetry: ({ error }) => (isHTTPError(error) && isTooLate(error.response.headers) ? false : undefined),
      },
    };
    try {
      return await ky(request, options);
    } catch (error) {
      if (isHTTPError(error)) return answer();
      const { signal, url } = request;
      throw failureOfRequest(error, {
        operation,
        origin: new URL(url).origin,
        signal,
        timeoutMs,
        isRepeatable,
        redact,
      });
    }
  };
}

/** Reads a body to its end; gives a function that makes fresh copies of the answer. */
async function readWhole(response: Response): Promise<() => Response> {
  const bytes = await response.arrayBuffer();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // The bytes are decoded already, and their number is another one.
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(name);
  const isBodiless = [204, 205, 304].includes(status);
  return () => new Response(isBodiless ? null : bytes, { status, statusText, headers });
}
