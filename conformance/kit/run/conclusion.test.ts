import { expect, test } from "vitest";
import type { LawOutcome } from "../law/law-outcome.ts";
import type { SkipCause } from "../law/verdict.ts";
import type { Requirement } from "../law/law.ts";
import { concludeRun } from "./conclusion.ts";
import type { RunEnd, Weighed } from "./conclusion.ts";

function judged(requirement: Requirement, outcome: Omit<LawOutcome, "durationMs">): Weighed {
  return { requirement, ...outcome };
}

function runResult(laws: readonly Weighed[]): string {
  return concludeRun(laws).result;
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

test("a breach of a MUST that the budget kept from being judged again breaks the run", () => {
  const unconfirmed = { verdict: "fail", evidence: "unconfirmed", skipCause: "budget" } as const;
  expect(runResult([pass, judged("MUST", unconfirmed)])).toBe("broken");
  expect(runResult([pass, judged("SHOULD", unconfirmed)])).toBe("held");
});

test("a run that judged nothing cannot be trusted", () => {
  expect(runResult([])).toBe("untrusted");
  expect(runResult([judged("MAY", { verdict: "skip", skipCause: "input-missing" })])).toBe("untrusted");
});

test.each<Omit<LawOutcome, "durationMs">>([
  { verdict: "error", evidence: "environment" },
  { verdict: "skip", skipCause: "budget" },
  { verdict: "skip", skipCause: "no-sandbox" },
  { verdict: "fail", evidence: "unconfirmed", skipCause: "unreachable" },
])("a MUST left unjudged, or not judged again, by a failure on the way cannot be trusted: %o", (outcome) => {
  expect(runResult([pass, judged("MUST", outcome)])).toBe("untrusted");
  expect(runResult([pass, judged("SHOULD", outcome)])).toBe("held");
  expect(runResult([judged("MUST", confirmed), judged("MUST", outcome)])).toBe("broken");
});

test("a MUST that lacks an input or an operation leaves the run as it is", () => {
  expect(runResult([pass, judged("MUST", { verdict: "skip", skipCause: "input-missing" })])).toBe("held");
  expect(runResult([pass, judged("MUST", { verdict: "skip", skipCause: "operation-missing" })])).toBe("held");
});

const skipped = (skipCause: SkipCause) => judged("MUST", { verdict: "skip", skipCause });
const waived = { reason: "old", owner: "me", expires: "2030-01-01" };

test.each<[string, readonly Weighed[], RunEnd?]>([
  ["Nothing was judged.", [skipped("input-missing")]],
  ["No MUST is broken.", [pass, judged("SHOULD", confirmed)]],
  ["No MUST is broken that is not waived; 1 are.", [pass, judged("MUST", { ...confirmed, waived })]],
  [
    "No breach of a MUST is confirmed; 1 showed at times.",
    [judged("MUST", { verdict: "fail", evidence: "intermittent" })],
  ],
  ["None of the 1 MUSTs that were judged is broken; 1 MUSTs were not judged.", [pass, skipped("input-missing")]],
  ["None of the 1 MUSTs that were judged is broken; 1 MUSTs were not judged.", [pass, skipped("budget")]],
  ["None of the 1 MUSTs that were judged is broken; not all laws were judged.", [pass], { stopped: "it was stopped" }],
  ["1 MUST is broken.", [judged("MUST", confirmed), skipped("budget")]],
  ["2 MUSTs are broken.", [judged("MUST", confirmed), judged("MUST", confirmed)]],
  ["1 MUST or SHOULD is broken.", [pass, judged("SHOULD", confirmed), judged("MAY", confirmed)], { failOn: "SHOULD" }],
  ["2 laws are broken.", [judged("SHOULD", confirmed), judged("MAY", confirmed)], { failOn: "MAY" }],
  ["No MUST or SHOULD is broken.", [pass, judged("MAY", confirmed)], { failOn: "SHOULD" }],
])("%s", (headline, laws, end) => {
  expect(concludeRun(laws, end).headline).toBe(headline);
});
