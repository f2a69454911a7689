import { Command } from "commander";
import type { ContractName } from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";
import { baselineWaivers, nextBaseline, readBaseline, writeBaseline } from "./baseline.ts";
import { parseConformOptions } from "./conform-options.ts";
import type { ConformOptions, RawConformOptions } from "./conform-options.ts";
import { contractListOrAll } from "./contract-names.ts";
import { createProgress } from "./conform-progress.ts";
import type { Run } from "./conform-run.ts";
import { interruptible, isPlain } from "./interruptible.ts";
import { parseOptionFiles } from "./option-files.ts";
import { openOwnWorlds } from "./own-world.ts";
import { openRecordFiles } from "./record-files.ts";
import { leftIn } from "./run-ledger.ts";
import type { OpenedLedgers } from "./run-ledger.ts";
import { assertWritable, reportFiles, reportFlag, writeReports } from "./write-reports.ts";
import { useProxies } from "./use-proxies.ts";
import { certificateOptions } from "./read-certificates.ts";
import { collect } from "./repeated-option.ts";

/**
 * Creates `sandglass conform`, which judges a deployment by the laws of its contract.
 *
 * It prints a line for each law, and sets `process.exitCode`. Parsing rejects with a `ContractError` where the run
 * cannot begin: `CONFIG_INVALID`, `TARGET_UNREACHABLE` or `TARGET_REFUSED`.
 */
export function createConformCommand(): Command {
  return new Command("conform")
    .description("judge a deployment by the laws of its contract")
    .argument("<contract>", contractListOrAll)
    .addHelpText("after", examples)
    .optionsGroup("Target:")
    .option("--url <url>", "where it listens; with all, one each: --url recoup=URL --url opencomputer=URL", collect)
    .option(
      "--key <key>",
      "the key to act with, or SANDGLASS_KEY in the environment; with all, one each as above",
      collect,
    )
    .option("--other-key <key>", "the key of a second tenant, or SANDGLASS_OTHER_KEY in the environment", collect)
    .option("--header <name:value>", "a header for a gateway on the way, again for each; shown nowhere", collect)
    .option("--own-world", "judge a mock in a world made for the run, which needs no key and disturbs no other world")
    .addOption(certificateOptions.cert)
    .addOption(certificateOptions.certKey)
    .addOption(certificateOptions.ca)
    .option("--own-account", "nothing but this run uses the account: what appears there is its own, and is ended")
    .option("--member-account <uuid>", "an account that the key may act for")
    .option("--foreign-account <uuid>", "an account that the key may not act for")
    .option("--config <file>", "JSON with what is known of the target: url, quota, unsupported, …")
    .optionsGroup("What is judged:")
    .option("--profile <name>", "what may be sent: core, deployment (default) or full")
    .option("--law <glob>", "judge the laws with such ids only: opencomputer/create/*")
    .option("--exclude <glob>", "leave out the laws with such ids, again for each", collect)
    .option("--operation <id>", "judge the laws about this operation only, again for each", collect)
    .option("--seed <number>", "repeat the run that had this seed")
    .option("--path <path>", "judge one counterexample of one law only")
    .optionsGroup("Budget and time:")
    .option(
      "--max-creates <number>",
      "the most sandboxes to create (by default what the laws take and 10 more, at least 40)",
    )
    .option("--max-alive <number>", "the most sandboxes at once (5 by default, where they can be ended)")
    .option("--max-minutes <number>", "the longest run, cleaning up apart (15 by default)")
    .option("--max-failures <number>", "end the run once so many laws have failed")
    .option("--wait-for <seconds>", "wait so long until the target is up")
    .option("--rate <number>", "the most requests in a second (no limit by default)")
    .option(
      "--concurrency <number>",
      "how many laws are judged side by side (by default 8 where answers take 100 ms or more, else 1)",
    )
    .option("--max-wait <seconds>", "the longest wait, where the clock cannot be moved (20 by default)")
    .option("--clock <mode>", "how time passes: auto (default), control, wait or none")
    .optionsGroup("Previews:")
    .option("--preview-domain <domain>", "what follows sb-<id>-p<port>. in preview host names")
    .option("--preview-via <url>", "where to connect to for previews, whatever their names resolve to")
    .optionsGroup("Webhooks:")
    .option("--webhook-url <url>", "an address under which the target reaches --webhook-port")
    .option("--webhook-port <number>", "the port of this machine to listen at (a free one by default)")
    .optionsGroup("Known breaches:")
    .option("--waivers <file>", "known breaches, again for each: a file, or preset:NAME", collect)
    .option("--baseline <file>", "known breaches that the run keeps itself, so that it is red for news only")
    .option("--update-baseline", "write the breaches of this run to the baseline, and take out what holds")
    .optionsGroup("The run and its reports:")
    .option("--ledger <file>", "where to write which sandboxes were created (.sandglass/ledger-… by default)")
    .option("--plan", "say what a run would create and what it could not judge, and do nothing")
    .option("--fail-on <level>", "the weakest level whose breach is red: must (default), should or may")
    .option("--require-all", "be red for every law that was not judged")
    .option("--shard <i/n>", "judge one part of the laws, for one machine of several: 1/3")
    .option(...reportFlag)
    .option("--record <files>", "keep every exchange, secrets masked: har=F,ndjson=F")
    .option("--verbose", "a line for each law, and which laws were not judged")
    .option("--quiet", "the verdict alone")
    .option("--json <file>", "the same as --report json=FILE")
    .action(async (contract: string, raw: RawConformOptions) => {
      useProxies(process.env);
      process.exitCode = await conform(await readOptions(contract, raw));
    });
}

