import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import type { Contract, ContractName, Judged, Law, Report, RunEvent, RunResult } from "../../conformance/index.ts";
import { systemClock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { lawLines, startLine, summaryLines } from "./conform-lines.ts";
import { parseConformOptions } from "./conform-options.ts";
import type { ConformOptions, ConformTarget, RawConformOptions } from "./conform-options.ts";

/** 0: no MUST is broken; 1: some are; 2: the run cannot be trusted to say. */
const exitCodes: Readonly<Record<RunResult, number>> = { held: 0, broken: 1, untrusted: 2 };

/**
 * Creates `sandglass conform`, which judges a deployment by the laws of its contract.
 *
 * It prints a line for each law, and sets `process.exitCode`. Parsing rejects with a {@link ContractError} where the run
 * cannot begin: `CONFIG_INVALID`, `TARGET_UNREACHABLE` or `TARGET_REFUSED`.
 */
export function createConformCommand(): Command {
  return new Command("conform")
    .description("judge a deployment by the laws of its contract")
    .argument("<contract>", "recoup, opencomputer or all")
    .option("--url <url>", "where it listens; with all, one each: --url recoup=URL --url opencomputer=URL", collect)
    .option(
      "--key <key>",
      "the key to act with, or SANDGLASS_KEY in the environment; with all, one each as above",
      collect,
    )
    .option("--json <file>", "write the report there as well")
    .option("--seed <number>", "repeat the run that had this seed")
    .option("--path <path>", "judge one counterexample of one law only")
    .option("--law <glob>", "judge the laws with such ids only: opencomputer/create/*")
    .action(async (contract: string, raw: RawConformOptions) => {
      process.exitCode = await conform(parseConformOptions(contract, raw, process.env["SANDGLASS_KEY"]));
    });
}

async function conform(options: ConformOptions): Promise<number> {
  const { contracts, preflight, randomSeed } = await import("../../conformance/index.ts");
  const chosen = await chooseLaws(options, contracts);
  for (const { name, target } of options.targets) {
    await preflight({ clock: systemClock, contract: contracts[name], target });
  }
  const seed = options.seed ?? randomSeed();
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const runs: Run[] = [];
    for (const { laws, name, target } of chosen) {
      runs.push(
        await runOne({ contract: contracts[name], laws, target, seed, path: options.path, signal: interrupted.signal }),
      );
    }
    await writeReport(options.json, runs);
    return interrupted.signal.aborted ? exitCodes.untrusted : worstExit(runs);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

type Chosen = ConformTarget & { readonly laws: readonly Law[] };

/** The laws to judge of each contract; a pattern has to fit somewhere, not everywhere. */
async function chooseLaws(
  { targets, law, path }: ConformOptions,
  contracts: Readonly<Record<ContractName, Contract>>,
): Promise<readonly Chosen[]> {
  const { selectLaws } = await import("../../conformance/index.ts");
  const all = targets.flatMap(({ name }) => contracts[name].laws);
  const picked = new Set(law === undefined ? all : selectLaws(all, law));
  if (path !== undefined && picked.size !== 1) {
    throw new ContractError("CONFIG_INVALID", "--path belongs to one law: name it with --law");
  }
  return targets
    .map((target) => ({ ...target, laws: contracts[target.name].laws.filter((candidate) => picked.has(candidate)) }))
    .filter(({ laws }) => laws.length > 0);
}

type Run = { readonly result: RunResult; readonly report: Report | undefined };

async function runOne(options: {
  readonly contract: Contract;
  readonly laws: readonly Law[];
  readonly target: ConformTarget["target"];
  readonly seed: number;
  readonly path: string | undefined;
  readonly signal: AbortSignal;
}): Promise<Run> {
  const { reportOf, runLaws, runResult } = await import("../../conformance/index.ts");
  const events: RunEvent[] = [];
  const judged: Judged[] = [];
  for await (const event of runLaws({ ...options, clock: systemClock })) {
    events.push(event);
    if (event.type === "lawFinished") judged.push(event);
    print(await linesFor(event, events[0]));
  }
  return { result: runResult(judged), report: reportOf(events) };
}

async function linesFor(event: RunEvent, first: RunEvent | undefined): Promise<readonly string[]> {
  if (event.type === "runStarted") return [startLine(event)];
  if (event.type === "runFinished") return summaryLines(event);
  if (event.type === "lawStarted" || first?.type !== "runStarted") return [];
  const { reproduceCommand } = await import("../../conformance/index.ts");
  return lawLines(event, reproduceCommand(event.law, { outcome: event.outcome, run: first }));
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

function worstExit(runs: readonly Run[]): number {
  const results = runs.map(({ result }) => result);
  if (results.includes("broken")) return exitCodes.broken;
  return results.length === 0 || results.includes("untrusted") ? exitCodes.untrusted : exitCodes.held;
}

async function writeReport(file: string | undefined, runs: readonly Run[]): Promise<void> {
  if (file === undefined) return;
  const reports = runs.flatMap(({ report }) => (report === undefined ? [] : [report]));
  const whole = reports.length === 1 ? reports[0] : { version: 1, contract: "all", runs: reports };
  try {
    await writeFile(file, `${JSON.stringify(whole, null, 2)}\n`);
  } catch (cause) {
    throw new ContractError("CONFIG_INVALID", `${file} cannot be written: name a file in a folder that exists`, {
      cause,
    });
  }
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
