import type { LawOutcome } from "../law/law-outcome.ts";
import type { SkipCause } from "../law/verdict.ts";
import { causeText } from "../target/cause-text.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** What came of judging a law, without the time that it took. */
export type UntimedOutcome = Omit<LawOutcome, "durationMs">;

/** The outcome of a check that threw: the law could not be judged, a transient failure, or the run itself broke. */
export function outcomeOfThrown(error: unknown): UntimedOutcome {
  if (error instanceof Unjudged) {
    const { skipCause, message, flag } = error;
    return { ...skipped(skipCause, message), ...(flag === undefined ? {} : { flag }) };
  }
  if (error instanceof TransientFailure) return { verdict: "error", evidence: "environment", reason: error.message };
  return { verdict: "error", reason: `the check itself failed: ${causeText(error)}` };
}

/** The outcome of a law that was not judged. */
export function skipped(skipCause: SkipCause, reason: string): UntimedOutcome {
  return { verdict: "skip", evidence: "untestable", skipCause, reason };
}
