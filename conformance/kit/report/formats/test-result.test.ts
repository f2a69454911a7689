import { expect, test } from "vitest";
import type { LawOutcome } from "../../law/law-outcome.ts";
import type { Requirement } from "../../law/law.ts";
import { lawFixture } from "../../mini-contract.fixture.ts";
import { testResult } from "./test-result.ts";

const confirmed: LawOutcome = {
  verdict: "fail",
  evidence: "confirmed",
  reason: "it is odd",
  finding: { reason: "it is odd", seed: 7, path: "0:1", counterexample: { a: 1 } },
  durationMs: 0,
};

function kindOf(requirement: Requirement, outcome: LawOutcome, failOn: Requirement = "MUST") {
  return testResult(lawFixture({ requirement }), { outcome, failOn }).kind;
}

test("a breach is red from the given requirement on, and shown as skipped below it", () => {
  expect(kindOf("MUST", confirmed)).toBe("fail");
  expect(kindOf("SHOULD", confirmed)).toBe("skip");
  expect(kindOf("SHOULD", confirmed, "SHOULD")).toBe("fail");
  expect(kindOf("MAY", confirmed, "SHOULD")).toBe("skip");
});

test("what was not seen twice, or not judged, is shown as skipped", () => {
  expect(kindOf("MUST", { ...confirmed, evidence: "intermittent" })).toBe("skip");
  expect(kindOf("MUST", { verdict: "skip", skipCause: "input-missing", durationMs: 0 })).toBe("skip");
});

test("a failure that leaves a MUST unjudged is red: such a run cannot be trusted", () => {
  expect(kindOf("MUST", { verdict: "error", evidence: "environment", durationMs: 0 })).toBe("fail");
});

test("the text says what is wrong, what the law is, and how to see it again", () => {
  const { text } = testResult(lawFixture(), { outcome: confirmed, failOn: "MUST" });
  expect(text).toBe('it is odd\nA server MUST keep the rule (#)\ncounterexample: {"a":1}\nseed 7, path 0:1');
});
