import type { LawReport, Report } from "./report.ts";
import { escapeXml, formatSvg } from "./sequence-diagram.ts";
import { coverageLine, ledgerLine, tally, verdictText, whyText } from "./summary.ts";

/**
 * Reports as one page that needs nothing else: no script, no font, no image from elsewhere. It follows the reader's light or
 * dark setting. What a target said is text on it, never markup, and its policy lets nothing run.
 */
export function formatHtml(reports: readonly Report[]): string {
  const names = reports.map(({ contract }) => contract).join(", ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Conformance to ${escapeXml(names)}</title>
<style>${style}</style>
</head>
<body>
<main>
${reports.map(section).join("\n")}
</main>
</body>
</html>
`;
}

function section(report: Report): string {
  const { contract, target, seed, profile, startedAt, laws, coverage } = report;
  const found = laws.filter(({ verdict }) => verdict === "fail" || verdict === "error");
  return `<section>
<h1>${escapeXml(contract)}</h1>
<p><code>${escapeXml(target)}</code>, <time>${escapeXml(startedAt)}</time>, profile ${escapeXml(profile)}, seed ${seed}</p>
<p><strong>${escapeXml(tally(laws))}.</strong> ${escapeXml(ledgerLine(report))}.</p>
${found.length === 0 ? "" : `<h2>What was found</h2>\n${found.map(finding).join("\n")}`}
<h2>Laws</h2>
<table>
<thead><tr><th scope="col">law</th><th scope="col">level</th><th scope="col">verdict</th><th scope="col">why</th></tr></thead>
<tbody>
${laws.map(row).join("\n")}
</tbody>
</table>
<h2>Coverage</h2>
<p>${escapeXml(coverageLine(coverage))}</p>
</section>`;
}

function row(law: LawReport): string {
  const name = `<code title="${escapeXml(law.source)}">${escapeXml(law.id)}</code><br>${escapeXml(law.statement)}`;
  return `<tr class="${law.verdict}"><td>${name}</td><td>${law.requirement}</td><td class="verdict">${escapeXml(verdictText(law))}</td><td>${escapeXml(whyText(law))}</td></tr>`;
}

function finding(law: LawReport): string {
  const { id, requirement, statement, source, verdict, reason, counterexample, exchanges, reproduce } = law;
  const parts = [
    `<p>A server ${requirement} ${escapeXml(statement)} (<code>${escapeXml(source)}</code>).</p>`,
    `<p><strong>Seen${law.evidence === null ? "" : ` (${law.evidence})`}:</strong> ${escapeXml(reason ?? "")}</p>`,
    counterexample === null ? "" : block("Counterexample", JSON.stringify(counterexample, null, 2)),
    exchanges.length === 0 ? "" : `<figure>${formatSvg(exchanges)}</figure>`,
    reproduce.curl === null ? "" : block("For a shell", reproduce.curl),
    block("Judge it again", reproduce.command),
    reproduce.vitest === null ? "" : block("As a vitest file", reproduce.vitest),
  ];
  return `<details class="${verdict}" open><summary><code>${escapeXml(id)}</code> ${requirement}</summary>
${parts.filter((part) => part !== "").join("\n")}
</details>`;
}

function block(title: string, text: string): string {
  return `<h3>${title}</h3>\n<pre tabindex="0"><code>${escapeXml(text)}</code></pre>`;
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --soft: light-dark(#f6f8fa, #151b23);
  --pass: light-dark(#116329, #3fb950); --fail: light-dark(#b3261e, #ff7b72); --dim: light-dark(#59636e, #9198a1); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #0d1117); color: light-dark(#1f2328, #f0f6fc); }
main { max-width: 72rem; margin: auto; padding: 1rem; }
code, pre, svg text { font-family: ui-monospace, monospace; font-size: 13px; }
pre { overflow-x: auto; padding: .75rem; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
td code { overflow-wrap: anywhere; }
details { margin: 1rem 0; padding: .5rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--fail); border-radius: 6px; }
summary { cursor: pointer; }
.pass .verdict { color: var(--pass); } .fail .verdict, .error .verdict { color: var(--fail); } .skip { color: var(--dim); }
figure { margin: 1rem 0; overflow-x: auto; }
svg { min-width: 40rem; width: 100%; } svg text { fill: currentColor; } svg path { fill: none; stroke: currentColor; }
svg .life { stroke-dasharray: 4 4; opacity: .5; } svg .answer { stroke-dasharray: 6 3; }
`;
