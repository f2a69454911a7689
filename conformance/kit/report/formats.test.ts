import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { formatReports, reportFormats } from "./formats.ts";
import type { ReportFormat } from "./formats.ts";
import { exchangeFixture, lawReportFixture, passFixture, reportFixture } from "./report.fixture.ts";
import schema from "./report.schema.json" with { type: "json" };

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

test.each(["seed", "laws", "ledger", "coverage"])("a report without %s does not fit the schema", (name) => {
  expect(isReport({ ...reportFixture(), [name]: undefined })).toBe(false);
});

test.each(reportFormats)("%s is the same for the same reports, and holds each law", (format) => {
  const text = formatReports(format, [reportFixture()]);
  expect(formatReports(format, [reportFixture()])).toBe(text);
  for (const { id } of reportFixture().laws) expect(text).toContain(id);
});

test.each<ReportFormat>(["junit", "html"])("in %s every tag is closed, whatever a target says", (format) => {
  const text = formatReports(format, [hostileReport]);
  expect(text).not.toContain("<script");
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
    expect(text).toMatch(/name="recoup\/a\/must">\s*<failure message="it was answered 200" type="MUST">/);
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
    return JSON.parse(formatReports("sarif", reports, () => ({ file: "specs/x.yaml", line: 12, column: 3 }))) as Sarif;
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
              region: { startLine: 12, startColumn: 3 },
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
