import type { Outcome, SkipCause } from "./finding.ts";
import type { Law } from "./law.ts";

/** A law with what came of judging it. */
export type Judged = { readonly law: Law; readonly outcome: Outcome };

/** What a run comes to: it holds, it is broken, or it cannot be trusted to say. */
export type RunResult = "held" | "broken" | "untrusted";

/** What counts besides the laws. */
export type TrustOptions = {
  /** Whether a law that lacks an input is as bad as one that could not be reached. Default false. */
  readonly requireAll?: boolean;
  /** What the run leaves behind, or may: sandboxes that cannot be ended, creates of which it is not known what they made. */
  readonly unsettled?: number;
  /** Waivers that have to go. */
  readonly stale?: number;
};

/**
 * Sums a run up. A confirmed breach of a MUST that nobody has waived outweighs all else; what is left behind and a stale
 * waiver count as one. Without one, the run cannot be trusted where nothing was judged, or a MUST was left unjudged, or its
 * breach was not judged again, by trouble on the way rather than for want of an input.
 */
export function runResult(
  judged: readonly Judged[],
  { requireAll = false, unsettled = 0, stale = 0 }: TrustOptions = {},
): RunResult {
  const musts = judged.filter(({ law }) => law.requirement === "MUST");
  if (unsettled > 0 || stale > 0 || musts.some(({ outcome }) => isBreach(outcome))) return "broken";
  if (requireAll && judged.some(({ outcome }) => outcome.verdict === "skip")) return "broken";
  const anyJudged = judged.some(({ outcome }) => outcome.verdict === "pass" || outcome.verdict === "fail");
  return !anyJudged || musts.some(({ outcome }) => isUnreached(outcome)) ? "untrusted" : "held";
}

/** Whether an outcome is a breach that turns a run red: confirmed, and not waived. */
export function isBreach({ verdict, evidence, waived }: Outcome): boolean {
  return verdict === "fail" && evidence === "confirmed" && waived === undefined;
}

const unreachedCauses: readonly (SkipCause | undefined)[] = ["budget", "no-sandbox", "interrupted", "unreachable"];

function isUnreached({ verdict, skipCause, waived }: Outcome): boolean {
  return verdict === "error" || (waived === undefined && unreachedCauses.includes(skipCause));
}
