import { sandboxShell, inText } from "../kit/shell/shell.ts";
import type { RunResult } from "../kit/shell/messages.ts";
import { type Table, updateRecord } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import type { RunRecord } from "./run.ts";

type CommandPayload = {
  readonly sandboxId: string;
  readonly accountId: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
};

const timeoutMs = 900_000; // of the task that runs commands

/** Commands under way, so that callers who ask at once run none of them twice. */
const running = new WeakMap<World, Map<string, Promise<RunRecord>>>();

/**
 * Runs the command of a run that has begun, unless that was done before: a run that no caller asks about computes nothing. What it
 * sleeps makes the run longer.
 *
 * @returns the run with what came of it, or as it is where it waits or runs no command
 */
export async function settleRun(world: World, runs: Table<RunRecord>, run: RunRecord): Promise<RunRecord> {
  const { id, taskIdentifier, hasRun = false, createdAtMs, queuedMs } = run;
  if (taskIdentifier !== "run-sandbox-command" || hasRun || world.clock.now() < createdAtMs + queuedMs) return run;
  const ofWorld = running.get(world) ?? new Map<string, Promise<RunRecord>>();
  running.set(world, ofWorld);
  let settled = ofWorld.get(id);
  if (settled === undefined) {
    settled = execute(world, runs, run).finally(() => ofWorld.delete(id));
    ofWorld.set(id, settled);
  }
  return settled;
}

async function execute(world: World, runs: Table<RunRecord>, run: RunRecord): Promise<RunRecord> {
  const { sandboxId, accountId, command, args, cwd } = run.payload as CommandPayload;
  const env = { RECOUP_ACCOUNT_ID: accountId };
  const owner = { world, sandboxId, tenantId: run.tenantId };
  const result = (await sandboxShell.run(owner, { cmd: command, args, cwd, env, timeoutMs })) as RunResult;
  const { exitCode, sleptMs } = result;
  const output = { stdout: inText(result.stdout), stderr: inText(result.stderr), exitCode };
  const stored = await updateRecord(runs, run.id, (record) => ({
    ...record,
    version: record.version + 1,
    hasRun: true,
    executingMs: record.executingMs + sleptMs,
    liveUntilMs: record.liveUntilMs + sleptMs,
    output: { ...output, ...record.output },
  }));
  return stored!;
}

/** Says how to script a program that there is not. */
export function explainUnknown({ payload, output }: RunRecord) {
  if (output["exitCode"] !== 127) return {};
  const { command } = payload as CommandPayload;
  const message = `there is no such command in this mock: script it by world.script("${command}", { stdout: "..." })`;
  return { reason: { rule: "command-unknown", message } };
}
