import { createHash } from "node:crypto";
import { posix } from "node:path";
import { operations } from "../../../generated/opencomputer/operations.ts";
import { commandsOf, printingCommands } from "../../kit/law/command-line.ts";
import type { ProgramCall } from "../../kit/law/contract.ts";
import { parseJson } from "../../kit/law/exchange.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ClauseId } from "./clauses.ts";
import type { KnownFile, SandboxState } from "./sandbox-state.ts";
import { passTime, run } from "./sandbox-state.ts";
import { outcome, wrong } from "./wrong.ts";

/** What the operations inside a sandbox do to its files. Each is activity, and wakes a sandbox that hibernates. */
const inside = {
  runCommand: "any",
  startCommand: "any",
  createExecSession: "any",
  createPty: "any",
  killExecSession: "none",
  deletePty: "none",
  getCommandResult: "none",
  listFiles: "none",
  makeDirectory: "none",
  readFile: "read",
  downloadFile: "read",
  writeFile: "write",
  uploadFile: "write",
  deleteFile: "delete",
} as const;

/** Operations inside a sandbox that the model knows. */
type InsideOperation = keyof typeof inside;

export function isInside(operation: string): operation is InsideOperation {
  return Object.hasOwn(inside, operation);
}

/** They need no key: a signature is in their address. */
const signed: readonly InsideOperation[] = ["downloadFile", "uploadFile"];

/** Whether an operation inside a sandbox was carried out for a caller who is known to have no key. */
export function actsForAnyone({ operation, isAnonymous = false, response }: ObservedExchange): boolean {
  if (!isInside(operation) || signed.includes(operation) || !isAnonymous) return false;
  return response !== undefined && response.status < 300;
}

/** An operation inside a sandbox: whose it is, in which state, and what it shows of the files. */
export function stepInside(state: SandboxState, at: StepContext): readonly StepOutcome<SandboxState>[] {
  const { actor, response } = at.exchange;
  const operation = at.exchange.operation as InsideOperation;
  const now = passTime(state, at.span);
  if (isUncertain(at.exchange)) return now.flatMap((each) => mayAct(forget(each), at));
  if (response!.status >= 300) return now.flatMap((each) => mayAct(each, at));
  if (state.owner !== undefined && actor !== undefined && state.owner !== actor) {
    const reason = `${operation} in another organisation's sandbox was answered ${response!.status}`;
    return now.map((each) =>
      outcome(act(forget(each), at).next, wrong(foreignClauses[operation] ?? "inside/foreign", reason)),
    );
  }
  return now.map((each) => {
    const owned = actor === undefined ? each : { ...each, owner: actor };
    if (each.status === "running" || each.status === "hibernated") return act(owned, at);
    const which = each.status === "absent" ? "that never was" : `that is ${each.status}`;
    return outcome(
      owned,
      wrong("inside/when-stopped", `${operation} in a sandbox ${which} was answered ${response!.status}`),
    );
  });
}

const foreignClauses: Partial<Record<InsideOperation, ClauseId>> = {
  runCommand: "run-command/foreign",
  readFile: "read-file/foreign",
};

/** A request that the model does not know: it may be activity, and what no contract knows may do anything inside. */
export function stepOther(state: SandboxState, at: StepContext): readonly StepOutcome<SandboxState>[] {
  const { operation } = at.exchange;
  if (!Object.hasOwn(operations, operation)) return mayAct({ ...forget(state), hasPrograms: true }, at);
  if (operation === "listExecSessions" || operation === "resizePty") return mayAct(state, at);
  return mayAct(state, at).slice(0, 1);
}

/** What was refused, or failed, may have been activity all the same. */
function mayAct(state: SandboxState, { span }: StepContext): readonly StepOutcome<SandboxState>[] {
  if (state.status === "hibernated") return [outcome(state), outcome(run(state, span, "inside"))];
  return [outcome(state.active === undefined ? state : { ...state, active: { ...state.active, toMs: span.toMs } })];
}

function act(state: SandboxState, { exchange, span }: StepContext): StepOutcome<SandboxState> {
  const awake = state.status === "stopped" || state.status === "absent" ? state : run(state, span, "inside");
  const operation = exchange.operation as InsideOperation;
  const does = inside[operation];
  if (does === "none") return outcome(awake);
  if (does === "any") return outcome(prints(exchange) ? awake : { ...forget(awake), hasPrograms: true });
  const path = pathOf(exchange);
  const { files = {} } = awake;
  if (path === undefined || awake.hasPrograms === true) return outcome(awake);
  if (does === "read") return readFile(awake, path, exchange);
  const kept = Object.entries(files).filter(([name]) => name !== path && !name.startsWith(`${path}/`));
  const hash = does === "write" ? hashOf(exchange.request) : undefined;
  const written: [string, KnownFile][] = hash === undefined ? [] : [[path, { hash, since: "write" }]];
  return outcome({ ...awake, files: Object.fromEntries([...kept.slice(-(filesMax - 1)), ...written]) });
}

