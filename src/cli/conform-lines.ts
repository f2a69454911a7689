import { printable } from "../contract/printable.ts";
import { counterexampleFingerprint, exploredMax } from "../../conformance/command.ts";
import type { LawOutcome, Plan, RunEvent } from "../../conformance/command.ts";
import { color } from "./terminal-text.ts";

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

const marks = { pass: "✓", fail: "✗", skip: "–", error: "!" } as const;
const colors = { pass: "green", fail: "red", skip: "dim", error: "yellow" } as const;

export function startLine({ contract, target, lawCount, seed, files }: EventOf<"runStarted">): string {
  const laws = `${lawCount} ${lawCount === 1 ? "law" : "laws"}`;
  return `${contract} ${files === undefined ? "at" : "in"} ${printable(target)}: ${laws}${files === undefined ? `, seed ${seed}` : ""}`;
}

/** A law that is broken, as it is seen: what the end of the run tells in full. */
export function brokenLine({ law, outcome }: EventOf<"lawFinished">): string {
  const mark = color(outcome.waived === undefined ? "red" : "yellow", marks.fail);
  return `${mark} ${law.requirement} ${law.id}  ${printable(outcome.reason ?? "")}`;
}

/** A law's verdict in one line; what is wrong and how to see it again under it. For `--verbose`. */
export function lawLines({ law, outcome }: EventOf<"lawFinished">, command: string): readonly string[] {
  const mark = color(outcome.waived === undefined ? colors[outcome.verdict] : "yellow", marks[outcome.verdict]);
  const line = `${mark} ${law.id}  ${law.requirement} ${law.statement}`;
  if (outcome.verdict === "pass") return [line];
  const reason = `    ${printable(outcome.reason ?? "")}`;
  if (outcome.verdict === "skip") return [line, `${reason}${flagText(outcome)}`];
  if (outcome.waived !== undefined) return [line, reason, `    ${printable(waivedText(outcome.waived))}`];
  const found = outcome.verdict === "fail" ? [`    to waive: ${waiverText(law.id, outcome)}`] : [];
  const level =
    outcome.evidence === "intermittent" || outcome.evidence === "unconfirmed" ? ` (${outcome.evidence})` : "";
  const shown = printable(counterexampleText(outcome));
  return [line, `${reason}${level}${shown}`, `    again: ${printable(command)}`, ...found];
}

/** An entry for the file of `--waivers`; a run takes it once its reason, owner and last day are filled in. */
function waiverText(law: string, outcome: LawOutcome): string {
  const entry = { law, counterexample: counterexampleFingerprint(outcome), reason: "", owner: "", expires: "" };
  return printable(JSON.stringify(entry));
}

/** What a run would do, and what it could not. */
export function planLines(
  name: string,
  { laws, unjudged, creates, shared, deeper, createsMax, waived, waitsMs, concurrency, controlled, table }: Plan,
): readonly string[] {
  const { requests, waitedMs } = exploredMax;
  const limits = `at most ${requests} requests and ${waitedMs / 1_000} s of waiting for answers`;
  const how = controlled ? "by moving the target's clock" : "by waiting";
  return [
    `${name}: ${laws.length} laws would be judged, ${unjudged.length} would not`,
    `  ${creates} sandboxes would be created (${shared} of them shared) on a target that keeps every law, and at most ${createsMax} on any`,
    ...(waived === 0
      ? []
      : [`  ${waived} of these are for creates that a deployment with the waived differences does not refuse`]),
    ...(deeper === 0 ? [] : [`  ${deeper} more may go into random sequences, as far as the other laws leave them`]),
    concurrency === 1
      ? "  laws would be judged one by one"
      : `  up to ${concurrency} laws would be judged side by side`,
    ...(waitsMs === 0 ? [] : [`  ${(waitsMs / 1000).toFixed(0)} s would pass in one stretch, ${how}`]),
    ...(table === undefined
      ? []
      : [`  ${table.cells} cells and ${table.pairs} pairs of states by requests would be explored, in ${limits}`]),
    ...unjudged.map(({ law, unmet: { reason, flag } }) => `  – ${law.id}: ${reason}${flagText({ flag })}`),
  ];
}

export function waivedText({ reason, owner, expires, preset }: NonNullable<LawOutcome["waived"]>): string {
  return preset === undefined ? `waived by ${owner} until ${expires}: ${reason}` : `known, by ${preset}: ${reason}`;
}

export function flagText({ flag }: { readonly flag?: string | undefined }): string {
  return flag === undefined ? "" : `; enable it with ${flag}`;
}

export function counterexampleText({ finding }: LawOutcome): string {
  if (finding === undefined || !("counterexample" in finding)) return "";
  return `: ${JSON.stringify(finding.counterexample)}`;
}
