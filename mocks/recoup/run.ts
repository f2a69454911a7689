import type { components } from "../../generated/recoup/types.ts";
import type { StoredRecord, Table } from "../kit/table.ts";
import type { TableName, Tenant, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";
import { resolveAccount } from "./credentials.ts";

/** A background run as it is stored; how far it is follows from the time. */
export type RunRecord = StoredRecord & {
  readonly taskIdentifier: "run-sandbox-command" | "setup-sandbox";
  readonly payload: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
  readonly queuedMs: number; // from creation until it executes
  readonly executingMs: number; // from then until it is complete
  readonly hasRun?: boolean; // whether its command has been run: not before a caller asks
  readonly failure?: RunFailure; // where it has not run to its end
  readonly bootsFrom?: string; // the sandbox of whose end its own one is a copy
};

/** How a run ends that does not run to its end, and why. */
export type RunFailure = {
  readonly status: "FAILED" | "TIMED_OUT";
  readonly name: string;
  readonly message: string;
};

type TaskRun = components["schemas"]["TaskRun"];

export const runTable: TableName<RunRecord> = { name: "recoup/runs" };

const queuedMsMax = 400;
const executingMsMin = 500;
const executingMsMax = 2_500;

/** Finds a run of an account that the caller reaches; undefined for any other as for one that never was. */
export async function findRun(world: World, caller: Tenant, id: string): Promise<RunRecord | undefined> {
  const run = await world.table(runTable).get(id);
  return run === undefined || "refusal" in resolveAccount(world, caller, run.tenantId) ? undefined : run;
}

/** Stores a new run of an account. Its times are drawn from the world's seed. */
export async function startRun(
  runs: Table<RunRecord>,
  { random }: World,
  nowMs: number,
  fields: Pick<RunRecord, "tenantId" | "taskIdentifier" | "payload" | "output" | "bootsFrom">,
): Promise<RunRecord> {
  const queuedMs = Math.floor(random.fraction() * queuedMsMax);
  const executingMs = executingMsMin + Math.floor(random.fraction() * (executingMsMax - executingMsMin));
  for (;;) {
    const run: RunRecord = {
      ...fields,
      id: `run_${random.hex(20)}`,
      version: 1,
      createdAtMs: nowMs,
      liveUntilMs: nowMs + queuedMs + executingMs,
      queuedMs,
      executingMs,
    };
    if ((await runs.insert(run)).kind === "inserted") return run;
  }
}

/** The snapshot that a command leaves behind when it ends at a time. */
export function snapshotOf(id: string, endedAtMs: number) {
  return { id, expiresAt: formatTime(endedAtMs + snapshotLifeMs) };
}

/** When a run ends, as far as it is known: what its command sleeps comes on top. */
export const endOf = ({ createdAtMs, queuedMs, executingMs }: RunRecord) => createdAtMs + queuedMs + executingMs;

/** How long a snapshot can be used, in milliseconds. */
export const snapshotLifeMs = 7 * 24 * 60 * 60 * 1000;

/** A run as a caller sees it at a time. A list leaves out what it was given and what came of it. */
export function viewRun(run: RunRecord, nowMs: number, whole: boolean): TaskRun {
  const startedAtMs = run.createdAtMs + run.queuedMs;
  const finishedAtMs = startedAtMs + run.executingMs;
  const { failure } = run;
  const isOver = nowMs >= finishedAtMs;
  const status = isOver ? (failure?.status ?? "COMPLETED") : nowMs < startedAtMs ? "QUEUED" : "EXECUTING";
  const changedAtMs = status === "QUEUED" ? run.createdAtMs : status === "EXECUTING" ? startedAtMs : finishedAtMs;
  return {
    id: run.id,
    status,
    taskIdentifier: run.taskIdentifier,
    createdAt: formatTime(run.createdAtMs),
    updatedAt: formatTime(changedAtMs),
    ...(status === "QUEUED" ? {} : { startedAt: formatTime(startedAtMs) }),
    ...(isOver ? { finishedAt: formatTime(finishedAtMs) } : {}),
    isTest: false,
    isQueued: status === "QUEUED",
    isExecuting: status === "EXECUTING",
    isWaiting: false,
    isCompleted: isOver,
    isSuccess: status === "COMPLETED",
    isFailed: isOver && status !== "COMPLETED",
    isCancelled: false,
    attemptCount: status === "QUEUED" ? 0 : 1,
    tags: [`account:${run.tenantId}`],
    metadata: { currentStep: stepOf(run, status), logs: [] },
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: Math.min(run.executingMs, Math.max(0, nowMs - startedAtMs)),
    ...(whole ? { payload: run.payload, ...(isOver ? cameOf(run) : {}) } : {}),
  };
}

function cameOf({ failure, output }: RunRecord): Partial<TaskRun> {
  return failure === undefined ? { output } : { error: { name: failure.name, message: failure.message } };
}

function stepOf({ taskIdentifier }: RunRecord, status: string): string {
  const known = steps[taskIdentifier];
  return status in known ? known[status as keyof typeof known] : "Failed";
}

const steps = {
  "run-sandbox-command": {
    QUEUED: "Connected to sandbox",
    EXECUTING: "Running command",
    COMPLETED: "Sandbox command completed successfully",
  },
  "setup-sandbox": {
    QUEUED: "Starting sandbox setup",
    EXECUTING: "Provisioning sandbox",
    COMPLETED: "Sandbox setup complete",
  },
} as const;
