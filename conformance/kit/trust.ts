import type { Outcome } from "./finding.ts";
import type { Law } from "./law.ts";

/** A law with what came of judging it. */
export type Judged = { readonly law: Law; readonly outcome: Outcome };

/** What a run comes to: it holds, it is broken, or it cannot be trusted to say. */
export type RunResult = "held" | "broken" | "untrusted";

/**
 * Sums a run up. A confirmed breach of a MUST outweighs all else. Without one, the run cannot be trusted where nothing was
 * judged, or a MUST was left unjudged by trouble on the way rather than for want of an input.
 */
export function runResult(judged: readonly Judged[]): RunResult {
  const musts = judged.filter(({ law }) => law.requirement === "MUST");
  if (musts.some(({ outcome }) => outcome.verdict === "fail" && outcome.evidence === "confirmed")) return "broken";
  const anyJudged = judged.some(({ outcome }) => outcome.verdict === "pass" || outcome.verdict === "fail");
  return !anyJudged || musts.some(({ outcome }) => isUnreached(outcome)) ? "untrusted" : "held";
}

function isUnreached({ verdict, skipCause }: Outcome): boolean {
  return verdict === "error" || (verdict === "skip" && (skipCause === "budget" || skipCause === "no-sandbox"));
}
