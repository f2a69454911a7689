/** What a tool reports, as names that stay the same from run to run: what was asked, and what is wrong with the answer. */
export type Findings = readonly string[];

type SandglassReport = { readonly laws: readonly { readonly id: string; readonly verdict: string }[] };
type SchemathesisReport = {
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
};

/** The laws that failed, of a JSON report of `sandglass conform`. */
export function readSandglass(report: string): Findings {
  const { laws } = JSON.parse(report) as SandglassReport;
  return distinct(laws.filter(({ verdict }) => verdict === "fail").map(({ id }) => id));
}

/** Operation and kind of each failure, of a JSON report of `st run`. */
export function readSchemathesis(report: string): Findings {
  const { failures } = JSON.parse(report) as SchemathesisReport;
  return distinct(failures.flatMap(({ title, operations }) => operations.map((operation) => `${operation}: ${title}`)));
}

/** Operation, expected status, and what differs, of each failed test in a JUnit report of `specmatic test`. */
export function readSpecmatic(report: string): Findings {
  const failed = [...report.matchAll(/<testcase [^>]*\bname="([^"]*)"[^>]*>\s*<failure\b([\s\S]*?)<\/failure>/g)];
  return distinct(
    failed.map(([, name = "", failure = ""]) => {
      const scenario = /([+-]ve) +Scenario: (.*?)(?: with .*)?$/.exec(plain(name));
      const where = [...plain(failure).matchAll(/>> (RE(?:SPONSE|QUEST)\.[\w.[\]]+)/g)].map(([, place]) => place!);
      const seen = /response contained status \d+/.exec(failure)?.[0] ?? "";
      return `${scenario?.[1]} ${scenario?.[2]}: ${[...distinct(where), seen].join(" ").trim()}`;
    }),
  );
}

function plain(escaped: string): string {
  return escaped.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&#10;", "\n").replaceAll("&quot;", '"');
}

function distinct(names: readonly string[]): Findings {
  return [...new Set(names)].sort();
}
