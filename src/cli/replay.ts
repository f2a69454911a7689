import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { ContractName, Replayed, Report } from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { confirmedUrl } from "./confirmed-url.ts";
import { readConformConfig } from "./conform-config.ts";
import { parseConformOptions } from "./conform-options.ts";
import type { RawConformOptions } from "./conform-options.ts";
import { interruptible } from "./interruptible.ts";
import { printable } from "../contract/printable.ts";
import { assertReadable } from "./named-file.ts";
import { leftIn, openRunLedger } from "./run-ledger.ts";
import type { OpenedLedgers } from "./run-ledger.ts";
import { useProxies } from "./use-proxies.ts";
import { collect } from "./repeated-option.ts";
import { createConformCommand } from "./conform.ts";
import { shareOptions } from "./shared-options.ts";

/**
 * Creates `sandglass replay`, which judges the findings of a JSON report again and says which still stand.
 *
 * It sets `process.exitCode`: 0 where none stands, 1 where a binding law is still broken or something is left behind, 2 where one could not be judged. Parsing
 * rejects with a {@link ContractError} where it cannot begin.
 */
export function createReplayCommand(): Command {
  const command = new Command("replay")
    .description("judge the findings of a report again")
    .argument("<report>", "a file that conform --report json=FILE has written")
    .option("--url <url>", "where to judge them; without it, what the report names has to be confirmed", collect)
    .option("--key <key>", "the key to act with, or SANDGLASS_KEY in the environment", collect)
    .option("--max-creates <number>", "the most sandboxes to create for all findings together (40 by default)")
    .option("--profile <name>", "what may be sent: the report's own by default");
  return shareOptions(command, createConformCommand(), [
    ...["--other-key", "--header", "--cert", "--cert-key", "--ca", "--own-account", "--member-account"],
    ...["--foreign-account", "--config", "--max-alive", "--max-minutes", "--rate", "--max-wait", "--clock"],
    ...["--preview-domain", "--preview-via", "--webhook-url", "--webhook-port", "--ledger"],
  ]).action(async (file: string, raw: RawConformOptions) => {
    useProxies(process.env);
    process.exitCode = await replay(file, raw);
  });
}

async function replay(file: string, raw: RawConformOptions): Promise<number> {
  const { contracts, readReports } = await import("../../conformance/command.ts");
  assertReadable("the report", file);
  const reports = readReports(readFileSync(file, "utf8"), file);
  const seen: Seen[] = [];
  const opened: OpenedLedgers = [];
  const left = await leftIn(opened);
  for (const report of reports) {
    if (!(report.contract in contracts)) {
      throw new ContractError("CONFIG_INVALID", `${file} is about ${report.contract}, of which there are no laws here`);
    }
    const url = raw.url ?? [await confirmedUrl(undefined, report.target)];
    const context = { raw: { ...raw, url }, runs: reports.length, opened };
    seen.push(...(await interruptible((signal) => replayOne(report, { ...context, signal }), { left })));
  }
  const count = (verdict: Replayed["verdict"]) => seen.filter((each) => each.verdict === verdict).length;
  print(`${count("stands")} still stand, ${count("gone")} are gone, ${count("unjudged")} could not be judged`);
  return exitCode(seen);
}

/** A finding judged again, and whether it makes the command red, as the report's own run was told. */
type Seen = Replayed & { readonly isBinding: boolean };

type ReplayContext = {
  readonly raw: RawConformOptions;
  readonly signal: AbortSignal;
  readonly runs: number;
  readonly opened: OpenedLedgers;
};

async function replayOne(report: Report, { raw, signal, runs, opened }: ReplayContext): Promise<readonly Seen[]> {
  const { contracts, isBinding, preflight, replayReport } = await import("../../conformance/command.ts");
  const name = report.contract as ContractName;
  const { targets, limits, ...options } = parseConformOptions(name, raw, {
    environment: { key: process.env["SANDGLASS_KEY"], otherKey: process.env["SANDGLASS_OTHER_KEY"] },
    config: raw.config === undefined ? {} : readConformConfig(raw.config),
  });
  const contract = contracts[name];
  const { target } = targets[0]!;
  const profile = raw.profile === undefined ? profileOf(report) : options.profile;
  await preflight({ clock: systemClock, contract, target });
  const sink = await openRunLedger({ contract: name, target: target.baseUrl, file: raw.ledger, runs, opened });
  const run = { clock: systemClock, contract, target, profile, sink, signal, ...limits };
  const seen: Seen[] = [];
  try {
    for await (const replayed of replayReport(report, run)) {
      print(`${marks[replayed.verdict]} ${replayed.before.id}  ${replayed.before.requirement}: ${replayed.reason}`);
      for (const what of replayed.unsettled) print(`left behind: ${what}`);
      seen.push({ ...replayed, isBinding: isBinding(replayed.before.requirement, report.conclusion.failOn) });
    }
  } finally {
    sink.close();
  }
  return seen;
}

const marks: Readonly<Record<Replayed["verdict"], string>> = { stands: "✗", gone: "✓", unjudged: "!" };

function profileOf({ profile }: Report): "core" | "deployment" | "full" {
  return profile === "core" || profile === "full" ? profile : "deployment";
}

function exitCode(seen: readonly Seen[]): number {
  if (seen.some(({ unsettled }) => unsettled.length > 0)) return 1;
  if (seen.some(({ verdict, isBinding }) => verdict === "stands" && isBinding)) return 1;
  return seen.some(({ verdict }) => verdict === "unjudged") ? 2 : 0;
}

function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}
