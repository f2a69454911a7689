import type { components } from "../../generated/opencomputer/types.ts";
import { dropFiles } from "../kit/shell/file-system.ts";
import { type StoredRecord, updateRecord } from "../kit/table.ts";
import type { TableName, Tenant, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";

/** A script of a checkpoint. */
export type PatchRecord = {
  readonly id: string;
  readonly sequence: number;
  readonly script: string;
  readonly description: string;
  readonly createdAtMs: number;
};

/** A checkpoint as it is stored. Its files are those of a sandbox of its own id. A deleted one is no longer live. */
export type CheckpointRecord = StoredRecord & {
  readonly sandboxId: string; // of a snapshot's, the sandbox that built it
  readonly name: string;
  readonly kind: "full" | "disk_only";
  readonly promotes: boolean; // whether one of files alone becomes a full one
  readonly isPublic: boolean;
  readonly readyAtMs: number;
  readonly sizeBytes: number;
  readonly template: string;
  readonly cpuCount: number;
  readonly memoryMB: number;
  readonly envs: Readonly<Record<string, string>>;
  readonly patches: readonly PatchRecord[]; // by sequence
  readonly patchesMade: number; // the sequence that was given last
};

export const checkpointTable: TableName<CheckpointRecord> = { name: "opencomputer/checkpoints" };

/** How many of a kind a sandbox may have. */
export const checkpointsMax = { full: 10, disk_only: 100 } as const;

export const isCheckpointId = (id: string) =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(id);

/** Finds a checkpoint of an organisation; undefined for another organisation's as for one that never was. */
export async function findCheckpoint(
  world: World,
  tenantId: string,
  id: string,
): Promise<CheckpointRecord | undefined> {
  const record = await world.table(checkpointTable).get(id);
  return record?.tenantId === tenantId && record.liveUntilMs > 0 ? record : undefined;
}

/** Finds one that the organisation may make sandboxes from: its own, or one that is published. */
export async function findForkable(world: World, tenant: Tenant, id: string): Promise<CheckpointRecord | undefined> {
  const record = await world.table(checkpointTable).get(id);
  const isIts = record !== undefined && (record.tenantId === tenant.id || record.isPublic);
  return isIts && record.liveUntilMs > 0 ? record : undefined;
}

/** Deletes a checkpoint and its files. */
export async function removeCheckpoint(world: World, id: string): Promise<void> {
  await updateRecord(world.table(checkpointTable), id, (current) => ({
    ...{ ...current, version: current.version + 1 },
    ...{ liveUntilMs: 0, patches: [] },
  }));
  await dropFiles(world, id);
}

/** A checkpoint as its organisation sees it at a time. */
export function viewCheckpoint(record: CheckpointRecord, nowMs: number): components["schemas"]["Checkpoint"] {
  const { id, sandboxId, name, kind, promotes, isPublic, template, cpuCount, memoryMB } = record;
  const isReady = nowMs >= record.readyAtMs;
  return {
    id,
    sandboxId,
    orgId: record.tenantId,
    name,
    sandboxConfig: { template, cpuCount, memoryMB },
    kind,
    ...(kind === "disk_only" && promotes ? { promotionStatus: isReady ? "ready" : "pending" } : {}),
    status: isReady ? "ready" : "processing",
    sizeBytes: isReady ? record.sizeBytes : 0,
    isPublic,
    createdAt: formatTime(record.createdAtMs),
  };
}
