import { styleText } from "node:util";
import { printable } from "../contract/printable.ts";
import { askedAgainText, counterexampleMark } from "../../conformance/index.ts";
import type { Conclusion, Judged, Outcome, Plan, RunEvent } from "../../conformance/index.ts";

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

const marks = { pass: "✓", fail: "✗", skip: "–", error: "!" } as const;
const colors = { pass: "green", fail: "red", skip: "dim", error: "yellow" } as const;

export function startLine({ contract, target, lawCount, seed }: EventOf<"runStarted">): string {
  return `${contract} at ${printable(target)}: ${lawCount} ${lawCount === 1 ? "law" : "laws"}, seed ${seed}`;
}

/** A law's verdict in one line; what is wrong and how to see it again under it. */
export function lawLines({ law, outcome }: EventOf<"lawFinished">, command: string): readonly string[] {
  const mark = color(outcome.waived === undefined ? colors[outcome.verdict] : "yellow", marks[outcome.verdict]);
  const line = `${mark} ${law.id}  ${law.requirement} ${law.statement}`;
  if (outcome.verdict === "pass") return [line];
  const reason = `    ${printable(outcome.reason ?? "")}`;
  if (outcome.verdict === "skip") return [line, `${reason}${flagText(outcome)}`];
  if (outcome.waived !== undefined) return [line, reason, `    ${printable(waivedText(outcome.waived))}`];
  const found = outcome.verdict === "fail" ? [`    to waive: ${waiverText(law.id, outcome)}`] : [];
  const level = outcome.evidence === "intermittent" ? " (intermittent)" : "";
  const shown = printable(counterexampleText(outcome));
  return [line, `${reason}${level}${shown}`, `    again: ${printable(command)}`, ...found];
}

/** An entry for the file of `--waivers`; a run takes it once somebody has said why, who and how long. */
function waiverText(law: string, outcome: Outcome): string {
  const entry = { law, counterexample: counterexampleMark(outcome), reason: "", owner: "", expires: "" };
  return printable(JSON.stringify(entry));
}

/** What a run comes to: counts, what was left out and how to have it judged, and what it cost. */
export function summaryLines(
  { counts, receipt, askedAgain, clockMovedMs = 0, durationMs }: EventOf<"runFinished">,
  judged: readonly Judged[],
  { result, headline, causes }: Conclusion,
): readonly string[] {
  const { pass, fail, skip, error } = counts;
  const inError = error === 0 ? "" : `, ${error} could not be judged`;
  const waived = judged.filter(({ outcome }) => outcome.waived !== undefined).length;
  const left = receipt.expiring.length === 0 ? "" : `, ${receipt.expiring.length} left to expire`;
  const again = askedAgain === undefined ? "" : askedAgainText(askedAgain);
  const strays = receipt.madeByRefused.length;
  return [
    `${pass} passed, ${fail} failed, ${skip} skipped${inError}${waived === 0 ? "" : `, ${waived} waived`}`,
    ...skippedLines(judged),
    ...(again === "" ? [] : [`the target was not up to all requests: ${again}`]),
    ...(clockMovedMs === 0 ? [] : [`the target's clock was moved ${Math.round(clockMovedMs / 1000)} s ahead`]),
    ...receipt.refusals.map((refusal) => `not sent: ${printable(refusal)}`),
    ...(strays === 0 ? [] : [`${strays} sandboxes were made by creates that the target refused`]),
    `${receipt.created} sandboxes created, ${receipt.deleted} deleted, ${receipt.verifiedGone} seen gone${left}; ${(durationMs / 1000).toFixed(1)} s`,
    ...causes.map(({ text }) => `${color("red", "✗")} ${printable(text)}`),
    color(result === "held" ? "green" : "red", headline),
  ];
}

/** Skipped laws by cause, with the flag that would have them judged. */
function skippedLines(judged: readonly Judged[]): readonly string[] {
  const groups = new Map<string, number>();
  for (const { outcome } of judged) {
    if (outcome.verdict !== "skip") continue;
    const cause = `${outcome.skipCause ?? ""}: ${printable(outcome.reason ?? "")}${flagText(outcome)}`;
    groups.set(cause, (groups.get(cause) ?? 0) + 1);
  }
  return [...groups].map(([cause, count]) => `  ${count} skipped, ${cause}`);
}

/** What a run would do, and what it could not. */
export function planLines(
  name: string,
  { laws, unjudged, creates, shared, deeper, waitsMs, controlled }: Plan,
): readonly string[] {
  const how = controlled ? "by moving the target's clock" : "by waiting";
  return [
    `${name}: ${laws.length} laws would be judged, ${unjudged.length} would not`,
    `  ${creates} sandboxes would be created (${shared} of them shared) on a target that keeps every law`,
    ...(deeper === 0 ? [] : [`  ${deeper} more may go into random sequences, as far as the other laws leave them`]),
    ...(waitsMs === 0 ? [] : [`  ${(waitsMs / 1000).toFixed(0)} s would pass in one stretch, ${how}`]),
    ...unjudged.map(({ law, hindrance: { reason, flag } }) => `  – ${law.id}: ${reason}${flagText({ flag })}`),
  ];
}

function waivedText({ reason, owner, expires, preset }: NonNullable<Outcome["waived"]>): string {
  return preset === undefined ? `waived by ${owner} until ${expires}: ${reason}` : `known, by ${preset}: ${reason}`;
}

function flagText({ flag }: { readonly flag?: string | undefined }): string {
  return flag === undefined ? "" : `; enable it with ${flag}`;
}

function counterexampleText({ finding }: Outcome): string {
  if (finding === undefined || !("counterexample" in finding)) return "";
  return `: ${JSON.stringify(finding.counterexample)}`;
}

/** Colours only where standard output is a terminal, and not where `NO_COLOR` is set. */
function color(format: (typeof colors)[keyof typeof colors], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
