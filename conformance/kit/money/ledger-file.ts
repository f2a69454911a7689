import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ContractError } from "../../../src/contract/contract-error.ts";
import { createLedger } from "./ledger.ts";
import type { LedgerEntry, LedgerSink } from "./ledger.ts";
import { parseJson } from "../law/exchange.ts";
import { isObject } from "../law/schema.ts";
import type { JsonObject } from "../law/schema.ts";

/** The first line of a ledger file: whose sandboxes the others are about. There are no keys in it. */
type LedgerHeader = {
  readonly type: "run";
  readonly version: 1;
  readonly contract: string;
  readonly target: string; // base URL
  readonly startedAt: string; // RFC 3339, UTC
  readonly pid: number;
};

/**
 * A ledger on disk. Each line is with the system before `append` returns, and lasts when the run is killed; what a create is
 * sent for, and what it made, is on the disk itself, and lasts when the machine fails. A line about an end that is lost then
 * costs a sweep one more look.
 *
 * Where that fails on the way, say because the disk is full, `append` throws for creates, so that none is sent any more. What
 * comes after a create is lost in silence: not to note that a sandbox is gone must not keep others from being ended.
 */
export type LedgerFile = LedgerSink & { readonly close: () => void };

/**
 * Opens a ledger file, making its folder where there is none.
 *
 * @param header - written as the first line of a new one; absent where an old one goes on, and is appended to
 * @throws {@link ContractError} `CONFIG_INVALID` when it cannot be written, or is to be new and is another run's
 */
export function openLedgerFile(path: string, header?: Omit<LedgerHeader, "type" | "version">): LedgerFile {
  let file: number;
  let broken: unknown;
  const write = (line: LedgerEntry | LedgerHeader) => {
    writeFileSync(file, `${JSON.stringify(line)}\n`); // all of it, or an error
    if (line.type === "intended" || line.type === "created") fsyncSync(file);
  };
  try {
    makeFolder(dirname(path));
    assertPlainFile(path);
    if (header !== undefined) assertEmpty(path);
    file = openSync(path, "a", 0o600);
    cutBrokenEnd(path);
    if (header !== undefined) write({ type: "run", version: 1, ...header });
  } catch (cause) {
    throw unwritable(path, cause);
  }
  const append = (entry: LedgerEntry) => {
    try {
      if (broken === undefined) write(entry);
    } catch (cause) {
      broken = cause;
    }
    if (broken !== undefined && entry.type === "intended") throw unwritable(path, broken);
  };
  return { append, close: () => closeSync(file) };
}

function unwritable(path: string, cause: unknown): ContractError {
  const why = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
  const message = `the ledger ${path} cannot be written (${why}): name a file that can be with --ledger FILE`;
  return new ContractError("CONFIG_INVALID", message, { cause });
}

/** Makes a folder and those above it, one by one: Node's own way to do so never ends where a file system refuses, as /proc does. */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) {
    try {
      mkdirSync(each);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // another run was faster
    }
  }
}

/** A pipe or a device never ends when it is read, keeps nothing, or waits until its other end is opened. */
function assertPlainFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === false) throw new Error(found.isDirectory() ? "it is a folder" : "it is no plain file");
}

/** Two runs count their creates alike, and may have different targets: one ledger of both would lead a sweep astray. */
function assertEmpty(path: string): void {
  const { size = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  if (size > 0) throw new Error("it is another run's, which a sweep may need");
}

/** A last line that was cut off must not take the next one with it. What it would have said was not done yet. */
function cutBrokenEnd(path: string): void {
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf("\n") + 1;
  if (end < bytes.length) truncateSync(path, end);
}

/**
 * Reads a ledger file. A last line that was cut off is left out: what it would have said was not done yet.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` when it cannot be read, is none, or has a line that no run writes
 */
export function readLedgerFile(path: string): {
  readonly header: LedgerHeader;
  readonly entries: readonly LedgerEntry[];
} {
  let text: string;
  try {
    assertPlainFile(path);
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ContractError("CONFIG_INVALID", `the ledger ${path} cannot be read: name one that a run has left`, {
      cause,
    });
  }
  const [first = "", ...lines] = text.split("\n").slice(0, -1); // what follows the last line's end was cut off
  const header = parseJson(first === "" ? text : first);
  if (!isObject(header) || header["type"] !== "run" || header["version"] !== 1 || !fits(header, headerMembers)) {
    throw new ContractError("CONFIG_INVALID", `${path} is no ledger: its first line does not say so`);
  }
  const entries = lines.map((line, index) => {
    const entry = parseJson(line);
    if (isEntry(entry)) return entry;
    const what = `line ${index + 2} of ${path} is none that a run writes: mend it or take it out, and look for what it said`;
    throw new ContractError("CONFIG_INVALID", what);
  });
  return { header: header as LedgerHeader, entries };
}

/** What a ledger file says is left: sandboxes, and creates of which it is not known what they made. */
export function countLeft(path: string): { readonly alive: number; readonly open: number } {
  const ledger = createLedger({ clock: { now: () => 0 }, past: readLedgerFile(path).entries });
  return { alive: ledger.alive().length, open: ledger.unsettled().length };
}

type Members = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown) => typeof value === "string";
const isWhole = (value: unknown) => Number.isInteger(value);
const areTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const optional = (is: (value: unknown) => boolean) => (value: unknown) => value === undefined || is(value);
const isKey = (value: unknown) => value === "own" || value === "other" || value === "made-up";

const headerMembers: Members = { contract: isText, target: isText, startedAt: isText };

/** What each kind of entry holds, beside when it was written. */
const entryMembers: Readonly<Record<LedgerEntry["type"], Members>> = {
  foreign: { ids: areTexts },
  intended: { create: isWhole, operation: isText, by: isKey, purpose: isText, skewMs: optional(Number.isFinite) },
  created: { create: isWhole, ids: areTexts, by: optional(isKey) },
  refused: { create: isWhole, status: isWhole },
  unanswered: { create: isWhole, status: optional(isWhole) },
  nothing: { create: isWhole },
  ending: { id: isText },
  revived: { id: isText },
  deleted: { id: isText },
  gone: { id: isText },
  leaked: { id: isText, reason: isText },
};

function isEntry(value: unknown): value is LedgerEntry {
  if (!isObject(value) || !Number.isFinite(value["atMs"])) return false;
  const type = String(value["type"]);
  return Object.hasOwn(entryMembers, type) && fits(value, entryMembers[type as LedgerEntry["type"]]);
}

function fits(value: JsonObject, members: Members): boolean {
  return Object.entries(members).every(([name, is]) => is(value[name]));
}
