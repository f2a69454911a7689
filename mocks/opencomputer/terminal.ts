import { inBytes, sandboxShell, untilTime } from "../kit/shell/shell.ts";
import type { World } from "../kit/world.ts";
import { openPorts, toCommand } from "./commands.ts";
import { ownerOf } from "./inside.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";

/** Who sits at a terminal. */
type TerminalListener = {
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
const lineBytesMax = 4_095; // of a line that is typed, as on Linux
const waitingMax = 1_000; // lines and interrupts that wait for their turn; more are lost
const newLine = /\r\n|\r|\n/g;
const typed = /[^\r\n\b\u007f\u0003\u0004]+|[^]/g; // plain characters in a row, or a key
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
  let isTyping = false;
  let unsaid = "";
  let stop = new AbortController();
  let isAsked = false; // to run something that has not been stopped
  let work: Promise<void> = Promise.resolve();
  let waiting = 0;

  const flush = () => {
    const bytes = unsaid;
    unsaid = "";
    if (bytes !== "") for (const listener of listeners) listener.say(bytes);
  };
  const say = (bytes: string) => {
    if (isOver || bytes === "") return;
    const shown = bytes.replace(newLine, "\r\n");
    screen += shown;
    if (screen.length > 2 * screenBytesMax) screen = screen.slice(-screenBytesMax);
    unsaid += shown;
    if (!isTyping) flush();
  };
  const prompt = () => say(pending === "" ? "$ " : "> ");
  const end = (reason: string) => {
    if (isOver) return;
    flush();
    isOver = true;
    stop.abort();
    for (const listener of listeners) listener.close(reason);
    listeners.clear();
  };
  /** Runs a line, unless it was interrupted before. An interrupt has a prompt of its own. */
  const run = async (text: string, signal: AbortSignal) => {
    if (isOver || signal.aborted) return;
    const script = pending + text;
    if (script.trim() === "") {
      prompt();
      return;
    }
    const env = { TERM: "xterm-256color", COLUMNS: String(size.cols), LINES: String(size.rows) };
    const command = { ...toCommand(sandbox, { cmd: script, envs: env }), shell };
    const beganAtMs = world.clock.now();
    const outcome = await sandboxShell.run(ownerOf(world, sandbox), command, signal);
    pending = outcome === "incomplete" && !signal.aborted ? `${script}\n` : "";
    if (outcome !== "incomplete") {
      await untilTime(world, beganAtMs + outcome.sleptMs, signal);
      say(outcome.stdout + outcome.stderr);
      await noteActivity();
      if (outcome.shell === undefined && !signal.aborted) {
        end("exited");
        return;
      }
      shell = outcome.shell ?? shell;
      // A server has the terminal until it is interrupted.
      if (openPorts(world, sandbox.id, { ...outcome, line: script }, () => !isOver && !signal.aborted)) return;
    }
    if (!signal.aborted) prompt();
  };
  const later = (act: () => Promise<void> | void) => {
    if (waiting === waitingMax) return false;
    waiting += 1;
    work = work
      .then(act)
      .catch((error: unknown) => say(inBytes(`sandglass: ${(error as Error).message}\n`)))
      .finally(() => {
        waiting -= 1;
      });
    return true;
  };
  const enter = () => {
    const [text, { signal }] = [line, stop];
    line = "";
    say("\n");
    isAsked = later(() => run(text, signal)) || isAsked;
  };
  const interrupt = () => {
    line = pending = "";
    say("^C\n");
    if (isAsked) {
      stop.abort();
      stop = new AbortController();
      isAsked = false;
    }
    later(prompt);
  };
  const type = (part: string) => {
    if (part === "\r" || part === "\n") enter();
    else if (part === keys.interrupt) interrupt();
    else if (part === keys.end) {
      if (line === "") end("exited");
    } else if ((keys.erase as readonly string[]).includes(part)) {
      if (line !== "") say("\b \b");
      line = line.slice(0, -1);
    } else {
      const taken = part.slice(0, lineBytesMax - line.length);
      line += taken;
      say(taken);
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
      return { screen: screen.slice(-screenBytesMax), detach: () => void listeners.delete(listener) };
    },
    write: (bytes) => {
      isTyping = true;
      for (const [part] of bytes.replaceAll("\r\n", "\r").matchAll(typed)) if (!isOver) type(part);
      isTyping = false;
      flush();
    },
    end,
  };
}
