import { closeSync, openSync, readSync } from "node:fs";
import type * as Sqlite from "node:sqlite";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { Change, Entry, StateStore } from "./state-store.ts";

/** What takes a file from each version to the next; a file of version n has had the first n of them. Never change one: add one. */
const migrations: readonly string[] = [
  `CREATE TABLE entries (
    row INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (owner, kind, key)
  ) STRICT`,
];

const applicationId = 0x53414e44; // "SAND", in the file's header
const headerBytes = 100;
const walPages = 8_000; // of 4 KiB, until they are written back: at the usual 1,000 the disk is waited for too often

/**
 * Opens a file that keeps state, and makes one where there is none. What it has committed survives the end of the process,
 * however that comes. One process has it at a time.
 *
 * @param steps - the migrations, for tests
 * @throws {@link ContractError} `STATE_UNUSABLE` for a file that is in use, damaged, of a newer version or of another program;
 * it is left as it is
 */
export function openSqliteStore(file: string, steps = migrations): StateStore {
  const refuse = (message: string, cause?: unknown) =>
    new ContractError("STATE_UNUSABLE", `state file ${file}: ${message}`, { cause });
  const { DatabaseSync } = loadSqlite();
  let database: Sqlite.DatabaseSync | undefined;
  try {
    const version = examine(file, steps.length, (reads) => new DatabaseSync(file, { readOnly: reads }));
    if (typeof version === "string") throw refuse(version);
    database = new DatabaseSync(file);
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA wal_autocheckpoint = ${walPages}; PRAGMA cache_size = -16384`);
    migrate(database, version, steps);
    return storeOf(database);
  } catch (error) {
    database?.close();
    if (error instanceof ContractError) throw error;
    const { errcode, message } = error as Error & { readonly errcode?: number };
    const what = errcode === undefined ? undefined : troubles[errcode & 0xff];
    throw refuse(what ?? `it cannot be opened: ${message}`, error);
  }
}

// Of SQLite's result codes: SQLITE_BUSY, SQLITE_LOCKED, SQLITE_CORRUPT, SQLITE_NOTADB.
const inUse = "another process has it open: stop that mock, or name another file";
const damaged = "it is damaged: put it aside, or name another file";
const troubles: Readonly<Record<number, string>> = { 5: inUse, 6: inUse, 11: damaged, 26: damaged };

/** Node says on the first use of it that SQLite is new, for some versions; that is no news for the user of a mock. */
function loadSqlite(): typeof Sqlite {
  const warnings = Object.getOwnPropertyDescriptor(process, "emitWarning")!;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    Object.defineProperty(process, "emitWarning", warnings);
  }
}

/** The version of a file, 0 for a new one, or why it is not to be used. It is read only, so that it stays as it is. */
function examine(file: string, known: number, open: (reads: true) => Sqlite.DatabaseSync): number | string {
  const header = readHeader(file);
  if (header === undefined) return 0;
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0" || header.length < headerBytes) return damaged;
  if (header.readUInt32BE(68) !== applicationId) return "it is a database of another program: name another file";
  const database = open(true);
  try {
    const { user_version: version } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version > known) {
      return `it is of version ${version}, and this Sandglass knows ${known} at most: use the newer one, or name another file`;
    }
    const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
    return found === "ok" ? version : damaged;
  } finally {
    database.close();
  }
}

/** The first bytes of a file, which is made where there is none, for its owner's eyes alone; undefined while it is empty. */
function readHeader(file: string): Buffer | undefined {
  const handle = openSync(file, "a+", 0o600);
  try {
    const header = Buffer.alloc(headerBytes);
    const bytes = readSync(handle, header, 0, headerBytes, 0);
    return bytes === 0 ? undefined : header.subarray(0, bytes);
  } finally {
    closeSync(handle);
  }
}

function migrate(database: Sqlite.DatabaseSync, from: number, steps: readonly string[]): void {
  if (from < steps.length) {
    const missing = steps.slice(from).join(";\n");
    const marks = `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`;
    database.exec(`BEGIN IMMEDIATE; ${missing}; ${marks}; COMMIT`);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)"); // so that the version stands in the header
  } else database.exec("BEGIN IMMEDIATE; COMMIT"); // takes the lock, which is kept from then on
}

function storeOf(database: Sqlite.DatabaseSync): StateStore {
  const put = database.prepare(
    `INSERT INTO entries (owner, kind, key, value) VALUES (?, ?, ?, ?)
      ON CONFLICT (owner, kind, key) DO UPDATE SET value = excluded.value`,
  );
  const drop = database.prepare("DELETE FROM entries WHERE owner = ? AND kind = ? AND key = ?");
  const forget = database.prepare("DELETE FROM entries WHERE owner = ?");
  const make = (change: Change) => {
    if (change.act === "forget") forget.run(change.owner);
    else if (change.act === "drop") drop.run(change.owner, change.kind, change.key);
    else put.run(change.owner, change.kind, change.key, change.value);
  };
  return {
    entries: () =>
      database.prepare("SELECT owner, kind, key, value FROM entries ORDER BY row").iterate() as Iterable<Entry>,
    commit: (changes) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        changes.forEach(make);
        database.exec("COMMIT");
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => database.close(),
  };
}
