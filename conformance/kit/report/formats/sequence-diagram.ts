import type { ReportedExchange } from "../model/reported-exchange.ts";

/** One arrow of a sequence diagram: what the suite asked, and what the target said. */
export type DiagramStep = { readonly asked: string; readonly answered: string; readonly elapsedMs: number };

/** The steps of a counterexample, with the times since its first request. */
export function diagramSteps(
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

/** The diagram as an SVG that takes its colours from the page around it. */
export function formatSvg(exchanges: readonly ReportedExchange[]): string {
  let height = 48;
  const arrows = diagramSteps(exchanges, svgCharactersMax)
    .map((step) => {
      const top = height + (step.elapsedMs >= pauseMsMin ? 22 : 0);
      const pause = top === height ? "" : svgPause(step, height + 8);
      height = top + 60;
      return `${pause}${svgStep(step, top + 4)}`;
    })
    .join("");
  return `<svg role="img" aria-label="Sequence diagram" viewBox="0 0 760 ${height}" xmlns="http://www.w3.org/2000/svg">
<text x="70" y="20" text-anchor="middle">suite</text><text x="690" y="20" text-anchor="middle">target</text>
<path d="M70 28V${height}M690 28V${height}" class="life"/>${arrows}</svg>`;
}

/** Milliseconds from which on the time between two requests is a part of the scenario. */
const pauseMsMin = 1_000;
/** Mermaid makes as much room as a label takes. */
const mermaidCharactersMax = 90;
/** What fits between the two lines in the font of the page. */
const svgCharactersMax = 76;

function pauseText(elapsedMs: number): string {
  return `after ${(elapsedMs / 1000).toFixed(1)} s`;
}

function svgPause({ elapsedMs }: DiagramStep, y: number): string {
  return `\n<text x="380" y="${y}" text-anchor="middle" class="pause">${pauseText(elapsedMs)}</text>`;
}

function svgStep({ asked, answered }: DiagramStep, y: number): string {
  return `
<text x="78" y="${y}">${escapeXml(asked)}</text><path d="M70 ${y + 5}H690m-8-4l8 4l-8 4" class="call"/>
<text x="682" y="${y + 23}" text-anchor="end">${escapeXml(answered)}</text><path d="M690 ${y + 28}H70m8-4l-8 4l8 4" class="answer"/>`;
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
