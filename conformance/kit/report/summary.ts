import type { Coverage } from "../coverage.ts";
import type { LawReport, Report } from "./report.ts";

/** "41 passed, 2 failed, 3 skipped, 0 could not be judged". */
export function tally(laws: readonly LawReport[]): string {
  const count = (verdict: LawReport["verdict"]) => laws.filter((law) => law.verdict === verdict).length;
  return `${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped, ${count("error")} could not be judged`;
}

/** What was created and what became of it. */
export function ledgerLine({ ledger }: Report): string {
  const { created, deleted, verifiedGone, leaked, expiring } = ledger;
  const left = expiring.length === 0 ? "" : `, ${expiring.length} left to expire`;
  const lost = leaked.length === 0 ? "nothing leaked" : `leaked: ${leaked.join(", ")}`;
  return `${created} sandboxes created, ${deleted} deleted, ${verifiedGone} seen gone${left}, ${lost}`;
}

/** How much of the contract a run exercised. */
export function coverageLine({ operations, keywords }: Coverage): string {
  const answers = Object.entries(operations).map(
    ([operation, statuses]) =>
      `${operation} (${Object.entries(statuses)
        .map(([status, times]) => `${status}: ${times}`)
        .join(", ")})`,
  );
  const broken = [...new Set(Object.values(keywords).flatMap(Object.keys))].sort();
  const none = "none";
  return `Answers seen: ${answers.join("; ") || none}. Keywords broken: ${broken.join(", ") || none}.`;
}
