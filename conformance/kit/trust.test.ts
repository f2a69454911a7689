import { expect, test } from "vitest";
import type { Outcome } from "./finding.ts";
import type { Requirement } from "./law.ts";
import { lawFixture } from "./mini-contract.fixture.ts";
import { runResult } from "./trust.ts";

function judged(requirement: Requirement, outcome: Omit<Outcome, "durationMs">) {
  return { law: lawFixture({ requirement }), outcome: { ...outcome, durationMs: 0 } };
}

const pass = judged("MUST", { verdict: "pass" });
const confirmed = { verdict: "fail", evidence: "confirmed" } as const;

test("a confirmed breach of a MUST breaks the run, one of a SHOULD or MAY does not", () => {
  expect(runResult([pass, judged("MUST", confirmed)])).toBe("broken");
  expect(runResult([pass, judged("SHOULD", confirmed), judged("MAY", confirmed)])).toBe("held");
});

test("a breach that was not seen again does not break the run", () => {
  expect(runResult([pass, judged("MUST", { verdict: "fail", evidence: "intermittent" })])).toBe("held");
});

test("a run that judged nothing cannot be trusted", () => {
  expect(runResult([])).toBe("untrusted");
  expect(runResult([judged("MAY", { verdict: "skip", skipCause: "input-missing" })])).toBe("untrusted");
});

test.each<Omit<Outcome, "durationMs">>([
  { verdict: "error", evidence: "environment" },
  { verdict: "skip", skipCause: "budget" },
  { verdict: "skip", skipCause: "no-sandbox" },
  { verdict: "fail", evidence: "intermittent", skipCause: "budget" },
])("a MUST left unjudged, or not judged again, by trouble cannot be trusted: %o", (outcome) => {
  expect(runResult([pass, judged("MUST", outcome)])).toBe("untrusted");
  expect(runResult([pass, judged("SHOULD", outcome)])).toBe("held");
  expect(runResult([judged("MUST", confirmed), judged("MUST", outcome)])).toBe("broken");
});

test("a MUST that lacks an input or an operation leaves the run as it is", () => {
  expect(runResult([pass, judged("MUST", { verdict: "skip", skipCause: "input-missing" })])).toBe("held");
  expect(runResult([pass, judged("MUST", { verdict: "skip", skipCause: "operation-missing" })])).toBe("held");
});
