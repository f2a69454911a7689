import type { BudgetLeft } from "../money/budget.ts";
import type { Coverage } from "./coverage.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import type { Law } from "../law/law.ts";
import type { Receipt } from "../money/receipt.ts";
import type { Retries } from "../target/retry.ts";

import type { Verdict, VerdictCounts } from "../law/verdict.ts";

/** What a run says while it runs. Its listener decides how to show it; the engine knows no terminal. */
export type RunEvent =
  | {
      readonly type: "runStarted";
      readonly contract: string;
      readonly target: string; // base URL
      readonly seed: number; // 0 where nothing is drawn
      /** The files that are judged, where a recording is, and no target. */
      readonly files?: readonly string[];
      /** Whether it ran in a world of the mock that was made for it, and so has keys that are gone. Default: no. */
      readonly ownWorld?: boolean;
      /** The command that sees such traffic again, where it was in no file. */
      readonly again?: string;
      readonly profile?: string; // which operations the run may send; "deployment" by default
      readonly lawCount: number;
      /** How many laws are judged side by side, where they do not disturb each other. */
      readonly concurrency?: number;
      readonly startedAtMs: number; // milliseconds since the Unix epoch
    }
  | { readonly type: "lawStarted"; readonly law: Law; readonly budgetLeft?: BudgetLeft }
  | { readonly type: "lawFinished"; readonly law: Law; readonly outcome: LawOutcome }
  | {
      readonly type: "runFinished";
      readonly verdict: Verdict;
      readonly counts: VerdictCounts;
      readonly receipt: Receipt;
      readonly coverage?: Coverage;
      /** What the recording held that was judged, where it was one. */
      readonly traffic?: TrafficSummary;
      /** How many requests were sent, to clean up among them; absent where a recording was judged. */
      readonly requests?: number;
      /** How often requests were sent again, because of transient failures. */
      readonly askedAgain?: Retries;
      /** Why not all laws were judged, where the run was ended before. */
      readonly stopped?: string;
      /** How far the run has moved the target's clock ahead, in milliseconds. */
      readonly clockMovedMs?: number;
      readonly durationMs: number;
    };

/** What a recording held, and what of it was judged. */
export type TrafficSummary = {
  readonly files: readonly string[];
  /** The origins that were taken for the API: "https://api.example". */
  readonly origins: readonly string[];
  /** Whether they were guessed by the paths of their requests, and not named. */
  readonly isGuessed: boolean;
  readonly entries: number;
  /** Exchanges with the API, previews among them, that were judged. */
  readonly judged: number;
  readonly callers: number; // that were told apart by their credentials
  /** Whether each of them was taken for an organisation of its own. */
  readonly keysApart: boolean;
  readonly unanswered: number; // requests without an answer
  readonly bodiesMissing: number; // exchanges of which the recorder did not keep a body
  readonly cached: number; // answers of a cache, which say nothing of the API
  readonly broken: Counted; // entries that cannot be read, with their places
  readonly elsewhere: Counted; // requests to other hosts
  readonly unknown: Counted; // requests to the API that no operation fits
};

/** How many there were, and some of them by name. */
export type Counted = { readonly count: number; readonly some: readonly string[] };
