import type { components } from "../../generated/opencomputer/types.ts";
import { inBytes, sandboxShell, untilTime } from "../kit/shell/shell.ts";
import { neverMs } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { formatSecond } from "./answers.ts";
import { type CommandRequest, lineOf, openPorts, toCommand } from "./commands.ts";
import { ownerOf } from "./inside.ts";
import { noteOutput } from "./logs.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";

/** What a session says: bytes of one stream, or its exit code. */
export type SessionFrame =
  { readonly stream: "stdout" | "stderr"; readonly bytes: string } | { readonly exitCode: number };

/** Who listens to a session. */
type SessionListener = {
  readonly say: (frame: SessionFrame) => void;
  readonly close: (reason: string) => void;
};

/** A program whose input is written and whose output is read over sockets. */
export type Session = {
  readonly id: string;
  readonly sandboxId: string;
  readonly request: CommandRequest;
  readonly startedAtMs: number;
  readonly exitCode: () => number | undefined;
  readonly endedAtMs: () => number; // by the world's clock; beyond all times while it runs
  readonly scrollback: () => readonly SessionFrame[];
  readonly listeners: () => number;
  readonly attach: (listener: SessionListener) => () => void;
  readonly write: (bytes: string) => void;
  readonly kill: (signal: number) => void;
  /** Ends it because its sandbox did. */
  readonly end: (reason: string) => void;
};

const scrollbackBytesMax = 1024 * 1024;
const isShell = ({ cmd, args }: CommandRequest) =>
  /^(?:\/(?:usr\/)?bin\/)?(?:ba|da)?sh$/.test(cmd) && !(args ?? []).some((arg) => arg === "-c" || !/^[-+]/.test(arg));

/** Starts a session. A shell lives on and takes lines; any other program runs at once, and reads an input that is empty. */
export function startSession(
  world: World,
  sandbox: OpenComputerSandboxRecord,
  request: CommandRequest,
  noteActivity: () => Promise<void>,
): Session {
  const listeners = new Set<SessionListener>();
  const stop = new AbortController();
  let scrollback: SessionFrame[] = [];
  let scrollbackBytes = 0;
  let exitCode: number | undefined;
  let endedAtMs = neverMs;
  let pending = "";
  let shell: string | undefined = "";
  let work: Promise<void> = Promise.resolve();

  const tell = (frame: SessionFrame) => {
    for (const listener of listeners) listener.say(frame);
  };
  const say = (stream: "stdout" | "stderr", bytes: string) => {
    if (bytes === "" || exitCode !== undefined) return;
    const frame: SessionFrame = { stream, bytes };
    scrollback.push(frame);
    scrollbackBytes += bytes.length;
    while (scrollbackBytes > scrollbackBytesMax && scrollback.length > 1) {
      scrollbackBytes -= sizeOf(scrollback[0]!);
      scrollback = scrollback.slice(1);
    }
    tell(frame);
  };
  const exit = (code: number, reason = "exec completed") => {
    if (exitCode !== undefined) return;
    exitCode = code;
    endedAtMs = world.clock.now();
    tell({ exitCode: code });
    for (const listener of listeners) listener.close(reason);
    listeners.clear();
  };
  const run = async (line: string | undefined) => {
    if (exitCode !== undefined) return;
    const command = toCommand(sandbox, request);
    const given = line === undefined ? command : { ...command, cmd: line, args: null, shell: shell ?? "" };
    const beganAtMs = world.clock.now();
    const owner = ownerOf(world, sandbox);
    const outcome = await sandboxShell.run(owner, given, stop.signal);
    if (outcome === "incomplete") {
      pending = line! + pending;
      return;
    }
    await untilTime(world, beganAtMs + outcome.sleptMs, stop.signal);
    noteOutput(owner, request, outcome, beganAtMs);
    say("stdout", outcome.stdout);
    say("stderr", outcome.stderr);
    const ran = { ...outcome, line: line ?? lineOf(request) };
    if (openPorts(world, sandbox.id, ran, () => exitCode === undefined) && line === undefined) return; // until it is killed
    await noteActivity();
    shell = outcome.shell;
    if (line === undefined || shell === undefined) exit(outcome.exitCode);
  };
  const schedule = (next: () => Promise<void>) => {
    work = work.then(next).catch((error: unknown) => {
      say("stderr", inBytes(`sandglass: ${(error as Error).message}\n`));
      exit(126);
    });
  };
  const runLines = async () => {
    const end = pending.lastIndexOf("\n") + 1;
    const lines = pending.slice(0, end);
    pending = pending.slice(end);
    if (lines.trim() !== "") await run(lines);
  };
  if (!isShell(request)) schedule(() => run(undefined));
  return {
    id: world.random.hex(8),
    sandboxId: sandbox.id,
    request,
    startedAtMs: world.clock.now(),
    exitCode: () => exitCode,
    endedAtMs: () => endedAtMs,
    scrollback: () => scrollback,
    listeners: () => listeners.size,
    attach: (listener) => {
      if (exitCode === undefined) listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    write: (bytes) => {
      if (!isShell(request)) return;
      pending += bytes;
      if (bytes.includes("\n")) schedule(runLines);
    },
    kill: () => {
      stop.abort();
      exit(-1);
    },
    end: (reason) => {
      stop.abort();
      exit(-1, reason);
    },
  };
}

const sizeOf = (frame: SessionFrame) => ("bytes" in frame ? frame.bytes.length : 0);

/** A session as its organisation sees it. */
export function viewSession(session: Session): components["schemas"]["ExecSession"] {
  const { id, sandboxId, request, startedAtMs, exitCode, listeners } = session;
  const code = exitCode();
  return {
    sessionID: id,
    sandboxID: sandboxId,
    command: request.cmd,
    args: request.args ?? null,
    running: code === undefined,
    ...(code === undefined ? {} : { exitCode: code }),
    startedAt: formatSecond(startedAtMs),
    attachedClients: listeners(),
  };
}
