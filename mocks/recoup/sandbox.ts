import type { components } from "../../generated/recoup/types.ts";
import type { StoredRecord } from "../kit/table.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";

/** A sandbox as it is stored. Its state is not: that follows from the record and the time. */
export type RecoupSandboxRecord = StoredRecord & {
  readonly bootMs: number; // how long it is pending
  readonly timeoutMs: number; // from creation until it begins to stop
  readonly graceMs: number; // how long it is stopping
  readonly failedAtMs: number | undefined; // set by a fault alone
  readonly runId: string | undefined;
  readonly profile?: { readonly snapshotAtMs: number }; // what a profile has to remember: when a snapshot is taken of it
};

export type Sandbox = components["schemas"]["Sandbox"];

export const sandboxTable: TableName<RecoupSandboxRecord> = { name: "recoup/sandboxes" };

/** Finds a sandbox of an account; undefined for another account's as for one that never was. */
export async function findSandbox(
  world: World,
  accountId: string,
  id: string,
): Promise<RecoupSandboxRecord | undefined> {
  const record = await world.table(sandboxTable).get(id);
  return record?.tenantId === accountId ? record : undefined;
}

/** How long a sandbox lives, in milliseconds. The contract gives callers no say in it. */
export const defaultTimeoutMs = 1_800_000;

/** The state of a sandbox at a time: pending, running, stopping, stopped, in this order, or failed for good. */
export function sandboxStateAt(record: RecoupSandboxRecord, nowMs: number): Sandbox["sandboxStatus"] {
  if (record.failedAtMs !== undefined && nowMs >= record.failedAtMs) return "failed";
  const ageMs = nowMs - record.createdAtMs;
  if (ageMs < record.bootMs) return "pending";
  if (ageMs < record.timeoutMs) return "running";
  return ageMs < record.timeoutMs + record.graceMs ? "stopping" : "stopped";
}

/** Milliseconds until the sandbox begins to stop: from the whole timeout down to 0, never up. */
function remainingMsAt(record: RecoupSandboxRecord, nowMs: number): number {
  if (sandboxStateAt(record, nowMs) === "failed") return 0;
  return Math.min(record.timeoutMs, Math.max(0, record.createdAtMs + record.timeoutMs - nowMs));
}

/** A sandbox as a caller sees it at a time. `runId` is for the answer to a create alone. */
export function viewSandbox(record: RecoupSandboxRecord, nowMs: number): Sandbox {
  return {
    sandboxId: record.id,
    sandboxStatus: sandboxStateAt(record, nowMs),
    timeout: remainingMsAt(record, nowMs),
    createdAt: formatTime(record.createdAtMs),
  };
}
