import type { Coverage } from "../../run/coverage.ts";
import { htmlStyle } from "./html-style.ts";
import { breachesOf, unjudgedOf } from "../content/judged-laws.ts";
import type { UnjudgedGroup } from "../content/judged-laws.ts";
import { requirements } from "../../law/law.ts";
import { isBinding } from "../../run/conclusion.ts";
import type { LawReport, Report } from "../content/report.ts";
import type { ClauseLocator } from "./clause-location.ts";
import { htmlScript, htmlScriptHash } from "./html-script.ts";
import { escapeXml, formatSteps } from "./sequence-diagram.ts";
import { formatGrids } from "./target-grid.ts";
import {
  brokenKeywords,
  exploredText,
  inputText,
  ledgerLine,
  tally,
  verdictText,
  whyText,
} from "../content/summary.ts";

/**
 * Reports as one page that needs nothing from elsewhere, and reads and prints without its script, which searches, filters and
 * opens what a link leads to. It follows the reader's light or dark setting. What a target said is text on it, never markup, and
 * its policy lets nothing run but that script.
 *
 * The verdict comes first, then what is broken, then what was not judged, and why; then every law, folded.
 */
export function formatHtml(reports: readonly Report[], locate: ClauseLocator = () => undefined): string {
  const names = reports.map(({ contract }) => contract).join(", ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src '${htmlScriptHash}'">
<title>Conformance to ${escapeXml(names)}</title>
<style>${htmlStyle}</style>
</head>
<body>
<main>
${formatGrids(reports)}${reports.map((report) => section(report, locate)).join("\n")}
</main>
<script>${htmlScript}</script>
</body>
</html>
`;
}

function section(report: Report, locate: ClauseLocator): string {
  const { contract, target, startedAt, durationMs, laws, coverage } = report;
  const { headline, causes, result } = report.conclusion;
  const seconds = (durationMs / 1000).toFixed(1);
  const where: Where = ({ source }) => {
    const { file, line, excerpt } = locate(contract, source) ?? {};
    return { place: file === undefined ? source : `${file}:${line}`, excerpt };
  };
  return `<section>
<h1>${escapeXml(contract)}</h1>
<p class="state${result === "held" ? " good" : ""}">${escapeXml(headline)}</p>
${isIncomplete(report) ? '<p class="warn">Incomplete: not every binding law was judged.</p>\n' : ""}${causes.map(({ text }) => `<p class="warn">${escapeXml(text)}</p>\n`).join("")}<p>${escapeXml(tally(laws))}.</p>
<p>${escapeXml(ledgerLine(report))}.</p>
<p class="dim"><code>${escapeXml(target)}</code>, <time>${escapeXml(startedAt)}</time>, ${seconds} s, ${escapeXml(inputText(report))}</p>
${breachList(breachesOf(laws), where)}${unjudgedList(unjudgedOf(laws))}<h2>Laws</h2>
<p class="filters" hidden></p>
${requirements.map((level) => lawTable(laws, level)).join("")}
${coverageTable(coverage)}
</section>`;
}

const isIncomplete = ({ laws, conclusion: { failOn } }: Report) =>
  laws.some(({ requirement, verdict }) => isBinding(requirement, failOn) && verdict !== "pass" && verdict !== "fail");

/** The laws of one level, folded: their counts are what most readers want of them. */
function lawTable(all: readonly LawReport[], level: LawReport["requirement"]): string {
  const laws = all.filter(({ requirement }) => requirement === level);
  if (laws.length === 0) return "";
  return `<details class="laws"><summary>${level}: ${escapeXml(tally(laws))}</summary>
<table>
<thead><tr><th scope="col">law</th><th scope="col">verdict</th><th scope="col">why</th></tr></thead>
<tbody>
${laws.map(row).join("\n")}
</tbody>
</table>
</details>
`;
}

/** So many breaches are shown with all that belongs to them; the others open when they are clicked. */
const openMax = 1;
/** From so many on, a list in front of them says which there are. */
const listedMin = 3;

/** Says where in which file a law's clause stands, or its source, and which lines it has there. */
type Where = (law: LawReport) => { readonly place: string; readonly excerpt: string | undefined };

function breachList(breaches: readonly LawReport[], where: Where): string {
  if (breaches.length === 0) return "";
  const names = breaches.map(
    (law) =>
      `<li><a href="#${escapeXml(law.id)}"><code>${escapeXml(law.id)}</code></a> ${badges(law)}<br><span class="dim">${escapeXml(cut(law.reason ?? ""))}</span></li>`,
  );
  const list = breaches.length < listedMin ? "" : `<ol>\n${names.join("\n")}\n</ol>\n`;
  return `<h2>What is broken (${breaches.length})</h2>\n${list}${breaches.map((law, index) => breach(law, index, where(law))).join("\n")}\n`;
}

function breach(law: LawReport, index: number, { place, excerpt }: ReturnType<Where>): string {
  const { id, requirement, statement, source, evidence, reason, waived, counterexample, exchanges, reproduce } = law;
  const parts = [
    // A link to what is inside opens what is closed around it.
    `<p id="${escapeXml(id)}">A server ${requirement} ${escapeXml(statement)} (<code title="${escapeXml(source)}">${escapeXml(place)}</code>).</p>`,
    excerpt === undefined
      ? ""
      : `<details><summary>The clause, from line ${place.split(":").at(-1)}</summary>${pre(excerpt)}</details>`,
    `<p class="seen"><strong>Seen${evidence === null ? "" : ` (${evidence})`}:</strong> ${escapeXml(reason ?? "")}</p>`,
    waived === null ? "" : `<p class="dim">${escapeXml(whyText({ ...law, reason: null }))}</p>`,
    counterexample === null ? "" : block("Counterexample", JSON.stringify(counterexample, null, 2)),
    exchanges.length === 0 ? "" : formatSteps(exchanges),
    reproduce.curl === null ? "" : `<details><summary>For a shell</summary>${pre(reproduce.curl)}</details>`,
    block("Judge it again", reproduce.command),
    reproduce.vitest === null ? "" : `<details><summary>As a vitest file</summary>${pre(reproduce.vitest)}</details>`,
  ];
  const kind = waived === null ? "breach" : "breach waived";
  return `<details class="${kind}"${index < openMax ? " open" : ""}><summary><code>${escapeXml(id)}</code> ${badges(law)}</summary>
${parts.filter((part) => part !== "").join("\n")}
</details>`;
}

function unjudgedList(groups: readonly UnjudgedGroup[]): string {
  if (groups.length === 0) return "";
  const count = groups.reduce((sum, { laws }) => sum + laws.length, 0);
  const items = groups.map(({ cause, flag, laws }) => {
    const enable = flag === null ? "" : ` <span class="dim">(judged with <code>${escapeXml(flag)}</code>)</span>`;
    const names = laws.map(({ id }) => `<code>${escapeXml(id)}</code>`).join("<br>");
    return `<details><summary>${laws.length} × ${escapeXml(cause)}${enable}</summary><p>${names}</p></details>`;
  });
  return `<h2>What was not judged (${count})</h2>\n${items.join("\n")}\n`;
}

function row(law: LawReport): string {
  const name = `<code title="${escapeXml(law.source)}">${escapeXml(law.id)}</code><br>${escapeXml(law.statement)}`;
  const operation = law.id.split("/").at(-2) ?? "";
  return `<tr class="${law.verdict}" id="law-${escapeXml(law.id)}" data-level="${law.requirement}" data-operation="${escapeXml(operation)}"><td>${name}</td><td class="verdict">${escapeXml(verdictText(law))}</td><td>${escapeXml(whyText(law))}</td></tr>`;
}

function coverageTable(coverage: Coverage): string {
  const rows = Object.entries(coverage.operations).map(([operation, statuses]) => {
    const answers = Object.entries(statuses).map(([status, times]) => `${status} × ${times}`);
    return `<tr><td><code>${escapeXml(operation)}</code></td><td>${escapeXml(answers.join(", "))}</td></tr>`;
  });
  const explored = exploredText(coverage);
  const table = explored === "" ? "" : `\n<p>Table: ${explored}.</p>`;
  const keywords = `<p>Keywords broken: ${escapeXml(brokenKeywords(coverage))}.</p>${table}`;
  if (rows.length === 0) return `<h2>Coverage</h2>\n<p>Nothing was answered.</p>\n${keywords}`;
  return `<h2>Coverage</h2>
<details><summary>Answers of ${rows.length} operations, by status</summary>
<table>
<thead><tr><th scope="col">operation</th><th scope="col">answers, by status</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
</details>
${keywords}`;
}

/** Its level, and what makes it less than a breach that was confirmed. */
function badges({ requirement, evidence, waived }: LawReport): string {
  const level = `<span class="level">${requirement}</span>`;
  const less = [...(evidence === "confirmed" ? [] : [evidence]), ...(waived === null ? [] : ["waived"])];
  return less.length === 0 ? level : `${level} <span class="dim">${less.join(", ")}</span>`;
}

/** As much as tells one breach from the next. */
function cut(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 160)}…`;
}

function block(title: string, text: string): string {
  return `<h3>${title}</h3>\n${pre(text)}`;
}

function pre(text: string): string {
  return `<pre tabindex="0"><code>${escapeXml(text)}</code></pre>`;
}
