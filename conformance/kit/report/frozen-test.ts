import type { Outcome } from "../finding.ts";
import type { Law } from "../law.ts";
import type { RepeatedRun } from "./reproduce-command.ts";

/**
 * A counterexample as a vitest file: it judges this law at this counterexample alone, and is red as long as the breach
 * stands.
 */
export function formatFrozenTest({
  law,
  outcome: { reason = "", finding },
  run,
}: {
  readonly law: Law;
  readonly outcome: Outcome;
  readonly run: RepeatedRun;
}): string {
  const shown = finding !== undefined && "counterexample" in finding ? finding.counterexample : undefined;
  const options = [
    `  target: {`,
    `    baseUrl: process.env["SANDGLASS_URL"] ?? ${JSON.stringify(run.target)},`,
    `    key: process.env["SANDGLASS_KEY"] ?? "",`,
    ...(law.needs.includes("second-key") ? [`    otherKey: process.env["SANDGLASS_OTHER_KEY"] ?? "",`] : []),
    `  },`,
    `  law: ${JSON.stringify(law.id)},`,
    `  failOn: ${JSON.stringify(law.requirement)},`,
    `  seed: ${run.seed},`,
    ...(finding?.path === undefined ? [] : [`  path: ${JSON.stringify(finding.path)},`]),
  ];
  return [
    `// A server ${law.requirement} ${oneLine(law.statement)} (${law.source}).`,
    `// Seen: ${oneLine(reason)}`,
    ...(shown === undefined ? [] : [`// Counterexample: ${oneLine(JSON.stringify(shown))}`]),
    `import { registerLaws } from "sandglass/vitest";`,
    ``,
    `registerLaws(${JSON.stringify(run.contract)}, {`,
    ...options,
    `});`,
    ``,
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\u2028\u2029]+/g, " ").trim();
}
