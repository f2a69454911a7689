import { isSuccess } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import { levelAt } from "../level.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, entriesOf, membersOf } from "../readings.ts";
import { insidePointer, makeCheckpoint } from "./inside.ts";
import { done, foreignLaw, sharedLaw } from "./shared-law.ts";
import type { Handle } from "./shared-law.ts";

/** What goes on for a while, and writes nothing. */
const waiting = { cmd: "sleep", args: ["60"] };
/** By then it surely goes on, in milliseconds. */
const soonMs = 30_000;
/** A checkpoint as something that is named by an id of its own, and what is asked of it. */
const checkpoint = {
  operations: ["restoreCheckpoint", "deleteCheckpoint", "createCheckpoint"],
  begin: makeCheckpoint,
  end: (id: string, checkpointId: string) => ({ operation: "deleteCheckpoint", path: { id, checkpointId } }),
} as const;
const ofCheckpoint = (id: string, checkpointId: string) => [
  { operation: "restoreCheckpoint", path: { id, checkpointId } },
  { operation: "deleteCheckpoint", path: { id, checkpointId } },
];

/** A terminal, and what is asked of it. */
const terminal = {
  begin: (run: LawRun, id: string) => idIn(run, { operation: "createPty", path: { id }, json: {} }, "sessionID"),
  end: (id: string, ptyId: string) => ({ operation: "deletePty", path: { id, ptyId } }),
} as const;
const ofTerminal = (id: string, ptyId: string): readonly ApiCall[] => [
  { operation: "resizePty", path: { id, ptyId }, json: { cols: 100, rows: 30 } },
  { operation: "deletePty", path: { id, ptyId } },
];

/** A session, and a command under way: both end the same way. */
const session = {
  begin: (run: LawRun, id: string) =>
    idIn(run, { operation: "createExecSession", path: { id }, json: waiting }, "sessionID"),
  end: (id: string, execId: string) => ({ operation: "killExecSession", path: { id, execId }, json: {} }),
} as const;
const command = {
  begin: (run: LawRun, id: string) => idIn(run, { operation: "startCommand", path: { id }, json: waiting }, "execId"),
  end: session.end,
} as const;

/** The size that a sandbox has where none is asked for. */
const size = { memoryMB: 4096 };
const readLogs = (id: string): ApiCall => ({ operation: "readSandboxLogs", path: { id }, query: { tail: "false" } });

/** A word that is printed: a caller that has it printed was let in. */
const printing = { cmd: "echo", args: ["stranger"] };

/**
 * Sessions, terminals, commands under way and checkpoints, each named by an id of its own: it is of use in its own sandbox
 * alone, and to its own organisation. So is what a sandbox has printed, and its size.
 */
