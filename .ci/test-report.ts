import { readFileSync } from "node:fs";

/** Where vitest leaves its JSON report when `CI` is set; vitest.config.ts says so too. */
export const testReportPath = "coverage/tests.json";

export type TestCounts = {
  readonly passed: number;
  readonly failed: number;
  /** Tests that were left out, by name. A law that cannot be judged is a verdict, and not among them. */
  readonly leftOut: readonly string[];
  readonly unjudged: number;
  /** Whether the run as a whole was good: errors outside of tests fail it too. */
  readonly success: boolean;
};

type JsonReport = {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
};

/** Reads the counts out of vitest's JSON report. A file that could not even be loaded counts as one failure. */
export function readTestCounts(path: string = testReportPath): TestCounts {
  const report = JSON.parse(readFileSync(path, "utf8")) as JsonReport;
  const tests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((each) => ({ ...each, name: [name, ...each.ancestorTitles, each.title].join(" > ") })),
  );
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((each) => each.status === "failed"),
  );
  const others = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  const unjudged = others.filter(isVerdict);
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    failed: tests.filter(({ status }) => status === "failed").length + broken.length,
    leftOut: others.filter((each) => !isVerdict(each)).map(({ name }) => name),
    unjudged: unjudged.length,
    success: report.success,
  };
}

/** `registerLaws` shows a law that cannot be judged as skipped: its title is the law's id, in a group with the seed. */
function isVerdict({ ancestorTitles, title }: { ancestorTitles: readonly string[]; title: string }): boolean {
  return /^(recoup|opencomputer)(\/[a-z0-9-]+){2,}$/.test(title) && / \(seed \d+\)$/.test(ancestorTitles.at(-1) ?? "");
}
