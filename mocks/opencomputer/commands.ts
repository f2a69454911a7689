import type { RunResult } from "../kit/shell/messages.ts";
import type { SandboxCommand } from "../kit/shell/sandbox-shell.ts";
import { inText, sandboxShell } from "../kit/shell/shell.ts";
import { endsOthers, isBackground, type Listening } from "../kit/shell/listening.ts";
import type { FileSystemOwner } from "../kit/shell/file-system.ts";
import type { World } from "../kit/world.ts";
import { noteOutput } from "./logs.ts";
import type { components } from "../../generated/opencomputer/types.ts";
import type { Session } from "./exec-session.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";
import type { Terminal } from "./terminal.ts";

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
  readonly terminals: Map<string, Terminal>;
  readonly ports: Map<string, OpenPort>; // by sandbox and port
};

/** A port that a program listens on, for as long as it does. */
type OpenPort = Listening & {
  readonly sandboxId: string;
  readonly isOpen: () => boolean;
  readonly isBackground: boolean;
};

const running = new WeakMap<World, RunningCommands>();

const startedKeptMs = 10 * 60_000;
const sessionsKeptMs = 5 * 60_000;

/** What runs in a world now. What ended long ago is forgotten. */
export function commandsOf(world: World): RunningCommands {
  let found = running.get(world);
  if (found === undefined) {
    found = { started: new Map(), sessions: new Map(), ports: new Map(), terminals: new Map() };
    running.set(world, found);
  }
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
  for (const [name, port] of found?.ports ?? []) if (port.sandboxId === sandboxId) found!.ports.delete(name);
  for (const [id, terminal] of found?.terminals ?? []) {
    if (terminal.sandboxId !== sandboxId) continue;
    terminal.end("sandbox stopped");
    found!.terminals.delete(id);
  }
}

/**
 * Opens the ports that the programs of a line listen on. In the background they stay open until the sandbox stops, or a line
 * kills what runs there.
 *
 * @param isRunning - whether a program in the foreground still runs
 * @returns whether one does, so that the line does not end by itself
 */
export function openPorts(
  world: World,
  sandboxId: string,
  { line, listens = [] }: Pick<RunResult, "listens"> & { readonly line: string },
  isRunning: () => boolean,
): boolean {
  const { ports } = commandsOf(world);
  for (const [name, port] of ports) {
    if (!port.isOpen() || (port.sandboxId === sandboxId && port.isBackground && endsOthers(line))) ports.delete(name);
  }
  const background = isBackground(line);
  for (const listening of listens) {
    const isOpen = background ? () => true : isRunning;
    ports.set(`${sandboxId}:${listening.port}`, { ...listening, sandboxId, isOpen, isBackground: background });
  }
  return listens.length > 0 && !background;
}

/** What comes of a program that listens until its time is up. */
export function outOfTime(result: RunResult, timeoutMs: number): RunResult {
  return { ...result, exitCode: -1, stderr: `${result.stderr}\nProcess timed out`, sleptMs: timeoutMs };
}

/** What listens on a port of a sandbox. */
export function findListening(world: World, sandboxId: string, port: number): Listening | undefined {
  const found = running.get(world)?.ports.get(`${sandboxId}:${port}`);
  return found?.isOpen() === true ? found : undefined;
}

/** The line of a command, as far as its programs are looked for. */
export const lineOf = ({ cmd, args }: CommandRequest) => [cmd, ...(args ?? [])].join(" ");

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
  const beganAtMs = owner.world.clock.now();
  const result = (await sandboxShell.run(owner, command, signal)) as RunResult; // only a shell that lives on leaves lines open
  noteOutput(owner, command, result, beganAtMs);
  return result;
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