/** So many files of a sandbox are remembered, the last ones. */
const filesMax = 32;

function readFile(state: SandboxState, path: string, { response }: ObservedExchange): StepOutcome<SandboxState> {
  const known = state.files?.[path];
  const hash = hashOf(response!);
  if (known === undefined || hash === undefined || known.hash === hash) return outcome(state);
  const reason = `${path} is not what ${known.since === "restore" ? "the checkpoint has" : "was written"}`;
  return outcome(forget(state), wrong(fileClauses[known.since], reason));
}

const fileClauses = {
  write: "write-file/read-back",
  sleep: "read-file/kept-until-kill",
  restore: "restore-checkpoint/files-back",
} as const satisfies Record<KnownFile["since"], ClauseId>;

const forget = ({ files: _, ...rest }: SandboxState): SandboxState => rest;

/** A checkpoint that was made of a sandbox, or given back to it. */
export function stepCheckpoint(state: SandboxState, { exchange }: StepContext): StepOutcome<SandboxState> {
  const { operation, response, path } = exchange;
  if (isUncertain(exchange)) return outcome(operation === "restoreCheckpoint" ? forget(state) : state);
  if (response!.status >= 300) return outcome(state);
  const { checkpoints = {}, files = {} } = state;
  if (operation === "createCheckpoint") {
    const id = isObject(response!.json) ? response!.json["id"] : undefined;
    if (typeof id !== "string" || state.hasPrograms === true) return outcome(state);
    const kept = Object.entries(checkpoints).slice(-(checkpointsMax - 1));
    return outcome({ ...state, checkpoints: { ...Object.fromEntries(kept), [id]: files } });
  }
  const back = Object.entries(checkpoints[path["checkpointId"] ?? ""] ?? {});
  const restored = back.map(([name, { hash }]): [string, KnownFile] => [name, { hash, since: "restore" }]);
  return outcome(state.hasPrograms === true ? state : { ...state, files: Object.fromEntries(restored) });
}

const checkpointsMax = 8;

/** Operations that run a program of the caller's choice. */
const programs: readonly string[] = ["runCommand", "startCommand", "createExecSession"];

/** The commands that a call runs. A terminal may be told any; a call that names no command runs none. */
export function commandsIn({ operation, json }: ProgramCall): readonly string[] {
  if (operation === "createPty") return [operation];
  if (!programs.includes(operation) || !isObject(json) || typeof json["cmd"] !== "string") return [];
  const { cmd, args } = json;
  if (args === undefined || args === null) return commandsOf(cmd);
  // A server that reads what is no text as one runs no other program.
  const words = (Array.isArray(args) ? args : [args]).map(String);
  const isPlain = words.every((word) => /^[\w.,:=-]+$/.test(word));
  return isPlain ? commandsOf([cmd, ...words].join(" ")) : [JSON.stringify([cmd, args])];
}

/** Programs write as they like, and long after they were started. What only prints and ends does neither. */
function prints({ operation, request }: ObservedExchange): boolean {
  if (operation !== "runCommand") return false;
  const commands = commandsIn({ operation, json: parseJson(request.body ?? "") });
  return commands.length > 0 && commands.every((name) => printingCommands.includes(name));
}

/** The file that a request names, from the root. */
function pathOf({ request }: ObservedExchange): string | undefined {
  const sent = URL.parse(request.url)?.searchParams.get("path") ?? "";
  return sent === "" ? undefined : posix.resolve("/home/sandbox", sent);
}

const bytesMax = 1_048_576;

/** What was sent or answered; undefined where a recording does not tell it whole, or not byte for byte. */
function hashOf({ headers, body = "" }: Exchange["request"] | Exchange["response"]): string | undefined {
  const told = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-length")?.[1];
  const bytes = Buffer.byteLength(body);
  if (bytes > bytesMax || body.includes("\uFFFD") || (told ?? String(bytes)) !== String(bytes)) return undefined;
  if (bytes === 0 && told === undefined) return undefined;
  return createHash("sha256").update(body).digest("base64");
}
