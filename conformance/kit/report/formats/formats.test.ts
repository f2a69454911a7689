import sarifSchema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { contracts } from "../../../index.ts";
import type { EvidenceLevel } from "../../law/verdict.ts";
import { createClauseFiles } from "./clause-files.ts";
import { formatReports, reportFormats } from "./formats.ts";
import type { ReportFormat } from "./formats.ts";
import { exchangeFixture, lawReportFixture, passFixture, reportFixture } from "../content/report.fixture.ts";
import { readReports } from "../content/read-report.ts";
import type { Report } from "../content/report.ts";
import schema from "../content/report.schema.json" with { type: "json" };

const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);
const isReport = ajv.compile(schema);

/** Words that would be markup, or end what stands around them, if anything let them. */
const hostile = `]]></failure><script>alert(1)</script>\`\`\`|"'&<!--\u0000\uD800`;
const hostileReport = reportFixture({
  target: `http://h.test/${hostile}`,
  laws: [
    lawReportFixture({
      reason: hostile,
      statement: hostile,
      counterexample: { [hostile]: hostile },
      exchanges: [
        exchangeFixture({
          request: { method: "POST", url: `http://h.test/${hostile}`, headers: {}, body: hostile },
          response: { status: 200, headers: {}, body: hostile },
        }),
      ],
    }),
  ],
});

test("a report and a set of them fit the schema that is shipped", () => {
  for (const reports of [[reportFixture()], [reportFixture(), reportFixture({ contract: "opencomputer" })]]) {
    isReport(JSON.parse(formatReports("json", reports)));
    expect(isReport.errors).toBeNull();
  }
});

/** The compiler wants each level named. */
const levels: Readonly<Record<EvidenceLevel, true>> = {
  ...{ confirmed: true, intermittent: true, unconfirmed: true },
  ...{ environment: true, untestable: true },
};

test.each(Object.keys(levels) as EvidenceLevel[])("a report with evidence that is %s is read again", (evidence) => {
  const report = reportFixture({ laws: [lawReportFixture({ evidence })] });
  expect(readReports(formatReports("json", [report]), "report.json")).toEqual([report]);
});

test.each(["seed", "laws", "ledger", "coverage"])("a report without %s does not fit the schema", (name) => {
  expect(isReport({ ...reportFixture(), [name]: undefined })).toBe(false);
});

test.each(reportFormats)("%s is the same for the same reports, and holds each law", (format) => {
  const text = formatReports(format, [reportFixture()]);
  expect(formatReports(format, [reportFixture()])).toBe(text);
  const shown =
    format === "github" ? reportFixture().laws.filter(({ verdict }) => verdict === "fail") : reportFixture().laws;
  for (const { id } of shown) expect(text).toContain(id);
});

test.each<ReportFormat>(["md", "html"])("%s tells how much of the table was explored, where it was", (format) => {
  const coverage = { operations: {}, keywords: {} };
  expect(formatReports(format, [reportFixture()])).toContain(
    "explored 95 of 100 cells (95 %) and 49 of 49 pairs (100 %)",
  );
  expect(formatReports(format, [reportFixture({ coverage })])).not.toContain("explored");
});

test.each<ReportFormat>(["junit", "html"])("in %s every tag is closed, whatever a target says", (format) => {
  const text = formatReports(format, [hostileReport]);
  expect(text.match(/<script/g)?.length ?? 0).toBe(format === "html" ? 1 : 0); // the page's own
  expect(text).not.toContain("\u0000");
  expect(text.isWellFormed()).toBe(true);
  expect(openTags(text)).toEqual([]);
});

test("in Markdown no word of a target ends a fence or a cell, or is markup", () => {
  const text = formatReports("md", [hostileReport]);
  const outside = text
    .replaceAll(/^(`{3,})\w+\n[\s\S]*?\n\1$/gm, "")
    .replaceAll(/(?<![`\\])(`+)(?!`).*?[^`]\1(?!`)/g, "");
  expect(outside).not.toMatch(/<script|<!--/);
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.map((row) => row.match(/(?<!\\)\|/g)?.length)).toEqual(rows.map(() => 5));
});

test.each<ReportFormat>(["md", "html"])(
  "%s tells what is broken, what was not judged and every law, in this order",
  (format) => {
    const skip = { verdict: "skip", evidence: "untestable", skipCause: "input-missing", flag: "--other-key" } as const;
    const laws = [
      passFixture("recoup/a/pass"),
      lawReportFixture({ ...skip, id: "recoup/a/skip", reason: "it needs a second key" }),
      lawReportFixture({ id: "recoup/a/should", requirement: "SHOULD" }),
      lawReportFixture({ id: "recoup/a/must" }),
    ];
    const text = formatReports(format, [reportFixture({ laws })]);
    const places = [
      "1 MUST is broken.",
      "What is broken",
      "recoup/a/must",
      "recoup/a/should",
      "What was not judged",
    ].concat(["1 × it needs a second key", "--other-key", "Laws", "recoup/a/pass", "Coverage"]);
    let place = 0;
    for (const each of places) {
      const next = text.indexOf(each, place);
      expect(next, each).toBeGreaterThan(-1);
      place = next;
    }
    expect(formatReports(format, [reportFixture({ laws: laws.slice(0, 1) })])).not.toContain("What was not judged");
  },
);

test("the requests up to a breach are drawn, with the time that passed between them", () => {
  const exchanges = [exchangeFixture(), exchangeFixture({ startedAtMs: 4_200 })];
  for (const format of ["md", "html"] as const) {
    const text = formatReports(format, [reportFixture({ laws: [lawReportFixture({ exchanges })] })]);
    expect(text.match(/after 3\.2 s/g)).toHaveLength(1);
  }
});

