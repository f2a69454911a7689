import { expect, test } from "vitest";
import { breachesOf, unjudgedOf } from "./judged-laws.ts";
import { lawReportFixture, passFixture } from "./report.fixture.ts";

const waived = { reason: "old", owner: "me", expires: "2030-01-01" };

test("the most binding breach comes first, what is not confirmed after it, and what is waived last", () => {
  const laws = [
    lawReportFixture({ id: "waived", waived }),
    lawReportFixture({ id: "should", requirement: "SHOULD" }),
    lawReportFixture({ id: "sometimes", evidence: "intermittent" }),
    passFixture("holds"),
    lawReportFixture({ id: "must" }),
  ];
  expect(breachesOf(laws).map(({ id }) => id)).toEqual(["must", "should", "sometimes", "waived"]);
});

test("what was not judged is told by its cause, with what would enable it", () => {
  const skip = { verdict: "skip", evidence: "untestable", skipCause: "input-missing", reason: "no key" } as const;
  const laws = [
    lawReportFixture({ ...skip, id: "a", flag: "--other-key" }),
    lawReportFixture({ ...skip, id: "b", reason: "no time", flag: null }),
    lawReportFixture({ ...skip, id: "c", flag: "--other-key" }),
    lawReportFixture({ id: "d", verdict: "error", reason: "no answer" }),
  ];
  expect(unjudgedOf(laws).map((group) => ({ ...group, laws: group.laws.map(({ id }) => id) }))).toEqual([
    { cause: "no answer", flag: null, laws: ["d"] },
    { cause: "no key", flag: "--other-key", laws: ["a", "c"] },
    { cause: "no time", flag: null, laws: ["b"] },
  ]);
});
