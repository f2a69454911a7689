import { styleText } from "node:util";
import type { Outcome, RunEvent } from "../../conformance/index.ts";

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

const marks = { pass: "✓", fail: "✗", skip: "–", error: "!" } as const;
const colors = { pass: "green", fail: "red", skip: "dim", error: "yellow" } as const;

export function startLine({ contract, target, lawCount, seed }: EventOf<"runStarted">): string {
  return `${contract} at ${target}: ${lawCount} ${lawCount === 1 ? "law" : "laws"}, seed ${seed}`;
}

/** A law's verdict in one line; what is wrong and how to see it again under it. */
export function lawLines({ law, outcome }: EventOf<"lawFinished">, command: string): readonly string[] {
  const mark = color(colors[outcome.verdict], marks[outcome.verdict]);
  const line = `${mark} ${law.id}  ${law.requirement} ${law.statement}`;
  if (outcome.verdict === "pass") return [line];
  if (outcome.verdict === "skip") return [line, `    ${outcome.reason ?? ""}`];
  return [line, `    ${outcome.reason ?? ""}${counterexampleText(outcome)}`, `    again: ${command}`];
}

export function summaryLines({ counts, receipt, durationMs }: EventOf<"runFinished">): readonly string[] {
  const { pass, fail, skip, error } = counts;
  const inError = error === 0 ? "" : `, ${error} could not be judged`;
  const left = receipt.expiring.length === 0 ? "" : `, ${receipt.expiring.length} left to expire`;
  const leaked = receipt.leaked.length === 0 ? "" : `, leaked: ${receipt.leaked.join(", ")}`;
  return [
    `${pass} passed, ${fail} failed, ${skip} skipped${inError}`,
    `${receipt.created} sandboxes created, ${receipt.deleted} deleted${left}${leaked}; ${(durationMs / 1000).toFixed(1)} s`,
  ];
}

function counterexampleText({ finding }: Outcome): string {
  if (finding === undefined || !("counterexample" in finding)) return "";
  return `: ${JSON.stringify(finding.counterexample)}`;
}

/** Colours only where standard output is a terminal, and not where `NO_COLOR` is set. */
function color(format: (typeof colors)[keyof typeof colors], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
