import { join } from "node:path";
import type { LedgerFile } from "../../conformance/index.ts";
import { systemClock } from "../contract/clock.ts";

/**
 * Opens the ledger of a run that begins now: in the file that was named, with the contract's name behind it where there
 * are several runs, or else in one of its own under `.sandglass/`.
 */
export async function openRunLedger({
  contract,
  target,
  file,
  runs,
}: {
  readonly contract: string;
  readonly target: string;
  readonly file: string | undefined;
  readonly runs: number;
}): Promise<LedgerFile> {
  const { openLedgerFile } = await import("../../conformance/index.ts");
  const startedAt = new Date(systemClock.now()).toISOString();
  const usual = join(".sandglass", `ledger-${contract}-${startedAt.replaceAll(":", "")}-${process.pid}.jsonl`);
  const named = file === undefined || runs === 1 ? file : `${file}.${contract}`;
  return openLedgerFile(named ?? usual, { contract, target, startedAt, pid: process.pid });
}