test("Markdown that would be too long for a job's summary leaves the requests out, and no breach", () => {
  const exchanges = [exchangeFixture({ request: { ...exchangeFixture().request, body: "x".repeat(9_000) } })];
  const laws = Array.from({ length: 150 }, (_, index) =>
    lawReportFixture({
      id: `recoup/long/law-${index}`,
      exchanges,
      reproduce: { curl: "x".repeat(9_000), command: "npx", vitest: "" },
    }),
  );
  const text = formatReports("md", [reportFixture({ laws })]);
  expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
  for (const { id } of laws) expect(text).toContain(id);
  expect(text).not.toContain("mermaid");
});

describe("JUnit", () => {
  test("is red for a confirmed MUST alone, and counts what it shows", () => {
    const laws = [
      passFixture("recoup/a/pass"),
      lawReportFixture({ id: "recoup/a/must" }),
      lawReportFixture({ id: "recoup/a/once", evidence: "intermittent" }),
      lawReportFixture({ id: "recoup/a/should", requirement: "SHOULD" }),
      lawReportFixture({ id: "recoup/a/known", waived: { reason: "old", owner: "me", expires: "2030-01-01" } }),
      lawReportFixture({ id: "recoup/a/error", verdict: "error", evidence: "environment" }),
      lawReportFixture({ id: "recoup/a/skip", verdict: "skip", evidence: "untestable" }),
    ];
    const text = formatReports("junit", [reportFixture({ laws })]);
    expect(text).toContain('tests="7" failures="1" errors="1" skipped="4"');
    expect(text.match(/<failure/g)).toHaveLength(1);
    expect(text).toMatch(/name="recoup\/a\/must" time="0.012">\s*<failure message="it was answered 200" type="MUST">/);
  });
});

describe("SARIF", () => {
  type Sarif = {
    readonly runs: readonly {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly { readonly [name: string]: unknown }[];
    }[];
  };
  const sarifOf = (...counterexamples: readonly unknown[]) => {
    const laws = counterexamples.map((counterexample) => lawReportFixture({ counterexample }));
    const reports = [reportFixture({ laws })];
    return JSON.parse(
      formatReports("sarif", reports, () => ({ file: "specs/x.yaml", line: 12, column: 3, endColumn: 8 })),
    ) as Sarif;
  };

  test("points at the line of the violated clause", () => {
    expect(sarifOf({ command: "" }).runs[0]?.results).toMatchObject([
      {
        ruleId: "recoup/create/empty-text",
        ruleIndex: 0,
        level: "error",
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "specs/x.yaml" },
              region: { startLine: 12, startColumn: 3, endLine: 12, endColumn: 8 },
            },
          },
        ],
      },
    ]);
  });

  test("knows the same breach again, and another counterexample from it", () => {
    const prints = sarifOf(1, 1, 2).runs[0]?.results.map(({ partialFingerprints }) => partialFingerprints);
    expect(prints?.[0]).toEqual(prints?.[1]);
    expect(prints?.[0]).not.toEqual(prints?.[2]);
  });

  test("is one alert of GitHub's for a law, whichever counterexample a seed finds", () => {
    const hashes = sarifOf(1, 2).runs[0]?.results.map(
      ({ partialFingerprints }) => (partialFingerprints as Record<string, string>)["primaryLocationLineHash"],
    );
    expect(hashes?.[0]).toMatch(/^[0-9a-f]{16}:1$/);
    expect(hashes?.[0]).toBe(hashes?.[1]);
  });

  // The schema is in draft 4, of which ajv knows all that is used in it but the name of its id.
  const { $schema: _draft, id: _id, ...draft7 } = sarifSchema;
  const ajv4 = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv4);
  const isSarif = ajv4.compile(draft7);
  const leaked = { ...reportFixture().ledger, leaked: ["sb-1"] };
  const waived = { reason: "old", owner: "me", expires: "2030-01-01" };
  const kinds: readonly (readonly [string, Report])[] = [
    ["passes alone", reportFixture({ laws: [passFixture("recoup/a/pass")] })],
    ["no law", reportFixture({ laws: [] })],
    [
      "a breach, and one that is waived",
      reportFixture({ laws: [lawReportFixture(), lawReportFixture({ id: "recoup/a/known", waived })] }),
    ],
    ["what could not be judged", reportFixture({ laws: [lawReportFixture({ verdict: "error" })], ledger: leaked })],
    ["words that would be markup", hostileReport],
    [
      "a counterexample without end",
      reportFixture({ laws: [lawReportFixture({ counterexample: "😀".repeat(9_999) })] }),
    ],
  ];

  test.each(kinds)("of a run with %s fits the schema of SARIF 2.1.0", (_, report) => {
    for (const locate of [() => undefined, createClauseFiles(contracts)]) {
      isSarif(JSON.parse(formatReports("sarif", [report, report], locate)));
      expect(isSarif.errors).toBeNull();
    }
  });

  test("the schema refuses what is no SARIF", () => {
    expect(isSarif({ version: "2.1.0", runs: [{ results: [{ ruleId: 1 }] }] })).toBe(false);
  });
});

/** Tags of XML, or of HTML written like it, that nothing closes, and closing ones that close nothing. */
function openTags(text: string): readonly string[] {
  const open: string[] = [];
  for (const [, closing, name = "", selfClosed] of text.matchAll(/<(\/?)([a-z0-9]+)(?:\s[^<>]*?)?(\/?)>/gi)) {
    if (selfClosed === "/" || ["meta", "br"].includes(name)) continue;
    if (closing !== "/") open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
}
