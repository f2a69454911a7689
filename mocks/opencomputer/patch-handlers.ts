import type { components } from "../../generated/opencomputer/types.ts";
import type { Handler } from "../kit/exchange.ts";
import { updateRecord } from "../kit/table.ts";
import { formatTime, refuse } from "./answers.ts";
import { type CheckpointRecord, checkpointTable, type PatchRecord } from "./checkpoint.ts";
import { requireCheckpoint } from "./checkpoint-handlers.ts";
import type { OpenComputerParts } from "./parts.ts";
import { findBuilt } from "./snapshot.ts";

type Schemas = components["schemas"];

export const createCheckpointPatch: Handler<OpenComputerParts> = async (call) => {
  const { world, nowMs } = call;
  const found = await requireCheckpoint(call);
  if ("refusal" in found) return found.refusal;
  if (nowMs < found.value.readyAtMs) {
    const message = "ask for the list of checkpoints until its status is ready";
    return refuse(400, "checkpoint is not ready", { rule: "checkpoint-processing", message });
  }
  const { script, description = "" } = call.body as Schemas["CreatePatchRequest"];
  const id = world.random.uuid();
  const changed = await updateRecord(world.table(checkpointTable), found.value.id, (current) => {
    const sequence = current.patchesMade + 1;
    const patches = [...current.patches, { id, sequence, script, description, createdAtMs: nowMs }];
    return { ...current, version: current.version + 1, patches, patchesMade: sequence };
  });
  const patch = changed!.patches.find((each) => each.id === id)!;
  return { status: 201, json: { patch: viewPatch(changed!, patch) } };
};

export const listCheckpointPatches: Handler<OpenComputerParts> = async (call) => {
  const found = await requireCheckpoint(call);
  if ("refusal" in found) return found.refusal;
  return { status: 200, json: found.value.patches.map((patch) => viewPatch(found.value, patch)) };
};

export const deleteCheckpointPatch: Handler<OpenComputerParts> = async (call) => {
  const found = await requireCheckpoint(call);
  if ("refusal" in found) return found.refusal;
  const id = call.request.params["patchId"]!;
  if (!found.value.patches.some((patch) => patch.id === id)) {
    return refuse(404, "patch not found", {
      rule: "patch-unknown",
      message: "the checkpoint has no script of that id",
    });
  }
  await updateRecord(call.world.table(checkpointTable), found.value.id, (current) => ({
    ...{ ...current, version: current.version + 1 },
    patches: current.patches.filter((patch) => patch.id !== id),
  }));
  return { status: 204 };
};

/** Does the same to the checkpoint that sandboxes of a snapshot, or of an image, are made from. */
const ofBuilt =
  (what: "snapshot" | "image", handler: Handler<OpenComputerParts>): Handler<OpenComputerParts> =>
  async (call, parts) => {
    const { world, tenant, request } = call;
    const name = request.params["name"]!;
    const found = await findBuilt(world, tenant.id, name);
    if (found === undefined) {
      const message = `this organisation has built no ${what} of that name, and no image of that id`;
      return refuse(404, `${what} "${name}" not found`, { rule: `${what}-unknown`, message });
    }
    const params = { ...request.params, checkpointId: found.checkpointId };
    return handler({ ...call, request: { ...request, params } }, parts);
  };

export const createSnapshotPatch = ofBuilt("snapshot", createCheckpointPatch);
export const listSnapshotPatches = ofBuilt("snapshot", listCheckpointPatches);
export const deleteSnapshotPatch = ofBuilt("snapshot", deleteCheckpointPatch);
export const createImagePatch = ofBuilt("image", createCheckpointPatch);
export const listImagePatches = ofBuilt("image", listCheckpointPatches);
export const deleteImagePatch = ofBuilt("image", deleteCheckpointPatch);

function viewPatch({ id: checkpointId }: CheckpointRecord, patch: PatchRecord): Schemas["Patch"] {
  const { id, sequence, script, description, createdAtMs } = patch;
  return { id, checkpointId, sequence, script, description, strategy: "on_wake", createdAt: formatTime(createdAtMs) };
}
