import type { Fault, Fires } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import type { RecoupParts } from "../parts.ts";
import { runTable } from "../run.ts";

type Run = Record<string, unknown> & { readonly output?: Record<string, unknown> };

/** A fault that alters runs as they are read; undefined where a run has nothing to alter. */
const inRuns =
  (alter: (run: Run) => object | undefined): Fault<RecoupParts>["wrap"] =>
  (parts, { fires }: { readonly fires: Fires }) =>
    wrapHandlers(parts, ["listTaskRuns"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      const { runs = [] } = answer.json as { readonly runs?: readonly Run[] };
      if (runs.every((run) => alter(run) === undefined) || !fires("listTaskRuns")) return answer;
      return { ...answer, json: { ...(answer.json as object), runs: runs.map((run) => ({ ...run, ...alter(run) })) } };
    });

const isOfCommand = ({ output }: Run) => typeof output?.["stdout"] === "string";

export const streamsMerged: Fault<RecoupParts> = {
  id: "streams-merged",
  contract: "recoup",
  summary: "writes what a command says on standard error to standard output",
  shows: "create with a command that writes to both, read its run",
  wrap: inRuns((run) => {
    const { stdout, stderr, ...rest } = run.output ?? {};
    return isOfCommand(run)
      ? { output: { ...rest, stdout: `${String(stdout)}${String(stderr)}`, stderr: "" } }
      : undefined;
  }),
};

export const exitCodeLost: Fault<RecoupParts> = {
  id: "exit-code-lost",
  contract: "recoup",
  summary: "tells exit code 0 of every command",
  shows: "create with a command that fails, read its run",
  wrap: inRuns((run) => (isOfCommand(run) ? { output: { ...run.output, exitCode: 0 } } : undefined)),
};

export const runNeverEnds: Fault<RecoupParts> = {
  id: "run-never-ends",
  contract: "recoup",
  summary: "tells of every run that has ended that it executes",
  shows: "create with a command, wait for a quarter of an hour, read its run",
  wrap: inRuns(({ status, finishedAt: _finished, output: _output, ...run }) =>
    status === "COMPLETED" ? { ...run, ...still } : undefined,
  ),
};

const still = {
  ...{ status: "EXECUTING", isExecuting: true, isCompleted: false, isSuccess: false },
  ...{ finishedAt: undefined, output: undefined },
};

export const runSnapshotLost: Fault<RecoupParts> = {
  id: "run-snapshot-lost",
  contract: "recoup",
  summary: "does not set the snapshot of a run that has ended",
  shows: "create with a command, wait until its run has ended, list",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, ["listSandboxes"], (inner) => async (call, whole) => {
      const answer = await inner(call, whole);
      const { snapshot_id: id } = answer.json as { readonly snapshot_id?: string | null };
      if (typeof id !== "string" || !(await isOfRun(call.world, call.tenant.id, id)) || !fires("listSandboxes")) {
        return answer;
      }
      return { ...answer, json: { ...(answer.json as object), snapshot_id: null } };
    }),
};

const runsMax = 1_000;

async function isOfRun(world: Parameters<RecoupParts["runs"]>[0], accountId: string, id: string): Promise<boolean> {
  const runs = await world.table(runTable).list(accountId, { limit: runsMax });
  return runs.some(({ output }) => (output["snapshot"] as { readonly id: string } | undefined)?.id === id);
}
