import { ContractError } from "../contract/contract-error.ts";
import { ApiError } from "./api-error.ts";
import type { RecoupSandbox, TaskRun, TaskRunStatus } from "./recoup-types.ts";

/** What came of a command or prompt in a sandbox of Recoup: its output where it ran, else why it did not. */
export type CommandResult = CommandOutput | CommandFailure;

type Outcome = {
  /** The sandbox that it ran in, as the create answered. */
  readonly sandbox: RecoupSandbox;
  /** The run as it was seen last. */
  readonly run: TaskRun;
};

/** A command that ran to its end, whatever its exit code. */
export type CommandOutput = Outcome & {
  /** It ran to its end. Whether it went well is in `exitCode`. */
  readonly status: "COMPLETED";
  /** Its exit code, 0 where it went well. */
  readonly exitCode: number;
  /** What it wrote to standard output. */
  readonly stdout: string;
  /** What it wrote to standard error. */
  readonly stderr: string;
  /** Snapshot taken afterwards, from which the account's next sandboxes start. */
  readonly snapshot: CommandSnapshot | undefined;
};

/** A snapshot taken after a command. */
export type CommandSnapshot = {
  /** Identifies the snapshot. */
  readonly id: string;
  /** When it is no longer used, as an ISO 8601 timestamp. */
  readonly expiresAt: string;
};

/** A command that did not run to its end: the run failed, crashed, timed out or was cancelled. */
export type CommandFailure = Outcome & {
  /** How the run ended. */
  readonly status: Exclude<FinalTaskRunStatus, "COMPLETED">;
  /** Why, where the server says it. */
  readonly error: TaskRun["error"];
  /** There is none: the command did not end. */
  readonly exitCode?: undefined;
};

/** Statuses of a run that has ended, well or not. */
export const finalRecoupRunStatuses = [
  "COMPLETED",
  "CANCELED",
  "FAILED",
  "CRASHED",
  "INTERRUPTED",
  "SYSTEM_FAILURE",
  "EXPIRED",
  "TIMED_OUT",
] as const satisfies readonly TaskRunStatus[];

/** How a run of Recoup that has ended stands. */
export type FinalTaskRunStatus = (typeof finalRecoupRunStatuses)[number];

/**
 * Finds the run of a create.
 *
 * @throws {@link ApiError} `INVALID_ANSWER` where the server started none, as servers that ignore `command` do
 */
export function runIdOf({ sandboxId, runId }: RecoupSandbox): string {
  if (typeof runId === "string" && runId !== "") return runId;
  const message = `sandbox ${sandboxId} was made, but no run was started in it: this server may not take commands`;
  throw new ApiError("INVALID_ANSWER", message, { operation: "createSandbox", pointer: "/sandboxes/0/runId" });
}

/** @throws {@link ContractError} `CONFIG_INVALID` where there is nothing to run */
export function assertRunnable({ command, prompt }: { readonly command?: unknown; readonly prompt?: unknown }): void {
  if ((typeof command === "string" && command !== "") || (typeof prompt === "string" && prompt !== "")) return;
  throw new ContractError("CONFIG_INVALID", "runCommand: give a command or a prompt to run. Nothing was sent");
}

/**
 * Reads what a run that has ended gave.
 *
 * @throws {@link ApiError} `INVALID_ANSWER` for output that is none of a command
 */
export function commandResultOf(sandbox: RecoupSandbox, run: TaskRun): CommandResult {
  const status = run.status as FinalTaskRunStatus;
  if (status !== "COMPLETED") return { status, error: run.error, sandbox, run };
  const { stdout, stderr, exitCode, snapshot } = (run.output ?? {}) as Partial<Record<string, unknown>>;
  if (typeof stdout !== "string" || typeof stderr !== "string" || typeof exitCode !== "number") {
    const message = `run ${run.id} is COMPLETED without the output of a command: stdout, stderr and exitCode`;
    throw new ApiError("INVALID_ANSWER", message, { operation: "listTaskRuns", pointer: "/runs/0/output" });
  }
  return { status, exitCode, stdout, stderr, snapshot: snapshot as CommandSnapshot | undefined, sandbox, run };
}
