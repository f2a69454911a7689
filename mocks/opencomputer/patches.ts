import type { RunResult } from "../kit/shell/messages.ts";
import { superuserEnvironment } from "../kit/shell/file-system.ts";
import { inText, sandboxShell } from "../kit/shell/shell.ts";
import { updateRecord } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { checkpointTable, type PatchRecord } from "./checkpoint.ts";
import { ownerOf } from "./inside.ts";
import type { OpenComputerParts } from "./parts.ts";
import { changeSandbox, type OpenComputerSandboxRecord } from "./sandbox.ts";

/**
 * Runs the scripts of a sandbox's checkpoint that it has not had yet, in their order, up to one that fails: when it is made,
 * and when it wakes.
 */
export async function applyPatches(
  world: World,
  sandbox: OpenComputerSandboxRecord,
  parts: OpenComputerParts,
): Promise<void> {
  const { origin } = sandbox;
  const checkpoint = origin && (await world.table(checkpointTable).get(origin.checkpointId));
  const due = checkpoint?.patches.filter(({ sequence }) => sequence > origin!.patched) ?? [];
  for (const patch of due) {
    const error = await apply(world, sandbox, patch);
    await updateRecord(parts.sandboxes(world), sandbox.id, (current) => {
      const patched = error === undefined ? patch.sequence : current.origin!.patched;
      const { checkpointId } = current.origin!;
      return changeSandbox(current, { origin: { checkpointId, patched, ...(error === undefined ? {} : { error }) } });
    });
    if (error !== undefined) return;
  }
}

async function apply(
  world: World,
  sandbox: OpenComputerSandboxRecord,
  { script, sequence }: PatchRecord,
): Promise<string | undefined> {
  const command = { cmd: script, env: { ...sandbox.envs, ...superuserEnvironment }, timeoutMs };
  const { exitCode, stderr } = (await sandboxShell.run(ownerOf(world, sandbox), command)) as RunResult;
  return exitCode === 0 ? undefined : `patch ${sequence} failed: exit code ${exitCode}: ${inText(stderr).trim()}`;
}

const timeoutMs = 120_000;
