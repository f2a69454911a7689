import { printable } from "../contract/printable.ts";
import {
  askedAgainText,
  exploredText,
  isBinding,
  requestsText,
  requirements,
  trafficLines,
  weightOf,
} from "../../conformance/command.ts";
import type { Conclusion, Judged, LawOutcome, RunEvent } from "../../conformance/command.ts";
import { counterexampleText, flagText, waivedText } from "./conform-lines.ts";
import { color, wrap, wrapCommand } from "./terminal-text.ts";

type Finished = Extract<RunEvent, { type: "runFinished" }>;

/** How the end of a run is shown, and what is told beside its laws. */
export type SummaryOptions = {
  /** The room in a line; any by default. */
  readonly columns?: number;
  /** The lines that a screen has; with more broken laws than fit, those that bind least are told by their ids alone. Any by default. */
  readonly rows?: number;
  /** Whether each law that was not judged is listed. */
  readonly verbose?: boolean;
  /** The command that judges a law again. */
  readonly commandOf?: (judged: Judged) => string;
  /** The most sandboxes and minutes that the run could take. */
  readonly budget?: { readonly creates: number; readonly minutes: number } | undefined;
  /** Files that the run wrote, each with what it is: `ledger  .sandglass/…`. */
  readonly files?: readonly (readonly [what: string, file: string])[];
};

/**
 * What a run comes to, on one screen where it is given how large that is: the broken laws by level, what was not judged by
 * its cause, what it cost, where its files are, and at the end the verdict with the exit code.
 */
export function summaryLines(
  finished: Finished,
  judged: readonly Judged[],
  conclusion: Conclusion,
  options: SummaryOptions = {},
): readonly string[] {
  const { columns = Infinity, rows = Infinity } = options;
  const end = [
    ...section("Not judged", foldedLines(judged.filter(isUnjudged), options)),
    ...section("Waived", foldedLines(judged.filter(isWaived), options)),
    ...section(
      finished.traffic === undefined ? "Cost" : "Recording",
      [...costLines(finished, options), ...fileLines(options)].flatMap((line) => wrap(line, columns, 4)),
    ),
    "",
    ...conclusion.causes.flatMap(({ text }) => wrap(`${color("red", "✗")} ${printable(text)}`, columns, 2)),
    ...verdictLines(judged, conclusion, columns),
  ];
  return [...brokenLines(judged.filter(isBroken), options, rows - end.length), ...end];
}

/** The verdict in a sentence, and what was not judged before what was. For `--quiet` that is all. */
export function verdictLines(judged: readonly Judged[], conclusion: Conclusion, columns = Infinity): readonly string[] {
  const { result, exitCode, headline } = conclusion;
  // A waiver also covers a law that was left out for what a waived breach took away: each law is counted once.
  const count = (is: (one: Judged) => boolean) => judged.filter((one) => is(one)).length;
  const waived = count(isWaived);
  const inconclusive = count((one) => isUnjudged(one) && one.outcome.verdict === "error");
  const said = [
    `${count(isUnjudged) - inconclusive} not judged`,
    ...(inconclusive === 0 ? [] : [`${inconclusive} inconclusive`]),
    `${count(isBroken)} broken`,
    ...(waived === 0 ? [] : [`${waived} waived`]),
    `${count(({ outcome }) => outcome.verdict === "pass")} passed`,
  ];
  const mark = color(result === "held" ? "green" : "red", result === "held" ? "✓" : "✗");
  return [
    said.join(", "),
    ...wrap(`${mark} ${headline} Exit ${exitCode}${exitReason(conclusion, judged)}`, columns, 2),
  ];
}

