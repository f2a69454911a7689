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
 * Why a law was not judged, or its breach not judged a second time, and whether the user chose so. Else the run meant to
 * judge it, and cannot be trusted where it is a MUST.
 */
export const skipCauses = {
  "input-missing": { isChosen: true },
  "operation-missing": { isChosen: true },
  profile: { isChosen: true },
  budget: { isChosen: false },
  "no-sandbox": { isChosen: false },
  interrupted: { isChosen: false },
  unreachable: { isChosen: false },
} as const satisfies Readonly<Record<string, { readonly isChosen: boolean }>>;
/** One of {@link skipCauses}. */
export type SkipCause = keyof typeof skipCauses;

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
