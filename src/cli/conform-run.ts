import type {
  ContractName,
  JudgedContract,
  Judged,
  Law,
  Recorder,
  Report,
  RunEvent,
  Waiver,
} from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { brokenLine, lawLines, planLines, startLine } from "./conform-lines.ts";
import type { ConformOptions, ConformTarget } from "./conform-options.ts";
import type { Progress } from "./conform-progress.ts";
import { summaryLines, verdictLines } from "./conform-summary.ts";
import { readJson } from "./named-file.ts";
import { openRunLedger } from "./run-ledger.ts";
import type { OpenedLedgers } from "./run-ledger.ts";

/** A contract's target with the laws to judge it by. */
type Chosen = ConformTarget & { readonly laws: readonly Law[] };

/** A run with its report; without one where it did not come to its end. */
export type Run = { readonly report: Report | undefined; readonly judged: readonly Judged[] };

/** The laws to judge of each contract; a pattern has to fit somewhere, not everywhere. */
export async function lawsOfTargets(
  { targets, choice, path, shard }: ConformOptions,
  contracts: Readonly<Record<ContractName, JudgedContract>>,
): Promise<readonly Chosen[]> {
  const { chooseLaws, shardLaws } = await import("../../conformance/command.ts");
  const all = targets.flatMap(({ name }) => contracts[name].laws);
  const fitting = chooseLaws(all, choice);
  if (path !== undefined && fitting.length !== 1) {
    throw new ContractError("CONFIG_INVALID", "--path belongs to one law: name it with --law");
  }
  const picked = new Set(shard === undefined ? fitting : shardLaws(fitting, shard));
  if (picked.size === 0) throw nothingInShard(fitting.length);
  return targets
    .map((target) => ({ ...target, laws: contracts[target.name].laws.filter((candidate) => picked.has(candidate)) }))
    .filter(({ laws }) => laws.length > 0);
}

function nothingInShard(count: number): ContractError {
  const message = `--shard leaves no law to judge: there are ${count}, so make no more parts than that`;
  return new ContractError("CONFIG_INVALID", message);
}

/** Reads waivers: files, and presets that come with the laws, as `preset:opencomputer-edge`. */
export async function readWaivers(sources: readonly string[]): Promise<readonly Waiver[]> {
  const { parseWaivers, waiverPreset } = await import("../../conformance/command.ts");
  const { listKnownLaws } = await import("./known-laws.ts");
  const laws = listKnownLaws().map(({ law }) => law);
  return sources.flatMap((source) => {
    if (source.startsWith("preset:")) return waiverPreset(source.slice("preset:".length));
    return parseWaivers(readJson("--waivers", source), source, laws);
  });
}

type RunContext = {
  readonly contract: JudgedContract;
  readonly options: ConformOptions;
  readonly seed: number;
  readonly waivers: readonly Waiver[];
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly opened: OpenedLedgers;
  readonly record: Recorder | undefined;
};

/** Says what a run would do, and creates nothing. */
export async function planOne({ name, laws, ...chosen }: Chosen, context: RunContext): Promise<void> {
  const { planRun } = await import("../../conformance/command.ts");
  const plan = await planRun(laws, sessionOptions(chosen, context));
  context.progress.lines(planLines(name, plan));
}

/** Judges one target, with a ledger on disk for as long as it may have left a sandbox. */
export async function runOne({ laws, ...chosen }: Chosen, context: RunContext): Promise<Run> {
  const { contract, options, progress } = context;
  const { reproduceCommand, reportOf, runLaws, staleText, staleWaivers } = await import("../../conformance/command.ts");
  const { target } = chosen;
  const { ledger: file, targets } = options;
  const run = { contract: contract.name, target: target.baseUrl };
  const ledger = await openRunLedger({ ...run, file, runs: targets.length, opened: context.opened });
  const events: RunEvent[] = [];
  const judged: Judged[] = [];
  const commandOf = ({ law, outcome }: Judged) => {
    const [first] = events;
    return first?.type === "runStarted" ? reproduceCommand(law, { outcome, run: first }) : "";
  };
  const show = (event: RunEvent): readonly string[] => {
    if (options.quiet) return [];
    if (event.type === "runStarted") return [startLine(event)];
    if (event.type !== "lawFinished") return [];
    if (options.verbose) return lawLines(event, commandOf(event));
    return event.outcome.verdict === "fail" ? [brokenLine(event)] : [];
  };
  try {
    for await (const event of runLaws({ ...sessionOptions(chosen, context), laws, sink: ledger })) {
      events.push(event.type === "runStarted" ? { ...event, ownWorld: options.ownWorld } : event);
      if (event.type === "lawFinished") judged.push(event);
      progress.event(event);
      const lines = show(event);
      if (lines.length > 0) progress.lines(lines);
    }
  } finally {
    ledger.close();
  }
  const stale = staleWaivers(context.waivers, judged, systemClock.now()).map(staleText);
  const report = reportOf(events, { requireAll: options.requireAll, failOn: options.failOn, stale });
  const finished = events.at(-1);
  if (finished?.type === "runFinished" && report !== undefined) {
    const budget = events.find((event) => event.type === "lawStarted")?.budgetLeft;
    const files = [
      ["ledger", context.opened.at(-1)!.path] as const,
      ...options.reports.flatMap(({ format, file: name }) => (name === "-" ? [] : [[format, name] as const])),
    ];
    const { verbose } = options;
    progress.lines(
      options.quiet
        ? verdictLines(judged, report.conclusion)
        : summaryLines(finished, judged, report.conclusion, {
            ...{ ...progress.room(), verbose, commandOf, files },
            budget: budget && { creates: budget.creates, minutes: Math.round(budget.minutes) },
          }),
    );
  }
  return { report, judged };
}

function sessionOptions(
  { target, concurrency }: Omit<ConformTarget, "name">,
  { contract, options, seed, waivers, signal, record }: RunContext,
) {
  const { path, profile, limits, failuresMax } = options;
  const said = { ...limits, concurrency };
  return { clock: systemClock, contract, target, seed, path, profile, waivers, signal, record, failuresMax, ...said };
}
