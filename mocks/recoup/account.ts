import type { components } from "../../generated/recoup/types.ts";
import { type StoredRecord, type Table, updateRecord } from "../kit/table.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";
import { createRepositoryFile } from "./repository-file.ts";
import { snapshotLifeMs } from "./run.ts";

/** One file of an account's repository. */
export type RepositoryFile = {
  readonly path: string;
  readonly content: string;
  readonly encoding?: "base64";
  readonly sha: string;
};

/** What an account keeps for its next sandbox, as it is stored: one record an account, under the account's own id. */
export type AccountRecord = StoredRecord & {
  readonly deleted: boolean; // deleted records stay, so that replacing them stays one atomic step
  readonly snapshotId: string | null;
  readonly expiresAtMs: number | null;
  readonly githubRepo: string | null;
  readonly files: readonly RepositoryFile[];
  readonly setups: readonly PendingSetup[]; // under way, in no order
};

/** What a set-up run will have stored when it is complete. */
export type PendingSetup = {
  readonly completeAtMs: number;
  readonly snapshotId: string;
  readonly githubRepo: string;
};

export const accountTable: TableName<AccountRecord> = { name: "recoup/accounts" };

/** What an account has stored at a time, with the set-ups that have become complete by then; undefined if nothing. */
export async function readAccount(world: World, accountId: string, nowMs: number): Promise<AccountRecord | undefined> {
  const record = await world.table(accountTable).get(accountId);
  if (record === undefined) return undefined;
  const current = completeSetups(record, nowMs);
  return current.deleted ? undefined : current;
}

/** Changes what an account has stored, first making the record if there is none. */
export async function updateAccount(
  world: World,
  accountId: string,
  nowMs: number,
  change: (record: AccountRecord) => Partial<AccountRecord>,
): Promise<AccountRecord> {
  const table: Table<AccountRecord> = world.table(accountTable);
  await table.insert(emptyAccount(accountId, nowMs));
  const updated = await updateRecord(table, accountId, (stored) => {
    const settled = completeSetups(stored, nowMs);
    const current = settled.deleted
      ? { ...emptyAccount(accountId, nowMs), setups: settled.setups, deleted: false }
      : settled;
    return { ...current, ...change(current), version: stored.version + 1 };
  });
  return updated!;
}

/** What is left of an account whose record and repository are deleted. Set-ups under way go on. */
export const deletedAccount = {
  deleted: true,
  snapshotId: null,
  expiresAtMs: null,
  githubRepo: null,
  files: [],
} as const;

/** The bare row, as the vendor answers with it. */
export function viewAccount(record: AccountRecord): components["schemas"]["AccountSnapshot"] {
  return {
    account_id: record.id,
    snapshot_id: record.snapshotId,
    expires_at: record.expiresAtMs === null ? null : formatTime(record.expiresAtMs),
    github_repo: record.githubRepo,
    created_at: formatTime(record.createdAtMs),
  };
}

function completeSetups(record: AccountRecord, nowMs: number): AccountRecord {
  if (record.setups.every(({ completeAtMs }) => nowMs < completeAtMs)) return record;
  return record.setups
    .filter(({ completeAtMs }) => nowMs >= completeAtMs)
    .sort((one, other) => one.completeAtMs - other.completeAtMs)
    .reduce(completeSetup, { ...record, setups: record.setups.filter(({ completeAtMs }) => nowMs < completeAtMs) });
}

function completeSetup(record: AccountRecord, { completeAtMs, snapshotId, githubRepo }: PendingSetup): AccountRecord {
  const createdAtMs = record.deleted ? completeAtMs : record.createdAtMs;
  const expiresAtMs = completeAtMs + snapshotLifeMs;
  const files = [...firstFiles.filter(({ path }) => !record.files.some((kept) => kept.path === path)), ...record.files];
  return { ...record, deleted: false, createdAtMs, snapshotId, expiresAtMs, githubRepo, files };
}

// What a set-up leaves in a repository; a file that is there already stays as it is.
const firstFiles: readonly RepositoryFile[] = [
  createRepositoryFile(
    "README.md",
    "data:text/markdown,%23%20Sandbox%0A%0AThe repository of this account's sandboxes.%0A",
  ),
];

function emptyAccount(accountId: string, nowMs: number): AccountRecord {
  return {
    id: accountId,
    tenantId: accountId,
    version: 1,
    createdAtMs: nowMs,
    liveUntilMs: 0,
    deleted: true,
    snapshotId: null,
    expiresAtMs: null,
    githubRepo: null,
    files: [],
    setups: [],
  };
}
