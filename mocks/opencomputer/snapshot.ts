import { hash } from "node:crypto";
import type { components } from "../../generated/opencomputer/types.ts";
import { neverMs, type StoredRecord, updateRecord } from "../kit/table.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";
import { type CheckpointRecord, checkpointTable } from "./checkpoint.ts";

/** A snapshot as it is stored, under its organisation and its name. A deleted one is no longer live. */
export type SnapshotRecord = StoredRecord & {
  readonly snapshotId: string;
  readonly name: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly checkpointId: string;
  readonly readyAtMs: number;
  readonly usedAtMs: number;
};

export const snapshotTable: TableName<SnapshotRecord> = { name: "opencomputer/snapshots" };

const keyOf = (tenantId: string, name: string) => `${tenantId} ${name}`;

/** Finds a snapshot of an organisation. */
export async function findSnapshot(world: World, tenantId: string, name: string): Promise<SnapshotRecord | undefined> {
  const record = await world.table(snapshotTable).get(keyOf(tenantId, name));
  return record !== undefined && record.liveUntilMs > 0 ? record : undefined;
}

/** Keeps a snapshot under its name. */
export async function keepSnapshot(
  world: World,
  name: string,
  manifest: SnapshotRecord["manifest"],
  { id, tenantId, createdAtMs, readyAtMs }: CheckpointRecord,
): Promise<SnapshotRecord> {
  const fresh = {
    ...{ id: keyOf(tenantId, name), tenantId, version: 1, createdAtMs, liveUntilMs: neverMs },
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

/** A snapshot as its organisation sees it at a time. */
export function viewSnapshot(record: SnapshotRecord, nowMs: number): components["schemas"]["Snapshot"] {
  const { snapshotId, tenantId, name, manifest, checkpointId, readyAtMs, createdAtMs, usedAtMs } = record;
  const { base = "base", steps = [] } = manifest;
  return {
    id: snapshotId,
    orgId: tenantId,
    name,
    contentHash: hash("sha256", JSON.stringify({ base, steps }), "hex"),
    checkpointId,
    manifest,
    status: nowMs < readyAtMs ? "building" : "ready",
    createdAt: formatTime(createdAtMs),
    lastUsedAt: formatTime(usedAtMs),
  };
}
