import type { Call } from "../../kit/exchange.ts";
import type { Fault } from "../../kit/fault.ts";
import { wrapHandlers } from "../../kit/faults/alter-parts.ts";
import { updateRecord } from "../../kit/table.ts";
import { checkpointTable } from "../checkpoint.ts";
import { commandsOf } from "../commands.ts";
import type { OpenComputerParts } from "../parts.ts";
import { changeSandbox, sandboxTable } from "../sandbox.ts";
import { asOwner, ownerOfSandbox, whereRefused } from "./kept.ts";

type Inside = Fault<OpenComputerParts>;

const contract = "opencomputer";

/** Carries an operation out in the sandbox that a handle belongs to, whichever one the path names. */
const inItsSandbox =
  (operations: readonly string[], rule: RegExp, sandboxOf: (call: Call) => Promise<string | undefined>) =>
  (...args: Parameters<Inside["wrap"]>) =>
    whereRefused(operations, rule, async (call, whole, inner) => {
      const id = await sandboxOf(call);
      const params = { ...call.request.params, ...(id === undefined ? {} : { id }) };
      return inner({ ...call, request: { ...call.request, params } }, whole);
    })(...args);

const sandboxOfCommand = ({ world, request }: Call) => {
  const { sessions, started } = commandsOf(world);
  const execId = request.params["execId"]!;
  return Promise.resolve((sessions.get(execId) ?? started.get(execId))?.sandboxId);
};

export const sessionOfAnySandbox: Inside = {
  id: "session-of-any-sandbox",
  contract,
  summary: "ends a session through the id of a sandbox that it does not belong to",
  shows: "create two sandboxes, start a session in one, kill it through the other's id",
  wrap: inItsSandbox(["killExecSession"], /^command-unknown-id$/, (call) =>
    commandsOf(call.world).sessions.has(call.request.params["execId"]!)
      ? sandboxOfCommand(call)
      : Promise.resolve(undefined),
  ),
};

export const resultOfAnySandbox: Inside = {
  id: "result-of-any-sandbox",
  contract,
  summary: "tells what a command came to through the id of a sandbox that it does not run in",
  shows: "create two sandboxes, start a command in one, ask for its result through the other's id",
  wrap: inItsSandbox(["getCommandResult"], /^command-unknown-id$/, sandboxOfCommand),
};

export const terminalOfAnySandbox: Inside = {
  id: "terminal-of-any-sandbox",
  contract,
  summary: "ends and resizes a terminal through the id of a sandbox that it does not belong to",
  shows: "create two sandboxes, open a terminal in one, delete it through the other's id",
  wrap: inItsSandbox(["deletePty", "resizePty"], /^terminal-unknown$/, ({ world, request }) =>
    Promise.resolve(commandsOf(world).terminals.get(request.params["ptyId"]!)?.sandboxId),
  ),
};

export const checkpointOfAnySandbox: Inside = {
  id: "checkpoint-of-any-sandbox",
  contract,
  summary: "deletes a checkpoint through the id of a sandbox that it was not made of",
  shows: "create two sandboxes, checkpoint one, delete the checkpoint through the other's id",
  wrap: inItsSandbox(
    ["deleteCheckpoint"],
    /^checkpoint-/,
    async ({ world, request }) => (await world.table(checkpointTable).get(request.params["checkpointId"]!))?.sandboxId,
  ),
};

const insideOperations = [
  ...["writeFile", "listFiles", "makeDirectory", "deleteFile"],
  ...["createExecSession", "listExecSessions", "killExecSession", "startCommand"],
  ...["createPty", "resizePty", "deletePty"],
  ...["setLimits", "readSandboxLogs", "refreshSandboxToken"],
  ...["restoreCheckpoint", "deleteCheckpoint"],
];

export const strangersInside: Inside = {
  id: "other-tenant-can-act-inside",
  contract,
  summary: "lets an organisation write files, start sessions and terminals, and more in another's sandbox",
  shows: "create as one organisation, write a file in it as the other",
  wrap: whereRefused(insideOperations, /^sandbox-unknown$/, async (call, whole, inner) =>
    inner(asOwner(call, await ownerOfSandbox(call)), whole),
  ),
};

const active = ["runCommand", "startCommand", "createExecSession", "createPty", "readFile", "writeFile", "listFiles"];

export const insideIsNoActivity: Inside = {
  id: "inside-is-no-activity",
  contract,
  summary: "does not let commands, files and terminals put the idle timeout off",
  shows: "create with a short timeout, run a command again and again, get",
  wrap: (parts, { fires }) =>
    wrapHandlers(parts, active, (inner) => async (call, whole) => {
      const table = call.world.table(sandboxTable);
      const id = call.request.params["id"]!;
      const before = await table.get(id);
      const wasRunning = before !== undefined && parts.stateAt(before, call.nowMs) === "running";
      const answer = await inner(call, whole);
      if (!wasRunning || answer.status >= 300 || !fires(call.operation.id)) return answer;
      await updateRecord(table, id, (record) => changeSandbox(record, { activeAtMs: before.activeAtMs }));
      return answer;
    }),
};
