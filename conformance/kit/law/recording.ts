import type { Exchange } from "./exchange.ts";

/** With which key a request was sent: the run's, the second tenant's, none, or what a law wrote into the headers itself. */
export type SentBy = "own" | "other" | "none" | "written";

/** A request, as it is known before it is sent. */
export type Sent = {
  /** The id of the law that it is sent for, or what else it is for: "shared", "account", "probe", "cleanup". */
  readonly purpose: string;
  readonly by: SentBy;
  /** An operationId, or "preview" for a request to the preview of a sandbox, whose token stands in the headers. */
  readonly operation: string;
  /** The values of the path's template, `id` among them; of a preview its `id` and `port`. */
  readonly path: Readonly<Record<string, string>>;
  readonly request: Exchange["request"];
  /** Where it was sent to instead of what the host of its URL resolves to: a base URL. */
  readonly via?: string;
};

/**
 * What came of a request: it was answered; it was `lost`, so that the target may have done it or not; or it asked for a
 * WebSocket.
 */
type CameOf =
  | { readonly kind: "exchange"; readonly exchange: Exchange }
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "socket"; readonly status: number; readonly echoed?: string };

export type Placed = {
  /** The place in the recording, from 1, in the order of sending. */
  readonly number: number;
  readonly sentAtMs: number; // milliseconds since the Unix epoch, by the run's clock
  readonly answeredAtMs: number; // by the same clock; of a lost one, when the run gave up; Infinity while it is under way
  /** How many entries there were when its answer came: those with a greater number were sent after it was over. Absent while it is under way. */
  readonly sentBefore?: number;
  /** How far the target's clock was ahead of the run's when it was sent, as well as was known then, in milliseconds. */
  readonly aheadMs: number;
};

/**
 * One request of a run with what came of it, or one move of the target's clock. Two of them overlapped where each was sent
 * before the other was answered.
 */
export type RecordingEntry = (Placed & Sent & CameOf) | (Placed & { readonly kind: "clock"; readonly movedMs: number }); // how far ahead it was moved

/** An entry that is a request. */
export type SentEntry = Exclude<RecordingEntry, { readonly kind: "clock" }>;

/**
 * All that a run said to its target, in the order of sending: for laws, to look at the account, to clean up. Nothing in it is
 * masked, so that tokens can be followed; what leaves the run goes through {@link Recorder}.
 */
export type Recording = {
  readonly entries: readonly RecordingEntry[];
  /** How many entries after the last one were not kept, since memory is bounded. */
  readonly unkept: number;
};

/** Takes note of each entry once it is known what came of it, secrets masked. */
export type Recorder = (entry: RecordingEntry) => void;

/** A recording that is being made. */
export type OpenRecording = Recording & {
  /** How many requests were sent, those that were not kept among them. */
  readonly requests: number;
  /** Enters a request, sends it, and takes note of what comes of it. */
  readonly sending: <Answer>(
    sent: Sent,
    send: () => Promise<Answer>,
    came: (answer: Answer) => CameOf,
  ) => Promise<Answer>;
  /** Enters a move of the target's clock, by milliseconds. */
  readonly moving: (movedMs: number, move: () => Promise<void>) => Promise<void>;
};

/** What led to a breach, so that it can be done again: all that was said, and what ends the sandboxes that it makes. */
export type Steps = {
  /** In the order of sending, moves of the clock among them; the last one shows the breach. */
  readonly entries: readonly RecordingEntry[];
  /** What the run sent later to end those sandboxes. */
  readonly endings: readonly SentEntry[];
  /** How many characters the secrets have that are masked in it, by the names that they are shown under. Default: not known. */
  readonly secretLengths?: ReadonlyMap<string, number>;
};
