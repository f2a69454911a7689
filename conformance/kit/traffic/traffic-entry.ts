import type { Exchange } from "../law/exchange.ts";
import type { Place } from "../law/law-outcome.ts";

/** A recording to read: a name for messages, and its bytes. */
export type TrafficSource = { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> };

/** What a recording holds of one request. Names of headers are in lower case. */
export type TrafficEntry = {
  readonly place: Place;
  /** Its place in the order of sending, where the recorder has kept it. */
  readonly number?: number;
} & (
  | Answered
  | { readonly kind: "unanswered"; readonly request: Exchange["request"]; readonly startedAtMs: number }
  /** The target's clock was moved, which the entries after it know of. */
  | { readonly kind: "moved"; readonly startedAtMs: number }
  | { readonly kind: "broken"; readonly reason: string }
);

/** A request with its answer. */
type Answered = Omit<Exchange, "operation"> & {
  readonly kind: "exchange";
  /** How far the target's clock was ahead of the recorder's, as well as is known, in milliseconds. Default 0. */
  readonly aheadMs?: number;
  /** Whether the recorder has kept the body that was sent, or there was none. */
  readonly isRequestWhole: boolean;
  /** Whether the recorder has kept the body that was answered, or there was none. */
  readonly isAnswerWhole: boolean;
};

/** "app.har:12, entry 3". */
export function placeText({ file, line, entry }: Place): string {
  return `${file}:${line}, entry ${entry}`;
}
