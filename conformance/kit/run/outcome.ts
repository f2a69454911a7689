import type { Outcome, SkipCause } from "../law/finding.ts";
import { causeText } from "../target/request.ts";
import { EnvironmentTrouble, Unjudged } from "./unjudged.ts";

/** What came of judging a law, before anybody looked at the clock. */
export type UntimedOutcome = Omit<Outcome, "durationMs">;

/** The outcome of a check that threw: the law could not be judged, the target was not up to it, or we broke. */
export function outcomeOfThrown(error: unknown): UntimedOutcome {
  if (error instanceof Unjudged) {
    const { skipCause, message, flag } = error;
    return { ...skipped(skipCause, message), ...(flag === undefined ? {} : { flag }) };
  }
  if (error instanceof EnvironmentTrouble) return { verdict: "error", evidence: "environment", reason: error.message };
  return { verdict: "error", reason: `the check itself failed: ${causeText(error)}` };
}

/** The outcome of a law that was not judged. */
export function skipped(skipCause: SkipCause, reason: string): UntimedOutcome {
  return { verdict: "skip", evidence: "untestable", skipCause, reason };
}
