import { breachesOf, unjudgedOf } from "../content/judged-laws.ts";
import type { UnjudgedGroup } from "../content/judged-laws.ts";
import type { LawReport, Report } from "../content/report.ts";
import { escapeXml, formatMermaid } from "./sequence-diagram.ts";
import { coverageLine, inputText, ledgerLine, tally, verdictText, whyText } from "../content/summary.ts";

/**
 * Reports as Markdown, for a summary of a CI job or a comment: what is broken first, then what was not judged, and why; then
 * every law in a table that opens on a click.
 *
 * GitHub shows no summary that is longer than 1 MiB. A longer one comes without what can be looked up elsewhere: the requests
 * and the files of each breach.
 */
export function formatMarkdown(reports: readonly Report[]): string {
  const whole = format(reports, breach);
  return Buffer.byteLength(whole) <= bytesMax ? whole : format(reports, breachInBrief);
}

const bytesMax = 1_000_000;

function format(reports: readonly Report[], show: (law: LawReport) => string): string {
  return `${reports.map((report) => section(report, show)).join("\n\n")}\n`;
}

function section(report: Report, show: (law: LawReport) => string): string {
  const { contract, target, startedAt, laws, conclusion } = report;
  const breaches = breachesOf(laws);
  const unjudged = unjudgedOf(laws);
  return [
    `# Conformance of ${code(target)} to ${contract}`,
    `**${conclusion.headline}** ${tally(laws)}. ${escape(ledgerLine(report))}. ${escape(inputText(report))}, ${startedAt}.`,
    ...(conclusion.causes.length === 0 ? [] : [conclusion.causes.map(({ text }) => `- ${escape(text)}`).join("\n")]),
    ...(breaches.length === 0 ? [] : ["## What is broken", ...shown(breaches, show)]),
    ...(unjudged.length === 0 ? [] : ["## What was not judged", ...unjudged.map(unjudgedItem)]),
    "## Laws",
    folded(
      `All ${laws.length} laws`,
      ["| law | level | verdict | why |", "| - | - | - | - |", ...laws.map(row)].join("\n"),
    ),
    "## Coverage",
    coverageLine(report.coverage),
  ].join("\n\n");
}

/** So many breaches are shown with all that belongs to them; the others open when they are clicked. */
const openMax = 5;

function shown(breaches: readonly LawReport[], show: (law: LawReport) => string): readonly string[] {
  return breaches.map((law, index) =>
    index < openMax
      ? `### ${code(law.id)}\n\n${show(law)}`
      : folded(`<code>${escapeXml(law.id)}</code> ${law.requirement}: ${inTag(law.reason ?? "")}`, show(law)),
  );
}

function breach(law: LawReport): string {
  const { counterexample, exchanges, reproduce } = law;
  return [
    statements(law),
    ...(counterexample === null ? [] : [fence("json", JSON.stringify(counterexample, null, 2))]),
    ...(exchanges.length === 0 ? [] : [fence("mermaid", formatMermaid(exchanges))]),
    ...(reproduce.curl === null ? [] : [fence("sh", reproduce.curl)]),
    fence("sh", reproduce.command),
    ...(reproduce.vitest === null ? [] : [folded("As a vitest file", fence("ts", reproduce.vitest.trimEnd()))]),
  ].join("\n\n");
}

function breachInBrief(law: LawReport): string {
  return `${statements(law)}\n\n${fence("sh", law.reproduce.command)}`;
}

function statements(law: LawReport): string {
  const { requirement, statement, source, evidence, reason, waived } = law;
  return [
    `A server ${requirement} ${escape(statement)} (${code(source)}).`,
    `**Seen${evidence === null ? "" : ` (${evidence})`}:** ${escape(reason ?? "")}`,
    ...(waived === null ? [] : [escape(whyText({ ...law, reason: null }))]),
  ].join("\n\n");
}

function unjudgedItem({ cause, flag, laws }: UnjudgedGroup): string {
  const enable = flag === null ? "" : `; judged with <code>${inTag(flag)}</code>`;
  return folded(`${laws.length} × ${inTag(cause)}${enable}`, laws.map(({ id }) => `- ${code(id)}`).join("\n"));
}

function row(law: LawReport): string {
  return `| ${code(law.id)} | ${law.requirement} | ${verdictText(law)} | ${cell(whyText(law))} |`;
}

/** What opens on a click. The blank line makes what is inside Markdown again. */
function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;
}

/** Text between tags, on a line of its own kind: no Markdown, no markup, no line that ends it. */
function inTag(text: string): string {
  return escapeXml(text).replaceAll(/\s+/g, " ");
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
