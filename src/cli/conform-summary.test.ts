import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { concludeRun, countVerdicts } from "../../conformance/command.ts";
import type { Judged, Law, LawOutcome } from "../../conformance/command.ts";
import { summaryLines, verdictLines, type SummaryOptions } from "./conform-summary.ts";
import { wrap, wrapCommand } from "./terminal-text.ts";

const receipt = {
  ...{ created: 12, counted: 12, deleted: 12, verifiedGone: 12, leaked: [], expiring: [], unanswered: 0 },
  ...{ madeByRefused: [], doubtful: [], unsettled: [], refused: 0, refusals: [] },
};

function judged(id: string, outcome: Partial<LawOutcome> = {}, law: Partial<Law> = {}): Judged {
  return {
    law: {
      ...{ id, requirement: "MUST", statement: "keep the rule", source: "#", operations: [], needs: [] },
      ...{ sandboxes: { shared: 0, fresh: 0, creates: 0 } },
      ...law,
    },
    outcome: { verdict: "pass", durationMs: 1, ...outcome },
  };
}

const broken = (id: string, outcome: Partial<LawOutcome> = {}, law: Partial<Law> = {}) =>
  judged(id, { verdict: "fail", evidence: "confirmed", reason: "it was answered 200, not 401", ...outcome }, law);
const skipped = (id: string, outcome: Partial<LawOutcome> = {}, law: Partial<Law> = {}) =>
  judged(id, { verdict: "skip", skipCause: "input-missing", reason: "no key", flag: "--other-key", ...outcome }, law);

function summed(laws: readonly Judged[], options: SummaryOptions = {}): readonly string[] {
  const counts = countVerdicts(laws.map(({ outcome }) => outcome.verdict));
  const weighed = laws.map(({ law, outcome }) => ({ requirement: law.requirement, ...outcome }));
  const finished = { type: "runFinished", verdict: "pass", counts, receipt, requests: 345, durationMs: 2_400 } as const;
  return summaryLines(finished, laws, concludeRun(weighed), options).map(stripVTControlCharacters);
}

test("the end says what was not judged before what passed, and then the verdict and the exit code", () => {
  expect(summed([judged("a/b/one"), skipped("a/b/two")]).slice(-2)).toEqual([
    "1 not judged, 0 broken, 1 passed",
    "✓ None of the 1 MUSTs that were judged is broken; 1 MUSTs were not judged. Exit 0.",
  ]);
  expect(summed([broken("a/b/one")]).at(-1)).toBe("✗ 1 MUST is broken. Exit 1: a MUST is broken.");
  const should = broken("a/b/one", {}, { requirement: "SHOULD" });
  const strict = concludeRun([{ requirement: "SHOULD", ...should.outcome }], { failOn: "SHOULD" });
  expect(stripVTControlCharacters(verdictLines([should], strict).at(-1)!)).toBe(
    "✗ 1 MUST or SHOULD is broken. Exit 1: a SHOULD is broken.",
  );
  expect(summed([judged("a/b/one"), skipped("a/b/two", { skipCause: "budget" })]).at(-1)).toMatch(
    / Exit 2: the run cannot be trusted \(budget\)\.$/,
  );
});

test("each law is counted once, one that a waiver covers as waived", () => {
  const waived = { reason: "old", owner: "me", expires: "2030-01-01" };
  const laws = [
    judged("a/b/one"),
    broken("a/b/two", { waived }),
    skipped("a/b/three", { waived }),
    skipped("a/b/four"),
  ];
  const lines = summed(laws, { verbose: true });
  expect(lines.at(-2)).toBe("1 not judged, 0 broken, 2 waived, 1 passed");
  expect(lines.filter((line) => line.includes("a/b/three"))).toHaveLength(1);
});

test("a broken law is told by what is expected, what was seen and one command, the most binding level first", () => {
  const laws = [broken("a/get/shape", {}, { requirement: "SHOULD" }), broken("a/get/key")];
  const lines = summed(laws, { commandOf: ({ law }) => `npx sandglass conform a --law ${law.id}` });
  expect(lines.slice(0, 10)).toEqual([
    "",
    "Broken: 1 MUST, 1 SHOULD",
    "✗ MUST a/get/key",
    "  expected a server MUST keep the rule",
    "  seen     it was answered 200, not 401",
    "  again    npx sandglass conform a --law a/get/key",
    "✗ SHOULD a/get/shape",
    "  expected a server SHOULD keep the rule",
    "  seen     it was answered 200, not 401",
    "  again    npx sandglass conform a --law a/get/shape",
  ]);
});

