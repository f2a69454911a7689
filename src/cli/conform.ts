import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import type { Report, ReportFile, RunResult } from "../../conformance/index.ts";
import { systemClock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { parseConformOptions } from "./conform-options.ts";
import type { ConformOptions, RawConformOptions } from "./conform-options.ts";
import { createProgress } from "./conform-progress.ts";
import type { Run } from "./conform-run.ts";

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
    .option("--other-key <key>", "the key of a second tenant, or SANDGLASS_OTHER_KEY in the environment", collect)
    .option("--member-account <uuid>", "an account that the key may act for")
    .option("--foreign-account <uuid>", "an account that the key may not act for")
    .option("--config <file>", "JSON with what is known of the target: url, quota, unsupported, …")
    .option("--profile <name>", "what may be sent: core, deployment (default) or full")
    .option("--law <glob>", "judge the laws with such ids only: opencomputer/create/*")
    .option("--seed <number>", "repeat the run that had this seed")
    .option("--path <path>", "judge one counterexample of one law only")
    .option("--max-creates <number>", "the most sandboxes to create (40 by default)")
    .option("--max-alive <number>", "the most sandboxes at once (5 by default, where they can be ended)")
    .option("--max-minutes <number>", "the longest run, cleaning up apart (15 by default)")
    .option("--rate <number>", "the most requests in a second (no limit by default)")
    .option("--max-wait <seconds>", "the longest wait, where the clock cannot be moved (20 by default)")
    .option("--clock <mode>", "how time passes: auto (default), control, wait or none")
    .option("--preview-domain <domain>", "what follows sb-<id>-p<port>. in preview host names")
    .option("--preview-via <url>", "where to connect to for previews, whatever their names resolve to")
    .option("--waivers <file>", "known breaches, again for each: a file, or preset:NAME", collect)
    .option("--ledger <file>", "where to write which sandboxes were created (.sandglass/ledger-… by default)")
    .option("--plan", "say what a run would create and what it could not judge, and do nothing")
    .option("--require-all", "be red for every law that was not judged")
    .option("--shard <i/n>", "judge one part of the laws, for one machine of several: 1/3")
    .option("--report <files>", "write reports: json=F,junit=F,md=F,html=F,sarif=F")
    .option("--json <file>", "the same as --report json=FILE")
    .action(async (contract: string, raw: RawConformOptions & { readonly config?: string }) => {
      process.exitCode = await conform(await readOptions(contract, raw));
    });
}

async function readOptions(
  contract: string,
  raw: RawConformOptions & { readonly config?: string },
): Promise<ConformOptions> {
  const { parseReportFiles } = await import("../../conformance/index.ts");
  const { readConformConfig } = await import("./conform-config.ts");
  return parseConformOptions(contract, raw, {
    environment: { key: process.env["SANDGLASS_KEY"], otherKey: process.env["SANDGLASS_OTHER_KEY"] },
    config: raw.config === undefined ? {} : readConformConfig(raw.config),
    reports: raw.report === undefined ? [] : parseReportFiles(raw.report),
  });
}

async function conform(options: ConformOptions): Promise<number> {
  const { contracts, preflight, randomSeed } = await import("../../conformance/index.ts");
  const { chooseLaws, planOne, readWaivers, runOne } = await import("./conform-run.ts");
  const chosen = await chooseLaws(options, contracts);
  const waivers = await readWaivers(options.waivers);
  for (const { name, target } of options.targets) {
    await preflight({ clock: systemClock, contract: contracts[name], target });
  }
  const progress = createProgress(process.stdout, { ci: isPlain(process.env) });
  const seed = options.seed ?? randomSeed();
  return interruptible(async (signal) => {
    const runs: Run[] = [];
    for (const one of chosen) {
      const context = { contract: contracts[one.name], options, seed, waivers, signal, progress };
      if (options.plan) await planOne(one, context);
      else runs.push(await runOne(one, context));
    }
    if (options.plan) return exitCodes.held;
    await writeReports(options.reports, runs);
    return signal.aborted ? exitCodes.untrusted : worstExit(runs);
  });
}

/** Whether lines are to follow one another: in CI, unless that says no, and on terminals that cannot clear a line. */
function isPlain({ CI = "", TERM }: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(CI) || TERM === "dumb";
}

/** The first Ctrl-C ends the run in order; a second one ends the process. */
async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interrupted = new AbortController();
  const interrupt = () => {
    if (!interrupted.signal.aborted)
      process.stderr.write(`${ownLine()}sandglass: ending what was created; once more to leave it\n`);
    interrupted.abort();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    return await work(interrupted.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** On a terminal the live line stands where the next word would go. */
function ownLine(): string {
  return process.stderr.isTTY && !isPlain(process.env) ? "\r\u001b[2K" : "";
}

function worstExit(runs: readonly Run[]): number {
  const results = runs.map(({ result }) => result);
  if (results.includes("broken")) return exitCodes.broken;
  return results.length === 0 || results.includes("untrusted") ? exitCodes.untrusted : exitCodes.held;
}

async function writeReports(files: readonly ReportFile[], runs: readonly Run[]): Promise<void> {
  if (files.length === 0) return;
  const { contracts, createClauseFiles, formatReports } = await import("../../conformance/index.ts");
  const reports = runs.flatMap(({ report }): Report[] => (report === undefined ? [] : [report]));
  const locate = createClauseFiles(contracts);
  for (const { format, file } of files) {
    try {
      await writeFile(file, formatReports(format, reports, locate));
    } catch (cause) {
      const message = `${file} cannot be written: name a file in a folder that exists`;
      throw new ContractError("CONFIG_INVALID", message, { cause });
    }
  }
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}
