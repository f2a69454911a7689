import { createHash } from "node:crypto";

/** One request with its response: what a law looks at and what a finding shows. */
export type Exchange = {
  readonly operation: string; // operationId
  readonly request: {
    readonly method: string; // upper case
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>; // names in lower case
    readonly body: string;
    readonly json: unknown; // undefined where the body is not JSON
    /** The hash of its bytes in hex, where it need not be text. */
    readonly sha256?: string;
  };
  readonly startedAtMs: number; // milliseconds since the Unix epoch, by the run's clock
  readonly durationMs: number;
  /** How long this request was delayed before, because of transient failures, in milliseconds. Default 0. */
  readonly delayedMs?: number;
  /** Whether a gateway's status is the target's answer to this input, which it has again and again while others are answered. */
  readonly isSteady?: boolean;
};

/** Something happened between these two readings of the target's clock: before a request and after its answer. Milliseconds. */
export type Span = { readonly fromMs: number; readonly toMs: number };

/** Statuses that say "not now" or "no credit left" rather than "this is how I behave": no law is broken by them. */
const environmentStatuses: readonly number[] = [402, 429, 502, 503, 504];
/** Behind the gate of a preview, 502 to 504 say that nothing listens on the port: the request was let in. */
const environmentStatusesOfPreviews: readonly number[] = [429];

export function isEnvironmental({ operation, response, isSteady = false }: Exchange): boolean {
  if (isSteady) return false;
  const statuses = operation === "preview" ? environmentStatusesOfPreviews : environmentStatuses;
  return statuses.includes(response.status);
}

/** Whether the answer is a gateway's, or a server's that is down. */
export function isOfGateway({ response: { status } }: { readonly response: { readonly status: number } }): boolean {
  return status >= 502 && status <= 504;
}

export function isSuccess({ response }: Exchange): boolean {
  return response.status >= 200 && response.status < 300;
}

/** How JSON begins: what begins otherwise, a page say, costs no exception. */
const beginOfJson = /^\s*["[{\d\-tfn]/;

export function parseJson(text: string): unknown {
  try {
    return beginOfJson.test(text) ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** A text that is no longer than that, and says how much it lost. */
export function cutText(text: string, charactersMax: number): string {
  const more = text.length - charactersMax;
  return more <= 0 ? text : `${text.slice(0, charactersMax)}… (${more} more characters)`;
}

/** Whether a text was cut. */
export function isCut(text: string): boolean {
  return /… \(\d+ more characters\)$/.test(text.slice(-40));
}

/** An answer in a few words: "GET /api/sandboxes answered 404". */
export function answerText({ request, response }: Exchange): string {
  return `${request.method} ${new URL(request.url).pathname} answered ${response.status}`;
}

/** The hash of bytes in hex: what is no text is compared by it. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