/** Why the run is red, or cannot be trusted, where its sentence does not say so itself. */
function exitReason({ result, causes, failOn }: Conclusion, judged: readonly Judged[]): string {
  if (result === "held") return ".";
  const unjudged = judged.filter((one) => isBinding(one.law.requirement, failOn) && isUnjudged(one));
  if (result === "broken") {
    const kinds = causes.filter((cause) => cause.result === "broken").map(({ kind }) => kind.replace("-", " "));
    const worst = requirements.find((level) =>
      judged.some(
        ({ law, outcome }) => law.requirement === level && weightOf({ ...outcome, ...law }, { failOn }) === "broken",
      ),
    );
    return `: ${worst !== undefined ? `a ${worst} is broken` : (kinds[0] ?? "laws were not judged, and --require-all was given")}.`;
  }
  const kinds = new Set(unjudged.map(({ outcome }) => outcome.skipCause ?? outcome.evidence ?? "error"));
  return `: the run cannot be trusted${kinds.size === 0 ? "" : ` (${[...kinds].join(", ")})`}.`;
}

const isWaived = ({ outcome }: Judged) => outcome.waived !== undefined;
const isBroken = ({ outcome }: Judged) => outcome.verdict === "fail" && outcome.waived === undefined;
const isUnjudged = ({ outcome: { verdict, waived } }: Judged) =>
  verdict !== "pass" && verdict !== "fail" && waived === undefined;

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", color("bold", title), ...lines];
}

/** Laws that say the same of several operations, which one defect often breaks together. */
type BrokenGroup = { readonly name: string; readonly judged: readonly Judged[] };

function brokenLines(broken: readonly Judged[], options: SummaryOptions, rows: number): readonly string[] {
  const { columns = Infinity } = options;
  const groups = requirements.flatMap((level) => groupsOf(broken.filter(({ law }) => law.requirement === level)));
  const levels = requirements.flatMap((level) => {
    const count = broken.filter(({ law }) => law.requirement === level).length;
    return count === 0 ? [] : [`${count} ${level}`];
  });
  const shown: string[] = [];
  const untold: string[] = [];
  for (const group of groups) {
    const lines = groupLines(group, options);
    // The first is shown however small the screen is: it is what a reader came for.
    if (shown.length > 0 && (untold.length > 0 || shown.length + lines.length + restRows + 2 > rows))
      untold.push(group.name);
    else shown.push(...lines);
  }
  const some = `${untold.slice(0, namedMax).join(", ")}${untold.length > namedMax ? ", …" : ""}`;
  const rest = untold.length === 0 ? [] : [`  and ${untold.length} more, in full in a report: ${some}`];
  return section(`Broken: ${levels.join(", ")}`, [...shown, ...rest.flatMap((line) => wrap(line, columns, 4))]);
}

/** What the line about the others takes on a narrow screen, and how many of them it names. */
const restRows = 4;
const namedMax = 3;

function groupsOf(broken: readonly Judged[]): readonly BrokenGroup[] {
  const byCheck = Map.groupBy(broken, ({ law }) => law.id.split("/").at(-1)!);
  return [...byCheck.values()].map((judged) => ({ name: judged[0]!.law.id, judged }));
}

function groupLines({ judged }: BrokenGroup, { columns = Infinity, commandOf }: SummaryOptions): readonly string[] {
  const [first, ...others] = judged;
  const { law, outcome } = first!;
  const command = commandOf?.(first!) ?? "";
  const also = others.map((other) => other.law.id.split("/").at(-2)).join(", ");
  const shown: readonly (readonly [string, string])[] = [
    ["expected", `a server ${law.requirement} ${law.statement}`],
    ["seen", seenText(outcome)],
    ...(also === "" ? [] : [["also", also] as const]),
  ];
  return [
    ...wrap(`${color("red", "✗")} ${law.requirement} ${law.id}`, columns, 4),
    ...shown.flatMap(([label, text]) => wrap(`  ${label.padEnd(9)}${printable(text)}`, columns, 11)),
    ...(command === "" ? [] : wrapCommand(`  again    ${printable(command)}`, columns, 13)),
  ];
}

const stepsMax = 6;
const counterexampleLengthMax = 160;

