import { describe, expect, test } from "vitest";
import { readSandglass, readSchemathesis, readSpecmatic } from "../bench/compare/findings.ts";
import { judgeSight, type Run, writeTables } from "../bench/compare/tables.ts";

describe("of a report, the findings are read", () => {
  test("Sandglass's JSON: the laws that failed", () => {
    const laws = [
      { id: "mini/b", verdict: "fail" },
      { id: "mini/a", verdict: "pass" },
      { id: "mini/c", verdict: "skip" },
    ];
    expect(readSandglass(JSON.stringify({ laws }))).toEqual(["mini/b"]);
  });

  test("Schemathesis's JSON: each operation of each kind of failure", () => {
    const failures = [{ code: "ST201", title: "Accepted", count: 9, operations: ["POST /b", "GET /a", "GET /a"] }];
    expect(readSchemathesis(JSON.stringify({ failures }))).toEqual(["GET /a: Accepted", "POST /b: Accepted"]);
  });

  test("Specmatic's JUnit: the operation, what was expected, and where it differs, whatever the values", () => {
    const testcase = (values: string, inside: string) =>
      `<testcase name="Contract Tests &gt; +ve  Scenario: GET /a -&gt; 200 with a request where ${values}" time="1">${inside}</testcase>`;
    const failure =
      '<failure message="&gt;&gt; RESPONSE.STATUS&#10; R0002: expected status 200 but response contained status 404">x</failure>';
    const report = [testcase("a is 1", failure), testcase("a is 2", failure), testcase("a is 3", "<system-out/>")];
    expect(readSpecmatic(report.join("\n"))).toEqual([
      "+ve GET /a -> 200: RESPONSE.STATUS response contained status 404",
    ]);
  });
});

function runFixture(run: Partial<Run> = {}): Run {
  return {
    ...{ tool: "one", contract: "mini", seed: 1, findings: [], requests: 10, created: 2, left: 1 },
    ...{ seconds: 3, processorSeconds: 1, ...run },
  };
}

describe("a fault", () => {
  const clean = [runFixture({ findings: ["noise"] }), runFixture({ seed: 2 })];

  test.each([
    ["found", [["noise", "news"], ["news"]], ["news"]],
    ["found once", [["news"]], ["news"]],
    ["by chance", [["news"], ["noise"]], ["news"]],
    ["by chance", [["news"], ["other"]], ["news", "other"]],
    ["not seen", [["noise"], []], []],
    ["without a report", [undefined], []],
  ])("is seen: %s", (seen, reports, findings) => {
    const runs = reports.map((names, at) => runFixture({ seed: at + 1, findings: names }));
    expect(judgeSight(runs, clean)).toEqual({ seen, findings });
  });

  test("that all tools have judged has a row, and each tool a column, with the median and the range of its runs", () => {
    const runs = [
      ...clean,
      runFixture({ fault: "odd", findings: ["a|b"], requests: 20, seconds: 5.4 }),
      runFixture({ fault: "odd", tool: "two", requests: 7 }),
      runFixture({ fault: "judged-by-one" }),
      runFixture({ fault: "odd", contract: "other" }),
    ];
    const page = writeTables("mini", ["one", "two"], runs);
    expect(page).toContain("| found once, of 1 faults | 1 | 0 |");
    expect(page).toContain("| requests in a run | 10 (10–20) | 7 |");
    expect(page).toContain("| clean runs with an alarm that no other has | 1 of 2 | 0 of 0 |");
    expect(page).toContain("| `odd` | found once: `a\\|b` | not seen |");
  });
});
