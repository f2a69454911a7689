import { alterParts, wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { always, type Differ } from "../../kit/profile.ts";
import { updateRecord } from "../../kit/table.ts";
import { refuse } from "../answers.ts";
import type { RecoupParts } from "../parts.ts";
import { type RunRecord, runTable } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";

type Difference = Differ<RecoupParts>;

export const timeoutIsTotal: Difference = (parts) => ({
  ...parts,
  viewSandbox: (record, nowMs) => ({ ...parts.viewSandbox(record, nowMs), timeout: record.timeoutMs }),
});

const snapshottingMs = 5_000;

/** The worker takes a snapshot when the command is done, and the provider stops what it takes one of. */
export const runStopsSandbox: Difference = (parts) => ({
  ...wrapHandlers(parts, ["createSandbox"], (inner) => async (call, whole) => {
    const answer = await inner(call, whole);
    const [sandbox] = (answer.json as { sandboxes?: readonly Sandbox[] }).sandboxes ?? [];
    const run = sandbox?.runId === undefined ? undefined : await whole.runs(call.world).get(sandbox.runId);
    if (run === undefined) return answer;
    await updateRecord(whole.sandboxes(call.world), sandbox!.sandboxId, (record) => ({
      ...record,
      version: record.version + 1,
      profile: { snapshotAtMs: run.liveUntilMs },
    }));
    return answer;
  }),
  viewSandbox: (record, nowMs) => {
    const view = parts.viewSandbox(record, nowMs);
    const snapshotAtMs = record.profile?.snapshotAtMs;
    if (snapshotAtMs === undefined || nowMs < snapshotAtMs || view.sandboxStatus !== "running") return view;
    const status = nowMs < snapshotAtMs + snapshottingMs ? "snapshotting" : "stopped";
    return { ...view, sandboxStatus: status as Sandbox["sandboxStatus"] };
  },
});

export const runsOfAnyone: Difference = (parts) => ({
  ...parts,
  findRun: async (world, caller, id) => (await parts.findRun(world, caller, id)) ?? world.table(runTable).get(id),
});

export const unknownRunIs500: Difference = (parts) =>
  wrapHandlers(parts, ["listTaskRuns"], (inner) => async (call, whole) => {
    const answer = await inner(call, whole);
    return answer.reason?.rule === "run-unknown" ? refuse(500, "Run not found", answer.reason) : answer;
  });

export const runsOfOwnAccount: Difference = (parts) =>
  wrapHandlers(parts, ["listTaskRuns"], (inner) => (call, whole) => {
    const query = (name: string) => (name === "account_id" ? undefined : call.request.query(name));
    return inner({ ...call, request: { ...call.request, query } }, whole);
  });

export const promptNamesItsAgent: Difference = (parts) =>
  alterParts(parts, always, ["createSandbox"], (whole, _, { body }) => ({
    ...whole,
    runs: (world) => {
      const table = whole.runs(world);
      const { prompt } = body as { prompt?: string };
      if (prompt === undefined) return table;
      const agent = { command: "openclaw", args: ["agent", "--agent", "main", "--message", prompt] };
      const insert = (run: RunRecord) => table.insert({ ...run, payload: { ...run.payload, ...agent } });
      return { ...table, insert };
    },
  }));
