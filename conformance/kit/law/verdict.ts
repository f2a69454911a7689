/** What came of judging one law, best first: the order is the algebra. */
export const verdicts = ["skip", "pass", "fail", "error"] as const;

/** `skip`: could not be judged; `pass`: no breach found; `fail`: the target broke the law; `error`: the judging broke. */
export type Verdict = (typeof verdicts)[number];

/**
 * How far a verdict can be trusted. `confirmed`: judged again and seen again; `intermittent`: judged again, and seen only some
 * of the times; `unconfirmed`: seen once, and not judged again; `environment`: the target was busy or out of reach, which breaks no law; `untestable`: nothing was judged.
 */
export type EvidenceLevel = "confirmed" | "intermittent" | "unconfirmed" | "environment" | "untestable";

/**
 * Why a law was not judged, or its breach not judged a second time. A run in which a MUST was left for `budget`, `no-sandbox`, `interrupted` or `unreachable` cannot be trusted;
 * the others are choices of the user.
 */
export type SkipCause =
  "input-missing" | "operation-missing" | "profile" | "budget" | "no-sandbox" | "interrupted" | "unreachable";

/** How many laws came to each verdict. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** The worst of a group; a group of nothing is a `skip`, so an empty run never looks green. */
export function worstVerdict(group: readonly Verdict[]): Verdict {
  return group.reduce<Verdict>((worst, next) => (isWorse(next, worst) ? next : worst), "skip");
}

/** Counts a group of verdicts. */
export function countVerdicts(group: readonly Verdict[]): VerdictCounts {
  const counts = { skip: 0, pass: 0, fail: 0, error: 0 };
  for (const verdict of group) counts[verdict] += 1;
  return counts;
}

function isWorse(left: Verdict, right: Verdict): boolean {
  return verdicts.indexOf(left) > verdicts.indexOf(right);
}
