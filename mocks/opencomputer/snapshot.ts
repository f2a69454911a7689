import { hash } from "node:crypto";
import type { components } from "../../generated/opencomputer/types.ts";
import { neverMs, type StoredRecord, updateRecord } from "../kit/table.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";
import { type CheckpointRecord, checkpointTable } from "./checkpoint.ts";

/**
 * An image that was built, as it is stored: a snapshot under its organisation and its name, any other under what it is made of. A
 * deleted one is no longer live.
 */
export type SnapshotRecord = StoredRecord & {
  readonly snapshotId: string;
  readonly name?: string | undefined;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly checkpointId: string;
  readonly readyAtMs: number;
  readonly usedAtMs: number;
};

type Manifest = SnapshotRecord["manifest"];

export const snapshotTable: TableName<SnapshotRecord> = { name: "opencomputer/snapshots" };

const keyOf = (tenantId: string, name: string) => `${tenantId} ${name}`;
const imageKeyOf = (tenantId: string, manifest: Manifest) => `${tenantId}\n${contentHash(manifest)}`;

/** Finds a snapshot of an organisation. */
export const findSnapshot = (world: World, tenantId: string, name: string) => find(world, keyOf(tenantId, name));

/** Finds what an organisation has built of an image without naming it. */
export const findImage = (world: World, tenantId: string, manifest: Manifest) =>
  find(world, imageKeyOf(tenantId, manifest));

async function find(world: World, key: string): Promise<SnapshotRecord | undefined> {
  const record = await world.table(snapshotTable).get(key);
  return record !== undefined && record.liveUntilMs > 0 ? record : undefined;
}

/** Finds a snapshot of an organisation by its name, or any image that it has built by its id. */
export async function findBuilt(world: World, tenantId: string, name: string): Promise<SnapshotRecord | undefined> {
  const named = await findSnapshot(world, tenantId, name);
  return named ?? (await listBuilt(world, tenantId)).find(({ snapshotId }) => snapshotId === name);
}

/** All images that an organisation has built, the newest first. */
export async function listBuilt(world: World, tenantId: string): Promise<readonly SnapshotRecord[]> {
  return world.table(snapshotTable).list(tenantId, { limit: Infinity, liveAtMs: world.clock.now() });
}

/** Keeps what was built: a snapshot under its name, any other image under what it is made of. */
export async function keepBuilt(
  world: World,
  name: string | undefined,
  manifest: Manifest,
  { id, tenantId, createdAtMs, readyAtMs }: CheckpointRecord,
): Promise<SnapshotRecord> {
  const key = name === undefined ? imageKeyOf(tenantId, manifest) : keyOf(tenantId, name);
  const fresh = {
    ...{ id: key, tenantId, version: 1, createdAtMs, liveUntilMs: neverMs },
    ...{ snapshotId: world.random.uuid(), name, manifest, checkpointId: id, readyAtMs, usedAtMs: createdAtMs },
  };
  const table = world.table(snapshotTable);
  await table.insert(fresh);
  return (await updateRecord(table, fresh.id, ({ version }) => ({ ...fresh, version: version + 1 })))!;
}

/** Changes a snapshot: when it was last used, or that it is deleted. */
export async function changeSnapshot(
  world: World,
  id: string,
  change: Partial<Pick<SnapshotRecord, "usedAtMs" | "liveUntilMs">>,
): Promise<void> {
  await updateRecord(world.table(snapshotTable), id, (current) => ({
    ...current,
    ...change,
    version: current.version + 1,
  }));
}

/** The checkpoint that sandboxes of a snapshot are made from. */
export async function checkpointOf(world: World, { checkpointId }: SnapshotRecord): Promise<CheckpointRecord> {
  return (await world.table(checkpointTable).get(checkpointId))!;
}

/** What tells images apart: not their names. */
function contentHash({ base = "base", steps = [] }: Manifest): string {
  return hash("sha256", JSON.stringify({ base, steps }), "hex");
}

/** A snapshot as its organisation sees it at a time. */
export function viewSnapshot(record: SnapshotRecord, nowMs: number): components["schemas"]["Snapshot"] {
  return { ...viewImage(record, nowMs), name: record.name ?? "" };
}

/** Any image that was built, as its organisation sees it at a time. */
export function viewImage(record: SnapshotRecord, nowMs: number): components["schemas"]["Image"] {
  const { snapshotId, tenantId, name, manifest, checkpointId, readyAtMs, createdAtMs, usedAtMs } = record;
  return {
    id: snapshotId,
    orgId: tenantId,
    ...(name === undefined ? {} : { name }),
    contentHash: contentHash(manifest),
    checkpointId,
    manifest,
    status: nowMs < readyAtMs ? "building" : "ready",
    createdAt: formatTime(createdAtMs),
    lastUsedAt: formatTime(usedAtMs),
  };
}
