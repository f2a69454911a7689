import type { LawOutcome } from "../law/law-outcome.ts";
import { skipCauses } from "../law/verdict.ts";
import type { EvidenceLevel, SkipCause, Verdict } from "../law/verdict.ts";
import { requirements } from "../law/law.ts";
import type { Law, Requirement } from "../law/law.ts";

/** A law with what came of judging it. */
export type Judged = { readonly law: Law; readonly outcome: LawOutcome };

/** What a run comes to, and the exit code that says so: it holds, it is broken, or it cannot be trusted to say. */
export const exitCodes = { held: 0, broken: 1, untrusted: 2 } as const;
/** One of {@link exitCodes}. */
type RunResult = keyof typeof exitCodes;

/** What a run comes to: the one value that the exit code, the terminal and every report are written from. */
export type Conclusion = {
  readonly result: RunResult;
  readonly exitCode: 0 | 1 | 2;
  /** The weakest level whose breach breaks the run; reports of before there was a choice do not say, and mean `MUST`. */
  readonly failOn?: Requirement;
  readonly headline: string; // one sentence
  /** What speaks against the run beside its laws, each with what it makes of the run. */
  readonly causes: readonly Cause[];
};

/** One reason why a run is no good, beside its laws. */
export type Cause = {
  readonly kind: "left-behind" | "stale-waiver" | "stopped" | "nothing-judged";
  readonly result: Exclude<RunResult, "held">;
  readonly text: string;
};

/** What is known of a run beside what came of its laws. */
export type RunEnd = {
  /** Whether a law that was not judged is as bad as one that is broken. Default false. */
  readonly requireAll?: boolean | undefined;
  /** The weakest level whose breach breaks the run. Default `MUST`. */
  readonly failOn?: Requirement | undefined;
  /** What the run leaves behind, or may, in sentences. */
  readonly unsettled?: readonly string[] | undefined;
  /** Waivers that have to go, in sentences. */
  readonly stale?: readonly string[] | undefined;
  /** Why the run was ended before all laws were judged. */
  readonly stopped?: string | undefined;
};

/** What came of a law, as far as it weighs: an outcome with the law's level, or what a report says of both. */
export type Weighed = {
  readonly requirement: Requirement;
  readonly verdict: Verdict;
  readonly evidence?: EvidenceLevel | null | undefined;
  readonly skipCause?: SkipCause | null | undefined;
  readonly waived?: object | null | undefined;
};

/**
 * What a law makes of its run: a breach of a binding law, a MUST by default, that is not waived breaks it where it is
 * confirmed, or where the budget alone kept the run from confirming it; one that was not reached, or whose breach could not
 * be judged again for another reason, leaves the run untrusted. Nothing else weighs.
 */
export function weightOf(law: Weighed, { requireAll = false, failOn = "MUST" }: Judging = {}): RunResult {
  const { requirement, verdict, evidence, skipCause } = law;
  const isWaived = (law.waived ?? undefined) !== undefined;
  if (requireAll && verdict === "skip") return "broken";
  if (!isBinding(requirement, failOn) || verdict === "pass") return "held";
  if (verdict === "error") return "untrusted";
  if (isWaived) return "held";
  if (verdict === "fail" && evidence === "confirmed") return "broken";
  if (verdict === "fail" && evidence === "unconfirmed" && skipCause === "budget") return "broken";
  return !skipCause || skipCauses[skipCause].isChosen ? "held" : "untrusted";
}

/** What the user wants to be red. */
export type Judging = Pick<RunEnd, "requireAll" | "failOn">;

export function isBinding(requirement: Requirement, failOn: Requirement = "MUST"): boolean {
  return requirements.indexOf(requirement) <= requirements.indexOf(failOn);
}

/** The worst of what laws or runs come to. */
export function worstResult(results: readonly RunResult[]): RunResult {
  if (results.includes("broken")) return "broken";
  return results.includes("untrusted") ? "untrusted" : "held";
}

/** Sums a run up: what is broken outweighs what cannot be trusted. */
export function concludeRun(laws: readonly Weighed[], end: RunEnd = {}): Conclusion {
  const weights = laws.map((law) => weightOf(law, end));
  const isAnyJudged = laws.some(({ verdict }) => verdict === "pass" || verdict === "fail");
  const causes: Cause[] = [
    ...(end.unsettled ?? []).map((text): Cause => ({
      kind: "left-behind",
      result: "broken",
      text: `left behind: ${text}`,
    })),
    ...(end.stale ?? []).map((text): Cause => ({ kind: "stale-waiver", result: "broken", text })),
    ...(end.stopped === undefined ? [] : [{ kind: "stopped", result: "untrusted", text: end.stopped } as const]),
    ...(isAnyJudged ? [] : [{ kind: "nothing-judged", result: "untrusted", text: "no law was judged" } as const]),
  ];
  const result = worstResult([...weights, ...causes.map((cause) => cause.result)]);
  const { failOn = "MUST" } = end;
  return { result, exitCode: exitCodes[result], failOn, headline: headlineOf(laws, isAnyJudged, end), causes };
}

/** How one and several binding laws are called. */
const bindingNames = {
  MUST: ["MUST", "MUSTs"],
  SHOULD: ["MUST or SHOULD", "MUSTs and SHOULDs"],
  MAY: ["law", "laws"],
} as const satisfies Record<Requirement, readonly [one: string, several: string]>;

/** "No MUST is broken" is said only where every MUST was judged. */
function headlineOf(laws: readonly Weighed[], isAnyJudged: boolean, { stopped, failOn = "MUST" }: RunEnd): string {
  if (!isAnyJudged) return "Nothing was judged.";
  const [one, several] = bindingNames[failOn];
  const binding = laws.filter(({ requirement }) => isBinding(requirement, failOn));
  const broken = binding.filter((law) => weightOf(law, { failOn }) === "broken").length;
  if (broken > 0) return broken === 1 ? `1 ${one} is broken.` : `${broken} ${several} are broken.`;
  const unjudged = binding.filter(({ verdict }) => verdict === "skip" || verdict === "error").length;
  const odd = binding.filter((law) => law.verdict === "fail" && (law.waived ?? undefined) === undefined).length;
  const waived = binding.filter(({ verdict }) => verdict === "fail").length - odd;
  if (unjudged > 0 || stopped !== undefined) {
    const rest = stopped === undefined ? `${unjudged} ${several} were not judged` : "not all laws were judged";
    return `None of the ${binding.length - unjudged} ${several} that were judged is broken; ${rest}.`;
  }
  if (odd > 0) return `No breach of a ${one} is confirmed; ${odd} showed at times.`;
  return waived === 0 ? `No ${one} is broken.` : `No ${one} is broken that is not waived; ${waived} are.`;
}