const examples = `
Examples:
  sandglass conform opencomputer --url http://127.0.0.1:4020 --own-world
  sandglass conform recoup --url https://api.example --key KEY --other-key KEY --plan
  sandglass conform recoup --url https://api.example --max-creates 20 --report html=report.html
  sandglass conform opencomputer --url https://api.example --law 'opencomputer/create/*' --verbose`;

async function readOptions(contract: string, raw: RawConformOptions): Promise<ConformOptions> {
  const { reportFormats } = await import("../../conformance/command.ts");
  const { readConformConfig } = await import("./conform-config.ts");
  return parseConformOptions(contract, raw, {
    environment: { key: process.env["SANDGLASS_KEY"], otherKey: process.env["SANDGLASS_OTHER_KEY"] },
    config: raw.config === undefined ? {} : readConformConfig(raw.config),
    reports: reportFiles(raw, reportFormats),
  });
}

async function conform(options: ConformOptions): Promise<number> {
  if (!options.ownWorld) return conformTargets(options);
  const { targets, end } = await openOwnWorlds(options.targets);
  try {
    return await conformTargets({ ...options, targets });
  } finally {
    await end();
  }
}

/** Waits until all targets are up, and tells how many laws are judged side by side on each. */
async function reachTargets({ targets, upMsMax }: ConformOptions): Promise<ReadonlyMap<ContractName, number>> {
  const { awaitTarget, concurrencyFor, contracts } = await import("../../conformance/command.ts");
  const chosen = new Map<ContractName, number>();
  for (const { name, target, concurrency } of targets) {
    const ask = async () => {
      const options = { clock: systemClock, contract: contracts[name], target, waitMsMax: upMsMax };
      return (await awaitTarget(options)).durationMs;
    };
    const firstMs = await ask();
    chosen.set(name, concurrency ?? (await concurrencyFor(firstMs, ask)));
  }
  return chosen;
}

async function conformTargets(options: ConformOptions): Promise<number> {
  const { contracts, counterexampleFingerprint, exitCodes, randomSeed, recordFormats, worstResult } =
    await import("../../conformance/command.ts");
  const { lawsOfTargets, planOne, readWaivers, runOne } = await import("./conform-run.ts");
  const fitting = await lawsOfTargets(options, contracts);
  const known =
    options.baseline === undefined ? [] : readBaseline(options.baseline, { mayLack: options.updateBaseline });
  const waivers = [...(await readWaivers(options.waivers)), ...baselineWaivers(known)];
  const recordFiles =
    options.record === undefined
      ? []
      : parseOptionFiles("--record", options.record, { formats: recordFormats, example: "har=run.har" });
  for (const { file } of [...options.reports, ...recordFiles]) await assertWritable(file);
  const concurrency = await reachTargets(options);
  const chosen = fitting.map((one) => ({ ...one, concurrency: concurrency.get(one.name) }));
  const progress = createProgress(process.stdout, { ci: isPlain(process.env), quiet: options.quiet });
  const seed = options.seed ?? randomSeed();
  const opened: OpenedLedgers = [];
  const recording = recordFiles.length === 0 ? undefined : await openRecordFiles(recordFiles);
  const judge = async (signal: AbortSignal) => {
    const runs: Run[] = [];
    for (const one of chosen) {
      const context = {
        contract: contracts[one.name],
        options,
        seed,
        waivers,
        signal,
        progress,
        opened,
        record: recording?.record,
      };
      if (options.plan) await planOne(one, context);
      else runs.push(await runOne(one, context));
    }
    if (options.plan) return exitCodes.held;
    await writeReports(
      options.reports,
      runs.flatMap(({ report }) => report ?? []),
      options.configFile,
    );
    if (options.updateBaseline) {
      const judged = runs.flatMap((run) => run.judged);
      writeBaseline(
        options.baseline!,
        nextBaseline(known, judged, ({ outcome }) => counterexampleFingerprint(outcome)),
      );
    }
    const results = runs.map(({ report }) => report?.conclusion.result ?? "untrusted");
    return exitCodes[worstResult(results)];
  };
  try {
    return await interruptible(judge, { left: await leftIn(opened) });
  } finally {
    recording?.close();
  }
}