export const handleLaws: readonly Law[] = [
  otherSandboxLaw({
    id: "opencomputer/kill-exec-session/other-sandbox",
    requirement: "MUST",
    statement: "end and list no session of one sandbox through the id of another",
    source: insidePointer("killExecSession", "responses", "404"),
    operations: ["killExecSession", "createExecSession", "listExecSessions"],
    ...session,
    misuses: (id, execId) => [session.end(id, execId)],
    lists: (id) => ({ operation: "listExecSessions", path: { id } }),
  }),
  otherSandboxLaw({
    id: "opencomputer/command-result/other-sandbox",
    requirement: "MUST",
    statement: "tell nothing of a command that runs in one sandbox through the id of another",
    source: insidePointer("getCommandResult", "responses", "404"),
    operations: ["getCommandResult", "startCommand", "killExecSession"],
    ...command,
    misuses: (id, execId) => [{ operation: "getCommandResult", path: { id, execId } }, command.end(id, execId)],
  }),
  otherSandboxLaw({
    id: "opencomputer/delete-pty/other-sandbox",
    requirement: "MUST",
    statement: "end and resize no terminal of one sandbox through the id of another",
    source: insidePointer("deletePty", "responses", "404"),
    operations: ["deletePty", "resizePty", "createPty"],
    ...terminal,
    misuses: ofTerminal,
  }),
  otherSandboxLaw({
    id: "opencomputer/restore-checkpoint/other-sandbox",
    requirement: levelAt(insidePointer("restoreCheckpoint")),
    statement: "restore and delete no checkpoint of one sandbox through the id of another",
    source: insidePointer("restoreCheckpoint"),
    ...checkpoint,
    misuses: ofCheckpoint,
  }),
  foreignLaw({
    id: "opencomputer/create-exec-session/foreign",
    statement: "start, list and end no session and no command in another organisation's sandbox",
    source: insidePointer("createExecSession", "responses", "404"),
    operations: ["createExecSession", "listExecSessions", "killExecSession", "startCommand"],
    begin: (run, id) => idIn(run, { operation: "createExecSession", path: { id }, json: printing }, "sessionID"),
    asked: (id, execId) => [
      { operation: "listExecSessions", path: { id } },
      { operation: "createExecSession", path: { id }, json: printing },
      { operation: "startCommand", path: { id }, json: printing },
      { operation: "killExecSession", path: { id, execId }, json: {} },
    ],
  }),
  foreignLaw({
    id: "opencomputer/create-pty/foreign",
    statement: "open, resize and end no terminal in another organisation's sandbox",
    source: insidePointer("createPty", "responses", "404"),
    operations: ["createPty", "resizePty", "deletePty"],
    ...terminal,
    asked: (id, ptyId) => [{ operation: "createPty", path: { id }, json: {} }, ...ofTerminal(id, ptyId)],
  }),
  foreignLaw({
    id: "opencomputer/set-limits/foreign",
    statement: "scale and restart no sandbox of another organisation",
    source: insidePointer("setLimits", "responses", "404"),
    operations: ["setLimits", "scaleSandbox", "rebootSandbox"],
    begin: (run, id) => done(run, { operation: "setLimits", path: { id }, json: size }),
    asked: (id) => [
      { operation: "setLimits", path: { id }, json: size },
      { operation: "scaleSandbox", path: { id }, json: size },
      { operation: "rebootSandbox", path: { id } },
    ],
  }),
  foreignLaw({
    id: "opencomputer/logs/foreign",
    statement: "tell nothing that another organisation's sandbox has printed, and make no credential for it",
    source: insidePointer("readSandboxLogs", "responses", "404"),
    operations: ["readSandboxLogs", "refreshSandboxToken"],
    begin: (run, id) => done(run, readLogs(id)),
    asked: (id) => [readLogs(id), { operation: "refreshSandboxToken", path: { id } }],
  }),
  foreignLaw({
    id: "opencomputer/restore-checkpoint/foreign",
    statement: "restore and delete no checkpoint of another organisation's sandbox",
    source: insidePointer("restoreCheckpoint", "responses", "404"),
    ...checkpoint,
    asked: ofCheckpoint,
  }),
  endsAloneLaw({
    id: "opencomputer/kill-exec-session/others-stay",
    statement: "end one session of a sandbox, and leave the others running",
    source: insidePointer("killExecSession"),
    operations: ["killExecSession", "createExecSession", "listExecSessions"],
    ...session,
    look: (id) => ({ operation: "listExecSessions", path: { id } }),
    // What has ended well by itself was not ended by a kill.
    isThere: (exchange, other) =>
      entriesOf(exchange).some(
        ({ sessionID, running, exitCode }) => sessionID === other && (running !== false || exitCode === 0),
      ),
  }),
  endsAloneLaw({
    id: "opencomputer/command-result/others-stay",
    statement: "end one command that runs in a sandbox, and leave the others running",
    source: insidePointer("startCommand"),
    operations: ["getCommandResult", "startCommand", "killExecSession"],
    ...command,
    look: (id, execId) => ({ operation: "getCommandResult", path: { id, execId } }),
    isThere: (exchange) => membersOf(exchange)["running"] === true,
  }),
  endsAloneLaw({
    id: "opencomputer/delete-pty/others-stay",
    statement: "close one terminal of a sandbox, and leave the others open",
    source: insidePointer("deletePty"),
    operations: ["deletePty", "createPty", "resizePty"],
    ...terminal,
    look: (id, ptyId) => ofTerminal(id, ptyId)[0]!,
  }),
  endsAloneLaw({
    id: "opencomputer/delete-checkpoint/others-stay",
    statement: "delete one checkpoint of a sandbox, and leave the others",
    source: insidePointer("deleteCheckpoint"),
    begin: makeCheckpoint,
    end: checkpoint.end,
    operations: ["deleteCheckpoint", "createCheckpoint", "listCheckpoints"],
    look: (id) => ({ operation: "listCheckpoints", path: { id } }),
    isThere: (exchange, other) => entriesOf(exchange).some(({ id }) => id === other),
  }),
];

