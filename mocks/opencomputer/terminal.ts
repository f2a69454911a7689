import { inBytes, sandboxShell, untilTime } from "../kit/shell/shell.ts";
import type { World } from "../kit/world.ts";
import { openPorts, toCommand } from "./commands.ts";
import { ownerOf } from "./inside.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";

/** Who sits at a terminal. */
export type TerminalListener = {
  readonly say: (bytes: string) => void;
  readonly close: (reason: string) => void;
};

/** A shell with a terminal before it: what is typed is echoed, and a line runs when it is entered. */
export type Terminal = {
  readonly id: string;
  readonly sandboxId: string;
  readonly resize: (size: TerminalSize) => void;
  /** Takes a listener on, and gives what was on the screen so far. */
  readonly attach: (listener: TerminalListener) => { readonly screen: string; readonly detach: () => void };
  readonly write: (bytes: string) => void;
  /** Ends it because its sandbox did, or because it was asked to. */
  readonly end: (reason: string) => void;
};

export type TerminalSize = { readonly cols: number; readonly rows: number };

const screenBytesMax = 64 * 1024;
const newLine = /\r\n|\r|\n/g;
const keys = { interrupt: "\u0003", end: "\u0004", erase: ["\b", "\u007f"] } as const;

/** Opens a terminal. Its lines run one after the other, in the sandbox's own shell. */
export function openTerminal(
  world: World,
  sandbox: OpenComputerSandboxRecord,
  initialSize: TerminalSize,
  noteActivity: () => Promise<void>,
): Terminal {
  const listeners = new Set<TerminalListener>();
  let size = initialSize;
  let screen = "";
  let line = "";
  let pending = "";
  let shell = "";
  let isOver = false;
  let stop = new AbortController();
  let work: Promise<void> = Promise.resolve();

  const say = (bytes: string) => {
    if (isOver || bytes === "") return;
    const shown = bytes.replace(newLine, "\r\n");
    screen = (screen + shown).slice(-screenBytesMax);
    for (const listener of listeners) listener.say(shown);
  };
  const prompt = () => say(pending === "" ? "$ " : "> ");
  const end = (reason: string) => {
    if (isOver) return;
    isOver = true;
    stop.abort();
    for (const listener of listeners) listener.close(reason);
    listeners.clear();
  };
  const run = async (text: string) => {
    if (isOver) return;
    const script = pending + text;
    const env = { TERM: "xterm-256color", COLUMNS: String(size.cols), LINES: String(size.rows) };
    const command = { ...toCommand(sandbox, { cmd: script, envs: env }), shell };
    const beganAtMs = world.clock.now();
    const outcome = await sandboxShell.run(ownerOf(world, sandbox), command, stop.signal);
    pending = outcome === "incomplete" ? `${script}\n` : "";
    if (outcome !== "incomplete") {
      await untilTime(world, beganAtMs + outcome.sleptMs, stop.signal);
      say(outcome.stdout + outcome.stderr);
      await noteActivity();
      if (outcome.shell === undefined && !stop.signal.aborted) {
        end("exited");
        return;
      }
      shell = outcome.shell ?? shell;
      const { signal } = stop;
      // A server has the terminal until it is interrupted.
      if (openPorts(world, sandbox.id, { ...outcome, line: script }, () => !isOver && !signal.aborted)) return;
    }
    prompt();
  };
  const enter = () => {
    const text = line;
    line = "";
    say("\n");
    work = work
      .then(() => run(text))
      .catch((error: unknown) => say(inBytes(`sandglass: ${(error as Error).message}\n`)));
  };
  const interrupt = () => {
    line = pending = "";
    say("^C\n");
    stop.abort();
    stop = new AbortController();
    work = work.then(prompt);
  };
  const type = (key: string) => {
    if (key === "\r" || key === "\n") enter();
    else if (key === keys.interrupt) interrupt();
    else if (key === keys.end) {
      if (line === "") end("exited");
    } else if ((keys.erase as readonly string[]).includes(key)) {
      if (line !== "") say("\b \b");
      line = line.slice(0, -1);
    } else {
      line += key;
      say(key);
    }
  };
  prompt();
  return {
    id: world.random.hex(8),
    sandboxId: sandbox.id,
    resize: (next) => {
      size = next;
    },
    attach: (listener) => {
      if (!isOver) listeners.add(listener);
      return { screen, detach: () => void listeners.delete(listener) };
    },
    write: (bytes) => {
      for (const key of bytes.replaceAll("\r\n", "\r")) if (!isOver) type(key);
    },
    end,
  };
}
