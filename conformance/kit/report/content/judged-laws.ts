import { requirements } from "../../law/law.ts";
import type { LawReport } from "./report.ts";

/** Laws that were not judged for one and the same cause. */
export type UnjudgedGroup = {
  readonly cause: string;
  readonly flag: string | null; // what to add to the command so that they can be judged
  readonly laws: readonly LawReport[];
};

/** Broken laws, the most binding first; what is not confirmed comes after what is, and what is waived last of all. */
export function breachesOf(laws: readonly LawReport[]): readonly LawReport[] {
  const rank = ({ waived, evidence, requirement }: LawReport) =>
    (waived === null ? 0 : 100) + (evidence === "confirmed" ? 0 : 10) + requirements.indexOf(requirement);
  return laws.filter(({ verdict }) => verdict === "fail").toSorted((one, other) => rank(one) - rank(other));
}

/** Laws that were not judged, by cause: first those that went wrong, then the causes with the most laws. */
export function unjudgedOf(laws: readonly LawReport[]): readonly UnjudgedGroup[] {
  const groups = new Map<string, LawReport[]>();
  for (const law of laws.filter(({ verdict }) => verdict === "error" || verdict === "skip")) {
    const key = JSON.stringify([law.verdict, law.skipCause, law.reason, law.flag]);
    groups.set(key, [...(groups.get(key) ?? []), law]);
  }
  const size = ([first, ...rest]: readonly LawReport[]) => (first?.verdict === "error" ? 1e6 : 0) + rest.length;
  return [...groups.values()]
    .toSorted((one, other) => size(other) - size(one))
    .map((group) => {
      const { reason, skipCause, flag } = group[0]!;
      return { cause: reason ?? skipCause ?? "no cause is known", flag, laws: group };
    });
}
