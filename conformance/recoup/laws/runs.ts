import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { needs } from "../../kit/law/precondition.ts";
import { ask, harmlessCommand, list, listRuns, runIdIn, startRun } from "../readings.ts";
import { laterLaw, sandboxesOf, showing } from "../../kit/law/families/scenario.ts";
import { newRun, promptedSandbox, sharedRun } from "../shared.ts";
import { pointer } from "../operations.ts";

const runId = "#/components/schemas/Sandbox/properties/runId";
const lifecycle = document.components.schemas.TaskRun["x-lifecycle"];
const initial: readonly unknown[] = lifecycle.initial;
const final: readonly unknown[] = lifecycle.final;

/** When a run is looked at, in milliseconds after its start. */
const looksMs = [300, 1_000, 3_000] as const;
/** By when a run is listed for its account, in milliseconds: the account's tag comes from inside the run. */
const tagMsMax = 10_000;
/** What the vendor gives a command, in milliseconds. */
const commandMsMax = document.components.schemas.TaskRun["x-time-limit"].max;

const head = {
  operations: ["listTaskRuns", "createSandbox"],
  sandboxes: { ...noSandboxes, creates: 1 },
} as const;

/** Runs: when there is one, and what becomes of it. */
export const runs: readonly Law[] = [
  {
    ...head,
    id: "recoup/create/run-id-with-command",
    requirement: "MUST",
    statement: "name a run in the answer to a create with a command",
    source: runId,
    operations: ["createSandbox"],
    needs: [],
    check: showing((run) => run.create(harmlessCommand)),
  },
  {
    ...head,
    id: "recoup/create/run-id-with-prompt",
    requirement: "SHOULD", // the seed speaks of commands alone
    statement: "name a run in the answer to a create with a prompt",
    source: `${runId}/x-present-if-request-has`,
    operations: ["createSandbox"],
    needs: [],
    sandboxes: sandboxesOf(promptedSandbox),
    check: showing((run) => run.play(promptedSandbox)),
  },
  {
    ...head,
    // A run that its caller cannot find cannot be watched, and costs what it costs.
    id: "recoup/list-runs/prompt-run-exists",
    requirement: "MUST",
    statement: "answer with the run that a create with a prompt has named when it is asked for by runId",
    source: runId,
    needs: ["memory"],
    sandboxes: sandboxesOf(promptedSandbox),
    check: async (run) => {
      const { exchange: created } = (await run.play(promptedSandbox)).record;
      const id = runIdIn(created);
      needs(typeof id === "string", "a run that a prompt started");
      return judgeRunExists(run, id);
    },
  },
  {
    ...head,
    id: "recoup/create/no-run-id",
    requirement: "MUST",
    statement: "name no run in the answer to a create without a command or prompt",
    source: runId,
    operations: ["createSandbox"],
    needs: [],
    check: async (run) => {
      const { exchange } = await run.create({ args: ["a"] });
      const id = runIdIn(exchange);
      if (id === undefined) return undefined;
      return { reason: `a create that runs nothing names the run ${JSON.stringify(id)}`, exchange };
    },
  },
  {
    id: "recoup/list/no-run-id",
    requirement: "MAY",
    statement: "name no runs in a list of sandboxes",
    source: pointer("listSandboxes", "description"),
    operations: ["listSandboxes", "createSandbox"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 1 },
    check: showing(async (run) => {
      await run.sharedSandbox();
      await list(run);
    }),
  },
  {
    ...head,
    id: "recoup/list-runs/run-exists",
    requirement: "MUST",
    statement: "answer with the run that a create has named, and no other, when it is asked for by runId",
    source: pointer("listTaskRuns", "parameters", "0"),
    needs: [],
    sandboxes: sandboxesOf(sharedRun),
    check: async (run) => {
      const { runId: id } = (await run.play(sharedRun)).record;
      return judgeRunExists(run, id);
    },
  },
  laterLaw({
    id: "recoup/list-runs/run-listed",
    requirement: "SHOULD",
    statement: "list the run that a create has named among the runs of the account",
    source: pointer("listTaskRuns", "responses", "200"),
    operations: head.operations,
    scenario: newRun,
    afterMs: tagMsMax,
    look: async (run, { runId: id }) => {
      const { exchange, runs: listed } = await listRuns(run, { query: { limit: "100" } });
      if (listed.some((entry) => entry["id"] === id)) return undefined;
      needsBegun((await listRuns(run, { query: { runId: id } })).runs[0]?.["status"], tagMsMax);
      return { reason: `${id} is not among the runs of its account`, exchange };
    },
  }),
  {
    id: "recoup/list-runs/unknown-run",
    requirement: "SHOULD",
    statement: "answer the reading of a run that never was with 404",
    source: pointer("listTaskRuns", "responses", "404"),
    operations: ["listTaskRuns"],
    needs: ["memory"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const exchange = await ask(run, { operation: "listTaskRuns", query: { runId: `run_${run.absentId()}` } });
      const { status } = exchange.response;
      return status === 404 ? undefined : { reason: `a run that never was is answered ${status}, not 404`, exchange };
    },
  },
  {
    ...head,
    id: "recoup/list-runs/limit-kept",
    requirement: "SHOULD",
    statement: "list no more runs than the limit asks for",
    source: pointer("listTaskRuns", "parameters", "1"),
    needs: [],
    sandboxes: { ...sandboxesOf(sharedRun), fresh: 1 },
    check: showing(async (run) => {
      await run.play(sharedRun);
      await startRun(run);
      await listRuns(run, { query: { limit: "1" } });
    }),
  },
  {
    ...head,
    id: "recoup/list-runs/legal-transitions",
    requirement: "MAY",
    statement: "take a run from waiting to its end, and leave it there",
    source: "#/components/schemas/TaskRun/x-lifecycle",
    needs: ["waiting"],
    sandboxes: sandboxesOf(newRun),
    waitsMs: looksMs.at(-1)!,
    check: async (run) => {
      const { record: value, atMs } = await run.play(newRun);
      const { runId: id } = value;
      let before: unknown;
      return looksMs.map((afterMs) => ({
        untilMs: atMs + afterMs,
        judge: async () => {
          const { exchange, runs: listed } = await listRuns(run, { query: { runId: id } });
          const [from, to] = [before, listed[0]?.["status"]];
          before = to;
          const isBack = rankOf(to) < rankOf(from) || (final.includes(from) && to !== from);
          return isBack ? { reason: `the run was ${String(from)}, and then ${String(to)}`, exchange } : undefined;
        },
      }));
    },
  },
  laterLaw({
    id: "recoup/list-runs/run-ends",
    requirement: "MAY", // how long a run may take was seen, and stands nowhere
    statement: `end the run of a command within ${commandMsMax / 60_000} minutes`,
    source: "#/components/schemas/TaskRun/x-lifecycle/final",
    operations: head.operations,
    scenario: newRun,
    afterMs: commandMsMax,
    look: async (run, { runId: id }) => {
      const { exchange, runs: listed } = await listRuns(run, { query: { runId: id } });
      const status = listed[0]?.["status"];
      if (final.includes(status)) return undefined;
      needsBegun(status, commandMsMax);
      return { reason: `the run is ${String(status)} after ${commandMsMax / 60_000} minutes`, exchange };
    },
  }),
];

/** 0: before its first attempt; 1: from then on; 2: over. */
function rankOf(status: unknown): number {
  if (status === undefined || initial.includes(status)) return 0;
  return final.includes(status) ? 2 : 1;
}

async function judgeRunExists(run: LawRun, id: string): Promise<Breach | undefined> {
  const exchange = await ask(run, { operation: "listTaskRuns", query: { runId: id } });
  const { status } = exchange.response;
  if (status === 404) return { reason: `a create has named ${id}, yet asking for it is answered 404`, exchange };
  const ids = (await listRuns(run, { query: { runId: id } })).runs.map((entry) => entry["id"]);
  if (ids.length === 1 && ids[0] === id) return undefined;
  return { reason: `asking for ${id} lists [${ids.join(", ")}]`, exchange };
}

/** What a run does is not known before it begins: the target has no worker for it so far. */
function needsBegun(status: unknown, waitedMs: number): void {
  needs(!initial.includes(status), `a run that has begun within ${waitedMs / 1000} s`);
}
