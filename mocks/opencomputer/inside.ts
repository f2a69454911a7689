import type { Answer, Call, Outcome } from "../kit/exchange.ts";
import { dropFiles, type FileSystemOwner } from "../kit/shell/file-system.ts";
import { updateRecord } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { refuseStopped, refuseUnknown } from "./answers.ts";
import { endCommands } from "./commands.ts";
import { decideOnSandbox, type OpenComputerParts } from "./parts.ts";
import { changeSandbox, type OpenComputerSandboxRecord } from "./sandbox.ts";

/** Lets a call into the sandbox that its path names: that is activity, and wakes one that hibernates. */
export async function enter(call: Call, parts: OpenComputerParts): Promise<Outcome<OpenComputerSandboxRecord>> {
  let slept = false;
  const entered = await decideOnSandbox(call, parts, ({ id }, state) => {
    slept = state === "hibernated";
    return state === "stopped"
      ? { refusal: refuseStopped(id) }
      : { change: { phase: "running", activeAtMs: call.nowMs } };
  });
  if (slept && "value" in entered) await awaken(call.world, entered.value, parts);
  return entered;
}

/** Does what is due in a sandbox that has just woken. Most were made from no checkpoint, and have nothing to do. */
export async function awaken(
  world: World,
  sandbox: OpenComputerSandboxRecord,
  parts: OpenComputerParts,
): Promise<void> {
  if (sandbox.origin === undefined) return;
  const { applyPatches } = await import("./patches.ts");
  await applyPatches(world, sandbox, parts);
}

/** The same for a sandbox that a signed URL names: the URL itself says that its holder may. */
export async function enterRecord(
  world: World,
  id: string,
  nowMs: number,
  parts: OpenComputerParts,
): Promise<Outcome<OpenComputerSandboxRecord>> {
  let refusal: Answer | undefined;
  let slept = false;
  const entered = await updateRecord(parts.sandboxes(world), id, (record) => {
    const state = parts.stateAt(record, nowMs);
    slept = state === "hibernated";
    refusal = state === "stopped" ? refuseStopped(id) : undefined;
    return refusal === undefined ? changeSandbox(record, { phase: "running", activeAtMs: nowMs }) : record;
  });
  if (entered === undefined) return { refusal: refuseUnknown() };
  if (slept) await awaken(world, entered, parts);
  return refusal === undefined ? { value: entered } : { refusal };
}

/** Whose files they are. */
export function ownerOf(world: World, { id, tenantId }: OpenComputerSandboxRecord): FileSystemOwner {
  return { world, sandboxId: id, tenantId };
}

/** Notes that something goes on in a sandbox; one that was stopped or hibernates meanwhile stays as it is. */
export async function noteActivity(world: World, id: string, parts: OpenComputerParts): Promise<void> {
  const activeAtMs = world.clock.now();
  await updateRecord(parts.sandboxes(world), id, (record) =>
    parts.stateAt(record, activeAtMs) === "running" && record.activeAtMs < activeAtMs
      ? changeSandbox(record, { activeAtMs })
      : record,
  );
}

/** Ends all that runs in a sandbox that is no more, and forgets its files. */
export async function endInside(world: World, id: string): Promise<void> {
  endCommands(world, id);
  await dropFiles(world, id);
}
