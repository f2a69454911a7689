import type { ReportedExchange } from "../content/reported-exchange.ts";

/** One arrow of a sequence diagram: what the suite asked, and what the target said. */
type DiagramStep = { readonly asked: string; readonly answered: string; readonly elapsedMs: number };

/** The steps of a counterexample, with the times since its first request. */
function diagramSteps(
  exchanges: readonly ReportedExchange[],
  charactersMax = mermaidCharactersMax,
): readonly DiagramStep[] {
  const start = exchanges[0]?.startedAtMs ?? 0;
  return exchanges.map(({ request, response, startedAtMs }) => ({
    asked: clip(
      `${request.method} ${pathOf(request.url)}${request.body === null ? "" : ` ${request.body}`}`,
      charactersMax,
    ),
    answered: clip(`${response.status} ${response.body}`.trimEnd(), charactersMax),
    elapsedMs: startedAtMs - start,
  }));
}

/** The diagram as Mermaid, which GitHub and GitLab draw. */
export function formatMermaid(exchanges: readonly ReportedExchange[]): string {
  const lines = diagramSteps(exchanges).flatMap(({ asked, answered, elapsedMs }) => [
    ...(elapsedMs >= pauseMsMin ? [`  Note over Suite: ${pauseText(elapsedMs)}`] : []),
    `  Suite->>Target: ${mermaidText(asked)}`,
    `  Target-->>Suite: ${mermaidText(answered)}`,
  ]);
  return ["sequenceDiagram", ...lines].join("\n");
}

/** The diagram as a list: requests go to the right, answers come back to the left, in lines that break on a phone. */
export function formatSteps(exchanges: readonly ReportedExchange[]): string {
  const steps = diagramSteps(exchanges, listCharactersMax).flatMap(({ asked, answered, elapsedMs }) => [
    ...(elapsedMs >= pauseMsMin ? [`<li class="pause">${pauseText(elapsedMs)}</li>`] : []),
    `<li class="call"><span class="dim">suite →</span> <code>${escapeXml(asked)}</code></li>`,
    `<li class="answer"><code>${escapeXml(answered)}</code> <span class="dim">← target</span></li>`,
  ]);
  return `<ol class="sequence" aria-label="Requests and answers">\n${steps.join("\n")}\n</ol>`;
}

/** Milliseconds from which on the time between two requests is a part of the scenario. */
const pauseMsMin = 1_000;
/** Mermaid makes as much room as a label takes. */
const mermaidCharactersMax = 90;
/** What a line of the list shows of a body. */
const listCharactersMax = 240;

function pauseText(elapsedMs: number): string {
  return `after ${(elapsedMs / 1000).toFixed(1)} s`;
}

/** Text for XML and HTML, attributes included. Characters that XML 1.0 cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text
    .toWellFormed()
    .replaceAll(/[&<>"']/g, (character) => entities[character]!)
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}

function mermaidText(text: string): string {
  return text.replaceAll(/[#;<>&"%]/g, (character) => `#${character.codePointAt(0)};`);
}

function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]*/i, "") || "/";
}

function clip(text: string, charactersMax: number): string {
  const line = text.replaceAll(/\s+/g, " ");
  const characters = [...line];
  return characters.length <= charactersMax ? line : `${characters.slice(0, charactersMax - 1).join("")}…`;
}
