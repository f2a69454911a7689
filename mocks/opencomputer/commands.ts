import type { RunResult } from "../kit/shell/messages.ts";
import type { SandboxCommand } from "../kit/shell/sandbox-shell.ts";
import { inText, sandboxShell } from "../kit/shell/shell.ts";
import type { FileSystemOwner } from "../kit/shell/file-system.ts";
import type { World } from "../kit/world.ts";
import type { components } from "../../generated/opencomputer/types.ts";
import type { Session } from "./exec-session.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";

type Schemas = components["schemas"];
export type CommandRequest = Schemas["CommandRequest"];

/** A command whose result is asked for later. */
export type StartedCommand = {
  readonly id: string;
  readonly sandboxId: string;
  readonly startedAtMs: number;
  readonly stop: AbortController;
  result: RunResult | undefined;
  endedAtMs: number; // by the world's clock; beyond all times while it computes
};

/** What runs in the sandboxes of a world, and has ended a while ago. It is not in a snapshot: a process cannot be. */
export type RunningCommands = {
  readonly started: Map<string, StartedCommand>;
  readonly sessions: Map<string, Session>;
};

const running = new WeakMap<World, RunningCommands>();

const startedKeptMs = 10 * 60_000;
const sessionsKeptMs = 5 * 60_000;

/** What runs in a world now. What ended long ago is forgotten. */
export function commandsOf(world: World): RunningCommands {
  let found = running.get(world);
  if (found === undefined) running.set(world, (found = { started: new Map(), sessions: new Map() }));
  const nowMs = world.clock.now();
  for (const [id, { endedAtMs }] of found.started) if (endedAtMs + startedKeptMs < nowMs) found.started.delete(id);
  for (const [id, { endedAtMs }] of found.sessions) if (endedAtMs() + sessionsKeptMs < nowMs) found.sessions.delete(id);
  return found;
}

/** Ends all that runs in a sandbox. */
export function endCommands(world: World, sandboxId: string): void {
  const found = running.get(world);
  for (const command of found?.started.values() ?? []) if (command.sandboxId === sandboxId) command.stop.abort();
  for (const session of found?.sessions.values() ?? [])
    if (session.sandboxId === sandboxId) session.end("sandbox stopped");
}

/** A command as the shell takes it: the environment of the sandbox, and over it that of the request. */
export function toCommand({ envs = {} }: OpenComputerSandboxRecord, request: CommandRequest): SandboxCommand {
  const { cmd, args, cwd, timeout } = request;
  return { cmd, args, cwd, env: { ...envs, ...request.envs }, timeoutMs: timeout ? timeout * 1000 : undefined };
}

/** Runs a command to its end. */
export async function runToEnd(
  owner: FileSystemOwner,
  command: SandboxCommand,
  signal?: AbortSignal,
): Promise<RunResult> {
  return (await sandboxShell.run(owner, command, signal)) as RunResult; // only a shell that lives on leaves lines open
}

/** A result as it is answered. */
export function viewResult({ exitCode, stdout, stderr }: RunResult): Schemas["CommandResult"] {
  return { exitCode, stdout: inText(stdout), stderr: inText(stderr) };
}

/** Says how to script a program that there is not. */
export function explainUnknown({ unknown }: RunResult) {
  const [name] = unknown;
  if (name === undefined) return {};
  const message = `there is no ${name} in this mock: script it by world.script("${name} *", { stdout: "..." }), or in the settings`;
  return { reason: { rule: "command-unknown", message } };
}
