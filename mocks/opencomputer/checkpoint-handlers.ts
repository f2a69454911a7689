import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import type { Reason } from "../kit/journal.ts";
import { copyFiles } from "../kit/shell/copy-files.ts";
import { countBytes } from "../kit/shell/file-system.ts";
import { neverMs, updateRecord } from "../kit/table.ts";
import { refuse, refuseUnknown } from "./answers.ts";
import {
  type CheckpointRecord,
  checkpointsMax,
  checkpointTable,
  findCheckpoint,
  isCheckpointId,
  removeCheckpoint,
  viewCheckpoint,
} from "./checkpoint.ts";
import { endCommands } from "./commands.ts";
import { ownerOf } from "./inside.ts";
import { findSandbox, type OpenComputerParts } from "./parts.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";
import { emitCheckpoint } from "./webhook-events.ts";

type Request = components["schemas"]["CreateCheckpointRequest"];

export const createCheckpoint: Handler<OpenComputerParts> = async (call, parts) => {
  const { world, nowMs } = call;
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  if (found.state !== "running") return refuse(400, "sandbox must be running to create a checkpoint", notRunning);
  const request = call.body as Request;
  const refusal = await makeRoom(call, found.record, request);
  if (refusal !== undefined) return refusal;
  const id = world.random.uuid();
  const nodes = await copyFiles(found.record.id, { ...ownerOf(world, found.record), sandboxId: id });
  const { template, cpuCount, memoryMB, envs = {} } = found.record;
  const record: CheckpointRecord = {
    ...{ id, tenantId: found.record.tenantId, version: 1, createdAtMs: nowMs, liveUntilMs: neverMs },
    ...{ sandboxId: found.record.id, name: request.name, kind: request.kind ?? "full" },
    ...{ promotes: request.promoteToFull ?? true, isPublic: false, sizeBytes: countBytes(nodes) },
    readyAtMs: nowMs + settings.of(world).buildMs,
    ...{ template, cpuCount, memoryMB, envs, patches: [], patchesMade: 0 },
  };
  await world.table(checkpointTable).insert(record);
  emitCheckpoint(world, found.record, id);
  return { status: 201, json: { ...viewCheckpoint(record, nowMs), status: "processing", sizeBytes: 0 } };
};

const notRunning: Reason = { rule: "sandbox-not-running", message: "wake it first; a stopped one has no files" };

/** Refuses what breaks a rule, and deletes what a retention policy has give way. */
async function makeRoom(call: Call, sandbox: OpenComputerSandboxRecord, request: Request): Promise<Answer | undefined> {
  const { kind = "full", name, promoteToFull, retentionPolicy } = request;
  const max = checkpointsMax[kind];
  if (kind === "full" && promoteToFull !== undefined) {
    return refuse(400, "promoteToFull is only supported for disk_only checkpoints", rule("/promoteToFull"));
  }
  const { mode = "none", maxCount = max } = retentionPolicy ?? {};
  if (maxCount > max) {
    const text = `retentionPolicy.maxCount must be between 1 and ${max} for ${kind} checkpoints`;
    return refuse(400, text, rule("/retentionPolicy/maxCount"));
  }
  const all = await listOf(call, sandbox);
  const same = all.filter((each) => each.kind === kind);
  const over = same.slice(maxCount - 1);
  if (mode === "delete_oldest") await Promise.all(over.map(({ id }) => removeCheckpoint(call.world, id)));
  else if (same.length >= max) return refuse(400, `maximum ${max} ${kind} checkpoints per sandbox`, rule(""));
  const left = mode === "delete_oldest" ? all.filter((each) => !over.includes(each)) : all;
  return left.some((each) => each.name === name)
    ? refuse(409, "checkpoint name already exists for this sandbox", rule("/name"))
    : undefined;
}

const rule = (pointer: string): Reason => ({
  rule: "checkpoint",
  message: "a sandbox has at most 10 full checkpoints and 100 of files alone, each with a name of its own",
  pointer,
});

/** The newest first. */
async function listOf(
  { world, nowMs }: Call,
  { id, tenantId }: OpenComputerSandboxRecord,
): Promise<CheckpointRecord[]> {
  const all = await world.table(checkpointTable).list(tenantId, { limit: Infinity, liveAtMs: nowMs });
  return all.filter(({ sandboxId }) => sandboxId === id);
}

export const listCheckpoints: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  const checkpoints = await listOf(call, found.record);
  return { status: 200, json: checkpoints.map((each) => viewCheckpoint(each, call.nowMs)) };
};

/** The checkpoint that the path names, of the sandbox that it names. */
async function findNamed(call: Call, sandboxId: string): Promise<Outcome<CheckpointRecord>> {
  const found = await requireCheckpoint(call);
  if ("refusal" in found || found.value.sandboxId === sandboxId) return found;
  return { refusal: refuse(400, "checkpoint does not belong to this sandbox", notIts) };
}

const notIts: Reason = { rule: "checkpoint-foreign", message: "to use it elsewhere, make a sandbox from it" };

/** The organisation's checkpoint that the path names. */
export async function requireCheckpoint({ world, tenant, request }: Call): Promise<Outcome<CheckpointRecord>> {
  const id = request.params["checkpointId"]!;
  if (!isCheckpointId(id)) return { refusal: refuse(400, "invalid checkpoint ID", { ...unknown, message: "a UUID" }) };
  const value = await findCheckpoint(world, tenant.id, id);
  return value === undefined ? { refusal: refuseNoCheckpoint() } : { value };
}

const unknown: Reason = { rule: "checkpoint-unknown", message: "no checkpoint of this organisation has that id" };
export const refuseNoCheckpoint = () => refuse(404, "checkpoint not found", unknown);

export const restoreCheckpoint: Handler<OpenComputerParts> = async (call, parts) => {
  const { world, nowMs } = call;
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  if (found.state !== "running") return refuse(400, "sandbox must be running to restore a checkpoint", notRunning);
  const named = await findNamed(call, found.record.id);
  if ("refusal" in named) return named.refusal;
  if (nowMs < named.value.readyAtMs) return refuse(400, "checkpoint is not ready (status: processing)", notReady);
  endCommands(world, found.record.id);
  await copyFiles(named.value.id, ownerOf(world, found.record));
  const { id: checkpointId } = named.value;
  return { status: 200, json: { sandboxId: found.record.id, checkpointId, status: "restoring" } };
};

const notReady: Reason = { rule: "checkpoint-processing", message: "ask for the list until its status is ready" };

export const deleteCheckpoint: Handler<OpenComputerParts> = async (call) => {
  const named = await findNamed(call, call.request.params["id"]!);
  if ("refusal" in named) return named.refusal;
  await removeCheckpoint(call.world, named.value.id);
  return { status: 204 };
};

const publish =
  (isPublic: boolean): Handler<OpenComputerParts> =>
  async (call) => {
    const found = await requireCheckpoint(call);
    if ("refusal" in found) return found.refusal;
    const changed = await updateRecord(call.world.table(checkpointTable), found.value.id, (current) => ({
      ...{ ...current, version: current.version + 1 },
      isPublic,
    }));
    return { status: 200, json: viewCheckpoint(changed!, call.nowMs) };
  };

export const publishCheckpoint = publish(true);
export const unpublishCheckpoint = publish(false);
