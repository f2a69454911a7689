import type { LawReport, Report } from "./report.ts";
import { formatMermaid } from "./sequence-diagram.ts";
import { coverageLine, ledgerLine, tally, verdictText, whyText } from "./summary.ts";

/** Reports as Markdown, for a summary of a CI job or a comment: what is broken first, then every law in a table. */
export function formatMarkdown(reports: readonly Report[]): string {
  return `${reports.map(section).join("\n\n")}\n`;
}

function section(report: Report): string {
  const { contract, target, seed, profile, startedAt, laws } = report;
  const found = laws.filter(({ verdict }) => verdict === "fail" || verdict === "error");
  return [
    `# Conformance of ${code(target)} to ${contract}`,
    `${tally(laws)}. ${ledgerLine(report)}. Profile ${profile}, seed ${seed}, ${startedAt}.`,
    ...(found.length === 0 ? [] : ["## What was found", ...found.map(finding)]),
    "## Laws",
    ["| law | level | verdict | why |", "| - | - | - | - |", ...laws.map(row)].join("\n"),
    "## Coverage",
    coverageLine(report.coverage),
  ].join("\n\n");
}

function row(law: LawReport): string {
  return `| ${code(law.id)} | ${law.requirement} | ${verdictText(law)} | ${cell(whyText(law))} |`;
}

function finding(law: LawReport): string {
  const { id, requirement, statement, source, evidence, reason, counterexample, exchanges, reproduce } = law;
  return [
    `### ${code(id)}`,
    `A server ${requirement} ${escape(statement)} (${code(source)}).`,
    `**Seen${evidence === null ? "" : ` (${evidence})`}:** ${escape(reason ?? "")}`,
    ...(counterexample === null ? [] : [fence("json", JSON.stringify(counterexample, null, 2))]),
    ...(exchanges.length === 0 ? [] : [fence("mermaid", formatMermaid(exchanges))]),
    ...(reproduce.curl === null ? [] : [fence("sh", reproduce.curl)]),
    fence("sh", reproduce.command),
    ...(reproduce.vitest === null
      ? []
      : [`<details><summary>As a vitest file</summary>\n\n${fence("ts", reproduce.vitest.trimEnd())}\n\n</details>`]),
  ].join("\n\n");
}

/** A fence longer than any inside, so that no content ends it. */
function fence(language: string, text: string): string {
  const marks = "`".repeat(longestRun(text, 2) + 1);
  return `${marks}${language}\n${text}\n${marks}`;
}

function code(text: string): string {
  const marks = "`".repeat(longestRun(text, 0) + 1);
  const padding = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${marks}${padding}${text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")}${padding}${marks}`;
}

function longestRun(text: string, least: number): number {
  return Math.max(least, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}

function cell(text: string): string {
  return escape(text).replaceAll(/\s+/g, " ");
}

/** What a target said is text, never markup. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>&|~#@$]/g, (character) =>
    character === "<" ? "&lt;" : character === ">" ? "&gt;" : character === "&" ? "&amp;" : `\\${character}`,
  );
}