/** A law about what else of its kind is in a sandbox when one thing ends: nothing else ends with it. */
function endsAloneLaw({
  begin,
  end,
  look,
  isThere = () => true,
  ...law
}: Pick<Law, "id" | "statement" | "source" | "operations"> &
  Pick<Required<Handle>, "end"> & {
    /** Makes the first of them, or the next. */
    readonly begin: (run: LawRun, id: string, at: number) => Promise<string>;
    /** What shows whether the other one is there: it succeeds, and its answer says so. */
    readonly look: (id: string, other: string) => ApiCall;
    readonly isThere?: (exchange: Exchange, other: string) => boolean;
  }): Law {
  return sharedLaw({
    ...law,
    requirement: levelAt(law.source),
    check: async (run, id) => {
      const begunMs = run.time.now();
      const [before, ended, after] = [await begin(run, id, 0), await begin(run, id, 1), await begin(run, id, 2)];
      const others = [before, after];
      try {
        needsSuccess(await run.send(end(id, ended)));
        for (const other of others) {
          const exchange = await run.send(look(id, other));
          if (isSuccess(exchange) && isThere(exchange, other)) continue;
          needs(run.time.now() - begunMs <= soonMs, "what goes on for a minute, before that is over");
          return { reason: `another one of its kind was ended, and with it this one: ${answered(exchange)}`, exchange };
        }
        return undefined;
      } finally {
        for (const other of others) await run.send(end(id, other));
      }
    },
  });
}

/** A law about what is tried with a handle of one sandbox through the id of another. */
function otherSandboxLaw({
  begin,
  misuses,
  lists,
  end,
  ...law
}: Pick<Law, "id" | "requirement" | "statement" | "source" | "operations"> &
  Handle & {
    readonly misuses: (otherId: string, handle: string) => readonly ApiCall[];
    readonly lists?: (otherId: string) => ApiCall;
  }): Law {
  const misuse = async (run: LawRun, otherId: string, handle: string) => {
    for (const call of misuses(otherId, handle)) {
      const exchange = await run.send(call);
      if (isSuccess(exchange)) return { reason: `${answered(exchange)}, with an id of another sandbox`, exchange };
    }
    const listed = lists === undefined ? undefined : await run.send(lists(otherId));
    if (listed === undefined || !isSuccess(listed) || !listed.response.body.includes(handle)) return undefined;
    return { reason: `${answered(listed)}, with what another sandbox has`, exchange: listed };
  };
  return {
    ...law,
    needs: ["memory"],
    sandboxes: { ...noSandboxes, shared: 2 },
    check: async (run) => {
      const [id, otherId] = [await run.sharedSandbox(0), await run.sharedSandbox(1)];
      const handle = await begin(run, id);
      try {
        return await misuse(run, otherId, handle);
      } finally {
        if (end !== undefined) await run.send(end(id, handle));
      }
    },
  };
}

/** The id that an answer names for what it has made. */
async function idIn(run: LawRun, call: ApiCall, member: string): Promise<string> {
  const made: Exchange = await run.send(call);
  needsSuccess(made);
  const id = membersOf(made)[member];
  needs(typeof id === "string" && id !== "", `${member} of ${call.operation}`);
  return id;
}
