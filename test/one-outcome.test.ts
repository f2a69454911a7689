import { expect, test } from "vitest";
import { summaryLines } from "../src/cli/conform-summary.ts";
import type { RunEnd } from "../conformance/kit/run/conclusion.ts";
import type { LawOutcome } from "../conformance/kit/law/law-outcome.ts";
import type { Requirement } from "../conformance/kit/law/law.ts";
import { lawFixture } from "../conformance/kit/mini-contract.fixture.ts";
import { testResult } from "../conformance/kit/report/formats/test-result.ts";
import { countVerdicts } from "../conformance/kit/law/verdict.ts";
import { formatReports } from "../conformance/kit/report/formats/formats.ts";
import type { Report } from "../conformance/kit/report/content/report.ts";
import { lawReportFixture, passFixture, reportFixture } from "../conformance/kit/report/content/report.fixture.ts";

// Whatever a run comes to, everything that is written of it says the same as its exit code.

type End = { readonly requirement?: Requirement; readonly outcome?: Partial<LawOutcome>; readonly run?: RunEnd };

const waived = { reason: "old", owner: "me", expires: "2030-01-01" };
const fail = { verdict: "fail", evidence: "confirmed" } as const;

const ends: readonly (readonly [string, 0 | 1 | 2, End])[] = [
  ["all pass", 0, { outcome: { verdict: "pass" } }],
  ["a MUST is broken", 1, { outcome: fail }],
  ["a SHOULD is broken", 0, { requirement: "SHOULD", outcome: fail }],
  ["a SHOULD is broken, and is to be red", 1, { requirement: "SHOULD", outcome: fail, run: { failOn: "SHOULD" } }],
  ["a MAY is broken, and a SHOULD is to be red", 0, { requirement: "MAY", outcome: fail, run: { failOn: "SHOULD" } }],
  [
    "the budget ends before a MAY that is to be red",
    2,
    { requirement: "MAY", outcome: { verdict: "skip", skipCause: "budget" }, run: { failOn: "MAY" } },
  ],
  ["a MAY is broken", 0, { requirement: "MAY", outcome: fail }],
  ["a broken MUST is waived", 0, { outcome: { ...fail, waived } }],
  ["a MUST is broken at times", 0, { outcome: { ...fail, evidence: "intermittent" } }],
  ["a waiver is stale", 1, { outcome: { verdict: "pass" }, run: { stale: ["the waiver of x is stale"] } }],
  ["a MUST is inconclusive", 2, { outcome: { verdict: "error", evidence: "environment" } }],
  ["a SHOULD is inconclusive", 0, { requirement: "SHOULD", outcome: { verdict: "error", evidence: "environment" } }],
  ["the budget ends before a MUST", 2, { outcome: { verdict: "skip", skipCause: "budget" } }],
  ["the budget ends before a SHOULD", 0, { requirement: "SHOULD", outcome: { verdict: "skip", skipCause: "budget" } }],
  ["a MUST lacks an input", 0, { outcome: { verdict: "skip", skipCause: "input-missing" } }],
  [
    "all was to be judged, and a SHOULD was not",
    1,
    {
      requirement: "SHOULD",
      outcome: { verdict: "skip", skipCause: "input-missing" },
      run: { requireAll: true },
    },
  ],
  ["a sandbox is left behind", 1, { outcome: { verdict: "pass" }, run: { unsettled: ["sb-1 cannot be ended"] } }],
  ["the run is interrupted", 2, { outcome: { verdict: "pass" }, run: { stopped: "the run was told to stop" } }],
];

test.each(ends)("%s: everything says exit %i", (_, exitCode, { requirement = "MUST", outcome = {}, run }) => {
  const law = lawReportFixture({ ...passFixture("recoup/list/second"), requirement, ...reported(outcome) });
  const report = reportFixture({
    laws: [passFixture("recoup/list/first"), law],
    requests: 345,
    ...(run === undefined ? {} : { end: run }),
  });
  const { headline, result } = report.conclusion;
  expect(report.conclusion.exitCode).toBe(exitCode);

  const json = JSON.parse(formatReports("json", [report])) as Report;
  expect(json.conclusion).toEqual(report.conclusion);
  expect(json.requests).toBe(345);

  const junit = formatReports("junit", [report]);
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(junit)?.[1]);
  expect(count("failures") > 0).toBe(exitCode === 1);
  expect(count("failures") + count("errors") > 0).toBe(exitCode !== 0);
  expect(count("tests")).toBe(junit.match(/<testcase/g)?.length);
  expect(count("failures")).toBe(junit.match(/<failure/g)?.length ?? 0);
  expect(count("errors")).toBe(junit.match(/<error/g)?.length ?? 0);
  expect(count("skipped")).toBe(junit.match(/<skipped/g)?.length ?? 0);
  expect(junit.match(/<testcase[^>]* time="\d/g)?.length).toBe(count("tests"));

  const sarif = JSON.parse(formatReports("sarif", [report])) as {
    readonly runs: readonly { readonly invocations: readonly [{ exitCode: number; executionSuccessful: boolean }] }[];
  };
  expect(sarif.runs[0]!.invocations[0]).toMatchObject({ exitCode, executionSuccessful: exitCode !== 2 });

  const md = formatReports("md", [report]);
  expect(md).toContain(`**${headline}**`);
  const html = formatReports("html", [report]);
  expect(html).toContain(`<p class="state${exitCode === 0 ? " good" : ""}">${headline}</p>`);
  for (const { text } of report.conclusion.causes) expect(html).toContain(text);

  expect(/^::error /m.test(formatReports("github", [report]))).toBe(exitCode !== 0);

  const finished = {
    type: "runFinished",
    verdict: law.verdict,
    counts: countVerdicts(["pass", law.verdict]),
    receipt: report.ledger,
    requests: report.requests!,
    durationMs: 1,
  } as const;
  const told = { ...outcome, verdict: law.verdict, durationMs: 0 };
  const lines = summaryLines(finished, [{ law: lawFixture({ requirement }), outcome: told }], report.conclusion);
  expect(lines.at(-1)).toContain(headline);
  for (const text of [lines.join("\n"), md, html, junit]) expect(text).toContain("345 requests sent");
  for (const { text } of report.conclusion.causes) expect(lines.join("\n")).toContain(text);
  if (headline.includes("No MUST is broken")) expect(law.requirement !== "MUST" || law.verdict !== "skip").toBe(true);

  // A test runner has a test for each law; what is beside the laws fails the suite.
  const isRed =
    testResult(lawFixture({ requirement }), { outcome: told, failOn: run?.failOn ?? "MUST" }).kind === "fail";
  const isTold = run?.requireAll === true; // a test runner shows what it skips, and has no such flag
  if (!isTold) expect(isRed || report.conclusion.causes.length > 0).toBe(result !== "held");
});

function reported({ verdict = "pass", evidence, skipCause, waived: known }: Partial<LawOutcome>) {
  return { verdict, evidence: evidence ?? null, skipCause: skipCause ?? null, waived: known ?? null, reason: "seen" };
}
