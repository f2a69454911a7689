import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Outcome } from "../kit/exchange.ts";
import { untilTime } from "../kit/shell/shell.ts";
import { refuse } from "./answers.ts";
import { withBuildLog } from "./build-log.ts";
import { bootFrom, viewBooted } from "./fork.ts";
import { buildImage } from "./image-build.ts";
import { announce, type SandboxOrder } from "./new-sandbox.ts";
import type { OpenComputerParts } from "./parts.ts";
import type { CheckpointRecord } from "./checkpoint.ts";
import { changeSnapshot, checkpointOf, findImage, findSnapshot, keepBuilt, type SnapshotRecord } from "./snapshot.ts";

type CreateSandboxRequest = components["schemas"]["CreateSandboxRequest"];
type ImageManifest = components["schemas"]["ImageManifest"];

/**
 * Creates a sandbox from an image, which is built first, or from a snapshot.
 *
 * @param more - what the answer holds beyond what every create from a source answers
 */
export async function createFromSource(
  call: Call,
  parts: OpenComputerParts,
  order: Pick<SandboxOrder, "timeoutS" | "token" | "envs" | "tier">,
  more: object,
): Promise<Answer> {
  const { request } = call;
  const body = call.body as CreateSandboxRequest;
  const source = body.snapshot
    ? await resolveSnapshot(call, body.snapshot)
    : await resolveImage(call, body.image ?? {});
  if ("refusal" in source) return withBuildLog(request, body, source.refusal);
  const booted = await bootFrom(call, parts, source.value, order);
  if ("refusal" in booted) return booted.refusal;
  const told = await announce(call, booted.value, body.webhooks);
  return withBuildLog(request, body, { status: 201, json: { ...viewBooted(call, booted.value), ...more, ...told } });
}

async function resolveSnapshot(call: Call, name: string): Promise<Outcome<CheckpointRecord>> {
  const snapshot = await findSnapshot(call.world, call.tenant.id, name);
  if (snapshot === undefined) {
    const message = "build it first: POST /api/snapshots";
    const reason = { rule: "snapshot-unknown", message, pointer: "/snapshot" };
    return { refusal: refuse(400, `snapshot "${name}" not found`, reason) };
  }
  return { value: await use(call, snapshot) };
}

/** The checkpoint of an image, which is built where it was not. */
async function resolveImage(call: Call, image: ImageManifest): Promise<Outcome<CheckpointRecord>> {
  const { world, tenant } = call;
  const known = await findImage(world, tenant.id, { ...image });
  if (known !== undefined) return { value: await use(call, known) };
  const built = await buildImage(call, image);
  if ("value" in built) await keepBuilt(world, undefined, { ...image }, built.value);
  return built;
}

async function use({ world, nowMs }: Call, built: SnapshotRecord): Promise<CheckpointRecord> {
  await untilTime(world, built.readyAtMs);
  await changeSnapshot(world, built.id, { usedAtMs: nowMs });
  return checkpointOf(world, built);
}
