import { sandboxShell, inText } from "../kit/shell/shell.ts";
import {
  changeFiles,
  FileError,
  type FileNodes,
  type FileSystemOwner,
  initialNodes,
  readNodes,
} from "../kit/shell/file-system.ts";
import { usualLimits } from "../kit/shell/limits.ts";
import type { RunResult } from "../kit/shell/messages.ts";
import { updateRecord } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { type AccountRecord, accountTable, addOutcome, filesOf, readAccount, updateAccount } from "./account.ts";
import { checkOut, findCommit } from "./checkout.ts";
import { endOf, type RunFailure, type RunRecord, runTable, snapshotOf } from "./run.ts";

type CommandPayload = {
  readonly sandboxId: string;
  readonly accountId: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
};

/** How long a run of a command may execute, in milliseconds. */
const executingMsMax = 900_000;

/** Commands under way, so that callers who ask at once run none of them twice. */
const running = new WeakMap<World, Map<string, Promise<RunRecord>>>();

/**
 * Runs the command of a run that has begun, unless that was done before: a run that no caller asks about computes nothing. What it
 * sleeps makes the run longer.
 *
 * @returns the run with what came of it, or as it is where it waits or runs no command
 */
export async function settleRun(world: World, run: RunRecord): Promise<RunRecord> {
  const { id, taskIdentifier, hasRun = false, createdAtMs, queuedMs } = run;
  if (taskIdentifier !== "run-sandbox-command" || hasRun || world.clock.now() < createdAtMs + queuedMs) return run;
  const ofWorld = running.get(world) ?? new Map<string, Promise<RunRecord>>();
  running.set(world, ofWorld);
  let settled = ofWorld.get(id);
  if (settled === undefined) {
    settled = execute(world, run).finally(() => ofWorld.delete(id));
    ofWorld.set(id, settled);
  }
  return settled;
}

const runsLookedAtMax = 100;

/** What an account has stored at a time, once the commands of its newest runs are run that may have ended by then. */
export async function readSettledAccount(
  world: World,
  accountId: string,
  nowMs: number,
): Promise<AccountRecord | undefined> {
  for (const run of (await newestRuns(world, accountId)).toReversed()) {
    if (nowMs >= endOf(run)) await settleRun(world, run);
  }
  const account = await world.table(accountTable).get(accountId);
  const ended = account?.pending.filter(({ completeAtMs }) => completeAtMs <= nowMs).length ?? 0;
  // A long list would be gone through at each read.
  if (ended > outcomesKeptMax) return updateAccount(world, accountId, nowMs, () => ({}));
  return readAccount(world, accountId, nowMs);
}

const outcomesKeptMax = 16;

/** The sandbox of whose end an account's next one is to be a copy: that of the run which has left its snapshot. */
export async function findSnapshotSource(world: World, accountId: string, nowMs: number): Promise<string | undefined> {
  const account = await readSettledAccount(world, accountId, nowMs);
  if (account === undefined || account.snapshotId === null || account.expiresAtMs! <= nowMs) return undefined;
  const source = (await newestRuns(world, accountId)).find(
    ({ output, hasRun }) =>
      hasRun === true && (output["snapshot"] as { id: string } | undefined)?.id === account.snapshotId,
  );
  return (source?.payload as CommandPayload | undefined)?.sandboxId;
}

const newestRuns = async (world: World, accountId: string) =>
  world.table(runTable).list(accountId, { limit: runsLookedAtMax });

async function execute(world: World, run: RunRecord): Promise<RunRecord> {
  const { sandboxId, accountId, command, args, cwd } = run.payload as CommandPayload;
  const owner = { world, sandboxId, tenantId: run.tenantId };
  const account = await readAccount(world, accountId, world.clock.now());
  const before = await prepareFiles(owner, run, account);
  if (before instanceof FileError) {
    return store(world, run, 0, { failure: { status: "FAILED", name: "Error", message: before.message } });
  }
  const env = { RECOUP_ACCOUNT_ID: accountId };
  const timeoutMs = executingMsMax - run.executingMs;
  const result = (await sandboxShell.run(owner, { cmd: command, args, cwd, env, timeoutMs })) as RunResult;
  const { exitCode, sleptMs } = result;
  if (exitCode === -1 && sleptMs >= timeoutMs) return store(world, run, timeoutMs, { failure: outOfTime });
  const completeAtMs = endOf(run) + sleptMs;
  const { id: snapshotId } = run.output["snapshot"] as { id: string };
  const output = {
    stdout: inText(result.stdout),
    stderr: inText(result.stderr),
    exitCode,
    snapshot: snapshotOf(snapshotId, completeAtMs),
  };
  const commit = findCommit(before, await readNodes(world, sandboxId));
  await addOutcome(world, accountId, world.clock.now(), { completeAtMs, snapshotId, ...commit });
  return store(world, run, sleptMs, { output });
}

const outOfTime: RunFailure = {
  status: "TIMED_OUT",
  name: "TaskRunError",
  message: `Run exceeded maximum compute time (maxDuration) of ${executingMsMax / 1000} seconds`,
};

/** Gives the sandbox of a run the files that it begins with: those of its snapshot, and over them the repository's. */
async function prepareFiles(
  owner: FileSystemOwner,
  { bootsFrom }: RunRecord,
  account: AccountRecord | undefined,
): Promise<FileNodes | FileError> {
  const { world, sandboxId } = owner;
  const snapshot = bootsFrom === undefined ? initialNodes : await readNodes(world, bootsFrom);
  try {
    await changeFiles(
      owner,
      () => new Map([...Object.entries(snapshot), ...checkOut(snapshot, filesOf(account?.files), world.clock.now())]),
      usualLimits,
    );
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  return readNodes(world, sandboxId);
}

async function store(world: World, run: RunRecord, moreMs: number, change: Partial<RunRecord>): Promise<RunRecord> {
  const stored = await updateRecord(world.table(runTable), run.id, (record) => ({
    ...record,
    ...change,
    version: record.version + 1,
    hasRun: true,
    executingMs: record.executingMs + moreMs,
    liveUntilMs: record.liveUntilMs + moreMs,
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