test("laws that say the same of several operations are told once", () => {
  const lines = summed(["create", "list", "get"].map((name) => broken(`a/${name}/credentials-none`)));
  expect(lines).toContain("✗ MUST a/create/credentials-none");
  expect(lines).toContain("  also     list, get");
  expect(lines.filter((line) => line.startsWith("✗ MUST"))).toHaveLength(1);
});

test("of a long sequence the last steps are told, and whether it could be made shorter", () => {
  const steps = Array.from({ length: 39 }, (_, at) => `step${at}`);
  const counterexample = [...steps, ["wake", "kill, an empty object"]];
  const reason = `after ${steps.join(", ")}, wake and kill, an empty object at once: it is running`;
  const seen = (finding: object) =>
    summed([broken("a/b/c", { reason, finding: { reason, seed: 1, counterexample, ...finding } })]).find((line) =>
      line.startsWith("  seen"),
    );
  const last = "step34, step35, step36, step37, step38, wake and kill, an empty object at once";
  expect(seen({})).toBe(`  seen     after 34 steps and ${last}: it is running`);
  expect(seen({ isUnshrunk: true })).toBe(`  seen     after 34 steps and ${last} (not shrunk: budget): it is running`);
});

test("laws that were not judged are a line for each cause, with its flag; --verbose lists them", () => {
  const laws = [
    skipped("a/b/one"),
    skipped("a/b/two", {}, { requirement: "MAY" }),
    judged("a/b/three", { verdict: "error", reason: "it does not answer" }),
  ];
  expect(summed(laws)).toContain("  2, 1 of them MUST: input-missing: no key; enable it with --other-key");
  expect(summed(laws)).toContain("  1, 1 of them MUST: inconclusive: it does not answer");
  expect(summed(laws).join()).not.toContain("a/b/one");
  expect(summed(laws, { verbose: true })).toContain("    MAY a/b/two");
});

test("what the run could take is beside what it took, and its files are named", () => {
  const lines = summed([judged("a/b/one")], { budget: { creates: 40, minutes: 15 }, files: [["ledger", "l.jsonl"]] });
  expect(lines).toContain(
    "  12 of 40 sandboxes created, 12 deleted, 12 seen gone; 345 requests sent in 2.4 s of 15 min",
  );
  expect(lines).toContain("  ledger: l.jsonl");
});

test.each([60, 80, 120])("on a screen of %i columns and 30 rows it is one screen, and no line is wider", (columns) => {
  const many = Array.from({ length: 40 }, (_, at) => broken(`opencomputer/get/law-number-${at}`));
  const causes = Array.from({ length: 3 }, (_, at) =>
    skipped(`a/b/${at}`, { reason: `of the reason number ${at} `.repeat(3) }),
  );
  const lines = summed([...many, ...causes], {
    ...{ columns, rows: 30, budget: { creates: 40, minutes: 15 } },
    commandOf: ({ law }) => `npx sandglass conform opencomputer --url http://127.0.0.1:4020 --law ${law.id} --seed 1`,
  });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(lines.filter((line) => line.startsWith("✗ MUST")).length).toBeGreaterThan(0);
  expect(lines.join("\n")).toContain("more, in full in a report");
});

test("a command that is broken into lines is still one for a shell", () => {
  const lines = wrapCommand("npx sandglass conform a --url http://h --law a/b/c", 30, 4);
  expect(lines).toEqual(["npx sandglass conform a \\", "    --url http://h \\", "    --law a/b/c"]);
  expect(wrap("  one two three", 9, 4)).toEqual(["  one two", "    three"]);
});

test("--quiet tells the verdict alone", () => {
  const laws = [broken("a/b/one")];
  const conclusion = concludeRun([{ requirement: "MUST", verdict: "fail", evidence: "confirmed" }]);
  expect(verdictLines(laws, conclusion).map(stripVTControlCharacters)).toEqual([
    "0 not judged, 1 broken, 0 passed",
    "✗ 1 MUST is broken. Exit 1: a MUST is broken.",
  ]);
});
