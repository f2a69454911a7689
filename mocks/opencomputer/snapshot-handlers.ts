import type { components } from "../../generated/opencomputer/types.ts";
import type { Handler } from "../kit/exchange.ts";
import { untilTime } from "../kit/shell/shell.ts";
import { refuse } from "./answers.ts";
import { withBuildLog } from "./build-log.ts";
import { removeCheckpoint } from "./checkpoint.ts";
import { buildImage } from "./image-build.ts";
import type { OpenComputerParts } from "./parts.ts";
import { changeSnapshot, findSnapshot, keepBuilt, listBuilt, viewImage, viewSnapshot } from "./snapshot.ts";

export const createSnapshot: Handler<OpenComputerParts> = async (call) => {
  const { world, tenant, request, nowMs } = call;
  const { name, image } = call.body as components["schemas"]["CreateSnapshotRequest"];
  if ((await findSnapshot(world, tenant.id, name)) !== undefined) {
    const reason = {
      rule: "snapshot-taken",
      message: "delete the one of that name, or take another",
      pointer: "/name",
    };
    return refuse(409, "snapshot name already exists", reason);
  }
  const built = await buildImage(call, image, { ...sizeOf(image) });
  if ("refusal" in built) return withBuildLog(request, { image }, built.refusal);
  const record = await keepBuilt(world, name, { ...image }, built.value);
  if (request.query("async") === "1")
    return { status: 202, json: { ...viewSnapshot(record, nowMs), status: "building" } };
  await untilTime(world, record.readyAtMs);
  const json = { ...viewSnapshot(record, nowMs), status: "ready" };
  return withBuildLog(request, { image }, { status: 201, json });
};

const tierSizes: readonly number[] = [1024, 4096, 8192, 16384];

function sizeOf({ runtimeMemoryMB }: components["schemas"]["ImageManifest"]): { memoryMB?: number } {
  return runtimeMemoryMB !== undefined && tierSizes.includes(runtimeMemoryMB) ? { memoryMB: runtimeMemoryMB } : {};
}

export const listSnapshots: Handler<OpenComputerParts> = async ({ world, tenant, nowMs }) => {
  const named = (await listBuilt(world, tenant.id)).filter(({ name }) => name !== undefined);
  return { status: 200, json: named.map((record) => viewSnapshot(record, nowMs)) };
};

export const listImages: Handler<OpenComputerParts> = async ({ world, tenant, nowMs }) => ({
  status: 200,
  json: (await listBuilt(world, tenant.id)).map((record) => viewImage(record, nowMs)),
});

const refusePublishing: Handler<OpenComputerParts> = () =>
  refuse(403, "only the platform org may publish snapshots to the shared catalog", {
    rule: "snapshot-platform",
    message: "no organisation of a world is the vendor's own: publish the checkpoint that it is made from",
  });

export const publishSnapshot = refusePublishing;
export const unpublishSnapshot = refusePublishing;

export const getSnapshot: Handler<OpenComputerParts> = async ({ world, tenant, request, nowMs }) => {
  const record = await findSnapshot(world, tenant.id, request.params["name"]!);
  if (record !== undefined) return { status: 200, json: viewSnapshot(record, nowMs) };
  return refuse(404, "snapshot not found", unknown);
};

export const deleteSnapshot: Handler<OpenComputerParts> = async ({ world, tenant, request }) => {
  const name = request.params["name"]!;
  const record = await findSnapshot(world, tenant.id, name);
  if (record === undefined) return refuse(404, `snapshot "${name}" not found`, unknown);
  await changeSnapshot(world, record.id, { liveUntilMs: 0 });
  await removeCheckpoint(world, record.checkpointId);
  return { status: 204 };
};

const unknown = { rule: "snapshot-unknown", message: "no snapshot of this organisation has that name" };
