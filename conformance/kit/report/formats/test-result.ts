import { printable } from "../../../../src/contract/printable.ts";
import { weightOf } from "../../run/conclusion.ts";
import { formatCurl } from "../reproduce/curl.ts";
import type { Finding, LawOutcome } from "../../law/law-outcome.ts";
import type { Law, Requirement } from "../../law/law.ts";

/** What a law looks like in a test runner, which knows three colours and one text. */
type TestResult = { readonly kind: "pass" | "skip" | "fail"; readonly text: string };

/**
 * Puts an outcome into a test runner's terms.
 *
 * @param failOn - the weakest requirement whose breach is red; a weaker one, or one not seen twice, is shown as skipped
 */
export function testResult(
  law: Law,
  { outcome, failOn }: { readonly outcome: LawOutcome; readonly failOn: Requirement },
): TestResult {
  const text = textOf(law, outcome);
  if (outcome.verdict === "pass") return { kind: "pass", text };
  const isRed = weightOf({ ...outcome, requirement: law.requirement }, { failOn }) !== "held";
  return { kind: isRed ? "fail" : "skip", text };
}

function textOf({ requirement, statement, source }: Law, { reason, finding }: LawOutcome): string {
  return [
    reason ?? "",
    `A server ${requirement} ${statement} (${source})`,
    ...(finding === undefined ? [] : findingLines(finding)),
  ]
    .map(printable)
    .join("\n");
}

function findingLines(finding: Finding): readonly string[] {
  const { seed, path, exchange } = finding;
  return [
    ...("counterexample" in finding ? [`counterexample: ${JSON.stringify(finding.counterexample)}`] : []),
    `seed ${seed}${path === undefined ? "" : `, path ${path}`}`,
    ...(exchange === undefined ? [] : [formatCurl(exchange)]),
  ];
}
