import type { LawReport, Report } from "../content/report.ts";
import { verdictText } from "../content/summary.ts";
import { escapeXml } from "./sequence-diagram.ts";

/**
 * Reports of one contract side by side: a line for each law that any of the targets does not keep, with a column for each
 * target. Nothing where a contract has one report.
 */
export function formatGrids(reports: readonly Report[]): string {
  const byContract = Map.groupBy(reports, ({ contract }) => contract);
  return [...byContract].map(([contract, runs]) => (runs.length < 2 ? "" : grid(contract, runs))).join("");
}

function grid(contract: string, runs: readonly Report[]): string {
  const found = runs.map(({ laws }) => new Map(laws.map((law) => [law.id, law])));
  const ids = [...new Set(found.flatMap((laws) => [...laws.keys()]))];
  const telling = ids.filter((id) => found.some((laws) => laws.get(id)?.verdict !== "pass"));
  const heads = runs.map(({ target }) => `<th scope="col"><code>${escapeXml(target)}</code></th>`).join("");
  const rows = telling.map((id) => {
    const cells = found.map((laws) => cell(laws.get(id)));
    return `<tr><td><code>${escapeXml(id)}</code></td>${cells.join("")}</tr>`;
  });
  const rest = `<p>${ids.length - telling.length} of ${ids.length} laws hold on all ${runs.length} targets.</p>`;
  const table = `<div class="grid"><table>\n<thead><tr><th scope="col">law</th>${heads}</tr></thead>\n<tbody>\n${rows.join("\n")}\n</tbody>\n</table></div>`;
  return `<section>\n<h1>${escapeXml(contract)} on ${runs.length} targets</h1>\n${rest}\n${rows.length === 0 ? "" : table}\n</section>\n`;
}

function cell(law: LawReport | undefined): string {
  if (law === undefined) return '<td class="skip"><span class="verdict">not in this run</span></td>';
  return `<td class="${law.verdict}"><span class="verdict" title="${escapeXml(law.reason ?? "")}">${escapeXml(verdictText(law))}</span></td>`;
}
