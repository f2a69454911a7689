import type { components } from "../../generated/opencomputer/types.ts";
import type { Call, Handler, Outcome } from "../kit/exchange.ts";
import { copyFiles } from "../kit/shell/copy-files.ts";
import { untilTime } from "../kit/shell/shell.ts";
import { refuse } from "./answers.ts";
import { type CheckpointRecord, findForkable, isCheckpointId } from "./checkpoint.ts";
import { refuseNoCheckpoint } from "./checkpoint-handlers.ts";
import { ownerOf } from "./inside.ts";
import { announce, insertSandbox, region, type SandboxOrder } from "./new-sandbox.ts";
import type { OpenComputerParts } from "./parts.ts";
import { applyPatches } from "./patches.ts";
import { noStore, openStore } from "./secret-store.ts";
import { defaultTimeoutS, type OpenComputerSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";
import { resolveTier } from "./tier.ts";

export const forkCheckpoint: Handler<OpenComputerParts> = async (call, parts) => {
  const { world, tenant, request } = call;
  const id = request.params["checkpointId"]!;
  if (!isCheckpointId(id)) {
    return refuse(400, "invalid checkpoint ID", { rule: "checkpoint-unknown", message: "a UUID is due" });
  }
  const checkpoint = await findForkable(world, tenant, id);
  if (checkpoint === undefined) return refuseNoCheckpoint();
  const body = call.body as components["schemas"]["ForkCheckpointRequest"];
  const store = body.secretStore ? await openStore(call, body.secretStore) : { value: noStore };
  if ("refusal" in store) return store.refusal;
  await untilTime(world, checkpoint.readyAtMs);
  const { timeout: timeoutS = defaultTimeoutS, envs, memoryMB } = body;
  const tier = memoryMB === undefined ? {} : { tier: resolveTier({ memoryMB }) };
  const order = { timeoutS, ...store.value, envs: { ...store.value.envs, ...envs }, ...tier };
  const booted = await bootFrom(call, parts, checkpoint, order);
  if ("refusal" in booted) return booted.refusal;
  await announce(call, booted.value, [], checkpoint.sandboxId);
  return { status: 201, json: viewBooted(call, booted.value) };
};

/** Makes a sandbox with the files, the environment and the size of a checkpoint, and with its scripts done. */
export async function bootFrom(
  call: Call,
  parts: OpenComputerParts,
  checkpoint: CheckpointRecord,
  { envs, ...order }: Omit<SandboxOrder, "template" | "tier"> & Partial<Pick<SandboxOrder, "tier">>,
): Promise<Outcome<OpenComputerSandboxRecord>> {
  const { id: checkpointId, template, memoryMB, cpuCount } = checkpoint;
  const booted = await insertSandbox(call, parts, {
    tier: { memoryMB, cpuCount } as SandboxOrder["tier"],
    ...order,
    template,
    envs: { ...checkpoint.envs, ...envs },
    origin: { checkpointId, patched: 0 },
  });
  if ("refusal" in booted) return booted;
  await copyFiles(checkpointId, ownerOf(call.world, booted.value));
  await applyPatches(call.world, booted.value, parts);
  return booted;
}

/** What is told of a sandbox that was made from a checkpoint. */
export function viewBooted({ world }: Call, { id, workerID, origin, memoryMB }: OpenComputerSandboxRecord) {
  return {
    sandboxID: id,
    status: "running",
    region,
    workerID,
    sandboxDomain: settings.of(world).previewDomain,
    fromCheckpointId: origin!.checkpointId,
    memoryMB,
  };
}
