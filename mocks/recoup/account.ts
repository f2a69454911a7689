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
  readonly pending: readonly PendingOutcome[]; // of runs under way, in no order
};

/** What a run will have stored when it is complete. */
export type PendingOutcome = {
  readonly completeAtMs: number;
  readonly snapshotId: string;
  readonly githubRepo?: string; // of a set-up; a command leaves the account's as it is, where there is one
  readonly written?: readonly RepositoryFile[]; // what a command wrote
  readonly removed?: readonly string[]; // paths of what it removed
};

export const accountTable: TableName<AccountRecord> = { name: "recoup/accounts" };

/** What an account has stored at a time, with what runs that are complete by then have left; undefined if nothing. */
export async function readAccount(world: World, accountId: string, nowMs: number): Promise<AccountRecord | undefined> {
  const record = await world.table(accountTable).get(accountId);
  if (record === undefined) return undefined;
  const current = applyOutcomes(record, nowMs);
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
    const settled = applyOutcomes(stored, nowMs);
    const current = settled.deleted
      ? { ...emptyAccount(accountId, nowMs), pending: settled.pending, deleted: false }
      : settled;
    return { ...current, ...change(current), version: stored.version + 1 };
  });
  return updated!;
}

/** Notes what a run will have stored when it is complete. What is complete by now is left as it is: another run may have ended before. */
export async function addOutcome(
  world: World,
  accountId: string,
  nowMs: number,
  outcome: PendingOutcome,
): Promise<void> {
  const table = world.table(accountTable);
  await table.insert(emptyAccount(accountId, nowMs));
  await updateRecord(table, accountId, (stored) => {
    return { ...stored, version: stored.version + 1, pending: [...stored.pending, outcome] };
  });
}

/** What is left of an account whose record and repository are deleted. Runs under way go on. */
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

function applyOutcomes(record: AccountRecord, nowMs: number): AccountRecord {
  if (record.pending.every(({ completeAtMs }) => nowMs < completeAtMs)) return record;
  return record.pending
    .filter(({ completeAtMs }) => nowMs >= completeAtMs)
    .sort((one, other) => one.completeAtMs - other.completeAtMs)
    .reduce(applyOutcome, { ...record, pending: record.pending.filter(({ completeAtMs }) => nowMs < completeAtMs) });
}

function applyOutcome(record: AccountRecord, outcome: PendingOutcome): AccountRecord {
  const { completeAtMs, snapshotId, githubRepo, written = [], removed = [] } = outcome;
  const createdAtMs = record.deleted ? completeAtMs : record.createdAtMs;
  const expiresAtMs = completeAtMs + snapshotLifeMs;
  const replaced = new Set([...removed, ...written.map(({ path }) => path)]);
  const files = [...filesOf(record.files).filter(({ path }) => !replaced.has(path)), ...written];
  const repository = githubRepo ?? record.githubRepo ?? repositoryOf(record.id);
  return { ...record, deleted: false, createdAtMs, snapshotId, expiresAtMs, githubRepo: repository, files };
}

/** The repository that a run makes for an account. */
export const repositoryOf = (accountId: string) => `https://github.com/sandglass/${accountId}`;

/** The files that an account's runs find: of a repository that no run has seen yet, with those that the first one adds. */
export function filesOf(files: readonly RepositoryFile[] = []): readonly RepositoryFile[] {
  return [...firstFiles.filter(({ path }) => !files.some((kept) => kept.path === path)), ...files];
}

// What a run leaves in a repository; a file that is there already stays as it is.
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
    pending: [],
  };
}
