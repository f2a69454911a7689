import { readFileSync } from "node:fs";
import { Command } from "commander";
import { configInvalid } from "../contract/contract-error.ts";
import { assertReadable } from "./named-file.ts";
import { parseOptionFiles } from "./option-files.ts";
import { leftIn } from "./run-ledger.ts";
import { reportFlag, writeReports } from "./write-reports.ts";

type MergeOptions = { readonly report?: string; readonly ledger?: string };

/**
 * The command `merge`: reports of several runs as one, with the laws of one contract side by side where it was judged on several
 * targets, and their ledgers as one that `sweep` takes.
 *
 * It sets `process.exitCode`: what the reports come to together, and at least 1 where a ledger says that something is left.
 */
export function createMergeCommand(): Command {
  return new Command("merge")
    .description("make one report, or one ledger, of those of several runs")
    .argument("<file...>", "reports that conform --report json=FILE has written, or ledgers of --ledger FILE")
    .option(...reportFlag)
    .option("--ledger <file>", "where to write the ledgers as one, for sweep")
    .action(async (files: readonly string[], { report, ledger }: MergeOptions) => {
      const { readReports, reportFormats } = await import("../../conformance/command.ts");
      const asked = { formats: reportFormats, example: "html=report.html" };
      const outputs = report === undefined ? undefined : parseOptionFiles("--report", report, asked);
      const read = files.map((file) => {
        assertReadable("the report", file);
        return { file, text: readFileSync(file, "utf8") };
      });
      const ledgers = read.filter(({ text }) => isLedger(text)).map(({ file }) => file);
      const reports = read.flatMap(({ file, text }) => (isLedger(text) ? [] : readReports(text, file)));
      if (reports.length > 0 && outputs === undefined)
        throw configInvalid("what is to be written of the reports? Say --report html=report.html");
      if (ledgers.length > 0 && ledger === undefined)
        throw configInvalid("where are the ledgers to be written? Say --ledger all.jsonl");
      const ofReports = reports.length === 0 ? 0 : await mergeReports(reports, outputs!);
      const ofLedgers = ledgers.length === 0 ? 0 : await mergeFiles(ledgers, ledger!);
      process.exitCode = ofReports || ofLedgers;
    });
}

/** A report is JSON as a whole, and has no such line. */
const isLedger = (text: string) => /^\{"type":"run",.*\}$/.test(text.split("\n", 1)[0]!);

type Outputs = Parameters<typeof writeReports>[0];
type Reports = Parameters<typeof writeReports>[1];

async function mergeReports(reports: Reports, outputs: Outputs): Promise<number> {
  const { exitCodes, worstResult } = await import("../../conformance/command.ts");
  await writeReports(outputs, reports);
  return exitCodes[worstResult(reports.map(({ conclusion }) => conclusion.result))];
}

async function mergeFiles(paths: readonly string[], path: string): Promise<number> {
  const { mergeLedgers, openLedgerFile, readLedgerFile } = await import("../../conformance/command.ts");
  const { header, entries } = mergeLedgers(paths.map((each) => ({ path: each, ...readLedgerFile(each) })));
  const { contract, target, startedAt } = header;
  const merged = openLedgerFile(path, { contract, target, startedAt, pid: process.pid });
  for (const entry of entries) await merged.append(entry);
  merged.close();
  const [left] = (await leftIn([{ path, target }]))();
  process.stdout.write(`${path}: ${left ?? "nothing is left"}\n`);
  return left === undefined ? 0 : 1;
}
