import type { components } from "../../generated/opencomputer/types.ts";
import { systemSleep } from "../../src/contract/clock.ts";
import type { Answer, Call, Handler } from "../kit/exchange.ts";
import { untilTime } from "../kit/shell/shell.ts";
import { neverMs } from "../kit/table.ts";
import { formatSecond, refuse } from "./answers.ts";
import {
  type CommandRequest,
  commandsOf,
  explainUnknown,
  lineOf,
  openPorts,
  outOfTime,
  runToEnd,
  type StartedCommand,
  toCommand,
  viewResult,
} from "./commands.ts";
import { startSession, viewSession } from "./exec-session.ts";
import { enter, noteActivity, ownerOf } from "./inside.ts";
import type { OpenComputerParts } from "./parts.ts";

type Schemas = components["schemas"];

const defaultTimeoutS = 60;
const inlineMs = 400;
const pollMs = 500;

export const runCommand: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const request = call.body as CommandRequest;
  const command = toCommand(entered.value, { ...request, timeout: request.timeout || defaultTimeoutS });
  const result = await runToEnd(ownerOf(call.world, entered.value), command);
  const { world, nowMs } = call;
  const servesUntilMs = nowMs + command.timeoutMs!;
  const isServing = openPorts(world, entered.value.id, { ...result, line: lineOf(request) }, () => {
    return world.clock.now() < servesUntilMs;
  });
  const ended = isServing ? outOfTime(result, command.timeoutMs!) : result;
  await untilTime(world, nowMs + ended.sleptMs);
  await noteActivity(call.world, entered.value.id, parts);
  return { status: 200, json: viewResult(ended), ...explainUnknown(ended) };
};

export const startCommand: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const { world, nowMs } = call;
  const { id: sandboxId } = entered.value;
  const id = world.random.hex(8);
  const stop = new AbortController();
  const started: StartedCommand = { id, sandboxId, startedAtMs: nowMs, stop, result: undefined, endedAtMs: neverMs };
  const command = toCommand(entered.value, call.body as CommandRequest);
  const line = lineOf(call.body as CommandRequest);
  const end = runToEnd(ownerOf(world, entered.value), command, stop.signal).then(async (result) => {
    const untilMs = command.timeoutMs === undefined ? neverMs : nowMs + command.timeoutMs;
    const isRunning = () => !stop.signal.aborted && world.clock.now() < untilMs;
    const isServing = openPorts(world, sandboxId, { ...result, line }, isRunning);
    started.result = isServing ? outOfTime(result, command.timeoutMs ?? 0) : result;
    started.endedAtMs = isServing ? untilMs : nowMs + result.sleptMs;
    if (isServing) stop.signal.addEventListener("abort", () => (started.endedAtMs = world.clock.now()));
    await noteActivity(world, sandboxId, parts);
  });
  await Promise.race([end, systemSleep(inlineMs)]);
  const { result } = started;
  if (result !== undefined && started.endedAtMs <= nowMs + inlineMs) {
    return { status: 200, json: viewResult(result), ...explainUnknown(result) };
  }
  end.catch(() => {}); // what fails is told by the result
  commandsOf(world).started.set(id, started);
  return { status: 202, json: { execId: id, running: true, startedAt: formatSecond(nowMs) } };
};

export const getCommandResult: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const { world } = call;
  const execId = call.request.params["execId"]!;
  const started = commandsOf(world).started.get(execId);
  if (started?.sandboxId !== entered.value.id) return refuseUnknownCommand(execId);
  await waitAWhile(call, started);
  const { result } = started;
  const json: Schemas["CommandProgress"] =
    result === undefined || world.clock.now() < started.endedAtMs
      ? { running: true, stdout: "", stderr: "" }
      : { running: false, ...viewResult(result) };
  return { status: 200, json, ...(json.running ? {} : explainUnknown(result!)) };
};

/** A caller that asks too early waits for a moment, as it does at the vendor's. */
async function waitAWhile({ world }: Call, started: StartedCommand): Promise<void> {
  const late = new AbortController();
  const until = async () => {
    while (started.result === undefined && !late.signal.aborted) await systemSleep(20);
    await untilTime(world, started.endedAtMs, late.signal);
  };
  await Promise.race([until(), systemSleep(pollMs)]);
  late.abort();
}

export const createExecSession: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const session = startSession(call.world, entered.value, call.body as CommandRequest, () =>
    noteActivity(call.world, entered.value.id, parts),
  );
  commandsOf(call.world).sessions.set(session.id, session);
  return { status: 201, json: viewSession(session) };
};

export const listExecSessions: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const sessions = [...commandsOf(call.world).sessions.values()];
  return {
    status: 200,
    json: sessions.filter(({ sandboxId }) => sandboxId === entered.value.id).map(viewSession),
  };
};

export const killExecSession: Handler<OpenComputerParts> = async (call, parts) => {
  const entered = await enter(call, parts);
  if ("refusal" in entered) return entered.refusal;
  const execId = call.request.params["execId"]!;
  const { sessions, started } = commandsOf(call.world);
  const found = sessions.get(execId) ?? started.get(execId);
  if (found?.sandboxId !== entered.value.id) return refuseUnknownCommand(execId);
  if ("kill" in found) found.kill((call.body as Schemas["KillExecRequest"]).signal ?? 9);
  else found.stop.abort();
  return { status: 204 };
};

function refuseUnknownCommand(execId: string): Answer {
  const message = "no command of this sandbox has that id, or it ended long ago";
  return refuse(404, `exec ${execId} not found`, { rule: "command-unknown-id", message });
}
