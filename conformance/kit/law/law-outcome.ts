import type { Exchange } from "./exchange.ts";
import type { Steps } from "./recording.ts";
import type { Verdict, EvidenceLevel, SkipCause } from "./verdict.ts";

/** A breach of a law with all that is needed to see it again. Data, not an exception. */
export type Finding = {
  readonly reason: string;
  readonly counterexample?: unknown;
  readonly seed: number;
  readonly path?: string; // only where inputs were generated
  readonly isUnshrunk?: true; // where the budget ended before smaller inputs did
  readonly exchange?: Exchange;
  /** All that led to the breach in the recording of the run, so that it can be done again. */
  readonly steps?: Steps;
  /** Where the exchange stands, where a recording was judged. */
  readonly place?: Place;
  /** Everything that the law sent up to the breach, what made its sandboxes included; the last one is `exchange`. */
  readonly exchanges?: readonly Exchange[];
};

/** Where an entry stands in a recording. Lines and entries are counted from 1. */
export type Place = { readonly file: string; readonly line: number; readonly entry: number };

/** What a waiver says of a breach that is lived with for now. */
export type Waived = {
  readonly reason: string;
  readonly owner: string;
  readonly expires: string; // the last day on which it holds: "2026-12-31"
  readonly preset?: string; // the name of the preset that it comes from
};

/** What came of judging one law. */
export type LawOutcome = {
  readonly verdict: Verdict;
  readonly evidence?: EvidenceLevel;
  readonly reason?: string;
  readonly skipCause?: SkipCause;
  /** What to add to the command so that the law can be judged. */
  readonly flag?: string;
  readonly finding?: Finding;
  /** Set where a breach is known, and lived with for now. */
  readonly waived?: Waived;
  readonly durationMs: number;
};
