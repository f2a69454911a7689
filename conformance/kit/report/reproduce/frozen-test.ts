import type { LawOutcome } from "../../law/law-outcome.ts";
import type { Law } from "../../law/law.ts";
import type { Need } from "../../law/need.ts";
import { pinnedValue } from "./pinned-value.ts";

/**
 * A counterexample as a vitest file: it judges this law at this counterexample alone, and is red as long as the breach
 * stands. The counterexample is in the file, so that it stays the same when what generated it changes. Laws that generate
 * nothing are judged as they are.
 */
export function formatFrozenTest({
  law,
  outcome: { reason = "", finding },
  run,
}: {
  readonly law: Law;
  readonly outcome: LawOutcome;
  readonly run: { readonly contract: string; readonly target: string; readonly seed: number };
}): string {
  const shown = finding !== undefined && "counterexample" in finding ? finding.counterexample : undefined;
  const path = finding?.path;
  const pinned = pinnedValue({ path: path ?? null, counterexample: shown });
  const isPinned = pinned !== undefined;
  return [
    `// A server ${law.requirement} ${oneLine(law.statement)} (${law.source}).`,
    `// Seen: ${oneLine(reason)}`,
    ...(shown === undefined || isPinned ? [] : [`// Counterexample: ${oneLine(JSON.stringify(shown))}`]),
    ...(path === undefined || isPinned
      ? []
      : ["// It holds a token, which is not written down: seed and path lead to it."]),
    `import { registerLaws } from "sandglass/vitest";`,
    ``,
    `registerLaws(${JSON.stringify(run.contract)}, {`,
    `  target: {`,
    `    baseUrl: process.env["SANDGLASS_URL"] ?? ${JSON.stringify(run.target)},`,
    `    key: process.env["SANDGLASS_KEY"] ?? "",`,
    ...law.needs.flatMap((need) => inputLines[need] ?? []).map((line) => `    ${line}`),
    `  },`,
    `  law: ${JSON.stringify(law.id)},`,
    `  failOn: ${JSON.stringify(law.requirement)},`,
    `  seed: ${run.seed},`,
    ...(path === undefined || isPinned ? [] : [`  path: ${JSON.stringify(path)},`]),
    ...(isPinned ? [`  counterexample: ${sourceOf(pinned)},`] : []),
    `});`,
    ``,
  ].join("\n");
}

/** What a law needs to be told of the target, besides its key. A run does not tell what it was told, so some is left open. */
const inputLines: Readonly<Partial<Record<Need, string>>> = {
  "second-key": `otherKey: process.env["SANDGLASS_OTHER_KEY"] ?? "",`,
  "member-account": `// memberAccount: "the UUID of an account that the key may act for",`,
  "foreign-account": `// foreignAccount: "the UUID of an account that the key may not act for",`,
  quota: `// quota: 5, the most sandboxes that may run at once`,
};

const lineCharactersMax = 100;

/** A JSON value as an expression. In an object literal `__proto__` is no member, so such a value is parsed instead. */
function sourceOf(value: unknown): string {
  const line = JSON.stringify(value);
  if (line.includes("__proto__")) return `JSON.parse(${JSON.stringify(line)})`;
  return line.length <= lineCharactersMax ? line : JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\u2028\u2029]+/g, " ").trim();
}
