import type { BudgetLeft } from "../money/budget.ts";
import type { Coverage } from "./coverage.ts";
import type { LawOutcome } from "../law/finding.ts";
import type { Law } from "../law/law.ts";
import type { Receipt } from "../money/receipt.ts";
import type { Retries } from "../target/retry.ts";
import type { TrafficSummary } from "../traffic/traffic-summary.ts";
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
      readonly profile?: string; // which operations the run may send; "deployment" by default
      readonly lawCount: number;
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
      /** How often requests were sent again, because of transient failures. */
      readonly askedAgain?: Retries;
      /** Why not all laws were judged, where the run was ended before. */
      readonly stopped?: string;
      /** How far the run has moved the target's clock ahead, in milliseconds. */
      readonly clockMovedMs?: number;
      readonly durationMs: number;
    };
