import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { LedgerEntry, LedgerSink } from "./ledger.ts";
import { parseJson } from "./exchange.ts";
import { isObject } from "./schema.ts";

/** The first line of a ledger file: whose sandboxes the others are about. There are no keys in it. */
export type LedgerHeader = {
  readonly type: "run";
  readonly version: 1;
  readonly contract: string;
  readonly target: string; // base URL
  readonly startedAt: string; // RFC 3339, UTC
  readonly pid: number;
};

/** A ledger on disk. Each line is on the disk before `append` returns. */
export type LedgerFile = LedgerSink & { readonly close: () => void };

/**
 * Opens a ledger file, making its folder where there is none, and appends to what is in it.
 *
 * @param header - written as the first line of a new one; absent where an old one goes on
 * @throws {@link ContractError} `CONFIG_INVALID` when it cannot be written
 */
export function openLedgerFile(path: string, header?: Omit<LedgerHeader, "type" | "version">): LedgerFile {
  let file: number;
  const write = (line: unknown) => {
    writeSync(file, `${JSON.stringify(line)}\n`);
    fsyncSync(file);
  };
  try {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(path, "a", 0o600);
    if (endsInside(path)) writeSync(file, "\n"); // a line that was cut off must not take the next one with it
    if (header !== undefined) write({ type: "run", version: 1, ...header });
  } catch (cause) {
    const message = `the ledger ${path} cannot be written: name a file that can be with --ledger FILE`;
    throw new ContractError("CONFIG_INVALID", message, { cause });
  }
  return { append: write, close: () => closeSync(file) };
}

function endsInside(path: string): boolean {
  const text = readFileSync(path, "utf8");
  return text !== "" && !text.endsWith("\n");
}

/**
 * Reads a ledger file. A last line that was cut off is left out: what it would have said was not done yet.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` when it cannot be read, or is none
 */
export function readLedgerFile(path: string): {
  readonly header: LedgerHeader;
  readonly entries: readonly LedgerEntry[];
} {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ContractError("CONFIG_INVALID", `the ledger ${path} cannot be read: name one that a run has left`, {
      cause,
    });
  }
  const lines = text.split("\n").map(parseJson).filter(isObject);
  const [header, ...entries] = lines;
  if (header?.["type"] !== "run" || header["version"] !== 1) {
    throw new ContractError("CONFIG_INVALID", `${path} is no ledger: its first line does not say so`);
  }
  return { header: header as LedgerHeader, entries: entries as unknown as LedgerEntry[] };
}