/** What was seen; of a long sequence the last steps, and of a large input its beginning. */
function seenText(outcome: LawOutcome): string {
  const { finding, reason = "" } = outcome;
  const names = stepsOf(finding?.counterexample);
  const whole = `after ${names.join(", ")}: `;
  if (names.length > 0 && reason.startsWith(whole)) {
    const left = names.length - stepsMax;
    if (left <= 0) return reason;
    const unshrunk = finding?.isUnshrunk === true ? " (not shrunk: budget)" : "";
    const told = `after ${left} steps and ${names.slice(-stepsMax).join(", ")}${unshrunk}: `;
    return `${told}${reason.slice(whole.length)}`;
  }
  const input = counterexampleText(outcome);
  return `${reason}${input.length > counterexampleLengthMax ? `${input.slice(0, counterexampleLengthMax)}…` : input}`;
}

/** The steps of a sequence as its reason has them: some are taken at once. */
function stepsOf(counterexample: unknown): readonly string[] {
  if (!Array.isArray(counterexample)) return [];
  return counterexample.map((step: unknown) => (Array.isArray(step) ? `${step.join(" and ")} at once` : String(step)));
}

/** Laws by what kept them from being judged, or what they are waived for, each cause with the flag that changes it. */
function foldedLines(judged: readonly Judged[], { columns = Infinity, verbose }: SummaryOptions): readonly string[] {
  const causeOf = ({ outcome }: Judged) => {
    if (outcome.waived !== undefined) return waivedText(outcome.waived);
    const kind = outcome.verdict === "skip" ? (outcome.skipCause ?? "") : "inconclusive";
    return `${kind}: ${outcome.reason ?? ""}${flagText(outcome)}`;
  };
  return [...Map.groupBy(judged, causeOf)].flatMap(([cause, laws]) => {
    const musts = laws.filter(({ law }) => law.requirement === "MUST").length;
    const count = `${laws.length}${musts === 0 ? "" : `, ${musts} of them MUST`}`;
    const ids = verbose === true ? laws.map(({ law }) => `    ${law.requirement} ${law.id}`) : [];
    return [...wrap(`  ${count}: ${printable(cause)}`, columns, 4), ...ids];
  });
}

function costLines(
  { receipt, requests, askedAgain, clockMovedMs = 0, traffic, durationMs, coverage }: Finished,
  { budget }: SummaryOptions,
): readonly string[] {
  if (traffic !== undefined) return trafficLines(traffic).map((line) => `  ${printable(line)}`);
  const left = receipt.expiring.length === 0 ? "" : `, ${receipt.expiring.length} left to expire`;
  const again = askedAgain === undefined ? "" : askedAgainText(askedAgain);
  const explored = coverage === undefined ? "" : exploredText(coverage);
  const strays = receipt.madeByRefused.length;
  const created = `${receipt.created}${budget === undefined ? "" : ` of ${budget.creates}`} sandboxes created`;
  const sent = requests === undefined ? "" : `${requestsText(requests)} in `;
  const took = `${sent}${(durationMs / 1000).toFixed(1)} s${budget === undefined ? "" : ` of ${budget.minutes} min`}`;
  return [
    `  ${created}, ${receipt.deleted} deleted, ${receipt.verifiedGone} seen gone${left}; ${took}`,
    ...(explored === "" ? [] : [`  ${explored} of states by requests`]),
    ...(again === "" ? [] : [`  the target was ${again}`]),
    ...(clockMovedMs === 0 ? [] : [`  the target's clock was moved ${Math.round(clockMovedMs / 1000)} s ahead`]),
    ...receipt.refusals.map((refusal) => `  not sent: ${printable(refusal)}`),
    ...(strays === 0 ? [] : [`  ${strays} sandboxes were made by creates that the target refused`]),
  ];
}

function fileLines({ files = [] }: SummaryOptions): readonly string[] {
  return files.map(([what, file]) => `  ${what}: ${printable(file)}`);
}
