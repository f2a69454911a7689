import { join } from "node:path";
import type { LedgerFile } from "../../conformance/command.ts";
import { systemClock } from "../contract/clock.ts";

/** Ledgers that a command has opened so far: path and target of each. */
export type OpenedLedgers = { readonly path: string; readonly target: string }[];

/**
 * Opens the ledger of a run that begins now: in the file that was named, with the contract's name behind it where there
 * are several runs, or else in one of its own under `.sandglass/`.
 *
 * @param opened - takes note of it
 */
export async function openRunLedger({
  contract,
  target,
  file,
  runs,
  opened,
}: {
  readonly contract: string;
  readonly target: string;
  readonly file: string | undefined;
  readonly runs: number;
  readonly opened: OpenedLedgers;
}): Promise<LedgerFile> {
  const { openLedgerFile } = await import("../../conformance/command.ts");
  const startedAt = new Date(systemClock.now()).toISOString();
  const usual = join(".sandglass", `ledger-${contract}-${startedAt.replaceAll(":", "")}-${process.pid}.jsonl`);
  const named = file === undefined || runs === 1 ? file : `${file}.${contract}`;
  const path = named ?? usual;
  const ledger = openLedgerFile(path, { contract, target, startedAt, pid: process.pid });
  opened.push({ path, target });
  return ledger;
}

/** What ledgers say is left, with the command that ends it. */
export async function leftIn(opened: OpenedLedgers): Promise<() => readonly string[]> {
  const { countLeft } = await import("../../conformance/command.ts");
  return () =>
    opened.flatMap(({ path, target }) => {
      const { alive, open } = countLeft(path);
      if (alive + open === 0) return [];
      const what = `${alive} sandboxes are left, and ${open} creates of which it is not known what they made`;
      return [`${what}: npx sandglass sweep ${path} --url ${target}`];
    });
}
