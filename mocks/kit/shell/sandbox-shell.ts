import type { World } from "../world.ts";
import {
  changeFiles,
  FileError,
  type FileSystemOwner,
  findNode,
  homeFolder,
  readNodes,
  resolvePath,
} from "./file-system.ts";
import { quote } from "./guest-commands.ts";
import { listeningOf } from "./listening.ts";
import type { RunResult } from "./messages.ts";
import { createShellPool, type ShellPool } from "./pool.ts";
import { inBytes } from "./shell.ts";
import { shellSettings } from "./settings.ts";
import { type CommandScript, findScript, usualScripts } from "./script.ts";

/** A command in a sandbox. */
export type SandboxCommand = {
  readonly cmd: string;
  readonly args?: readonly string[] | null | undefined; // without them `cmd` is a line for the shell
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly timeoutMs?: number | undefined;
  /** Of a shell that lives on: what it knows so far. */
  readonly shell?: string;
};

/** What came of a command; `incomplete` where the line of a shell that lives on goes on. */
export type CommandOutcome = RunResult | "incomplete";

/** Runs commands in the sandboxes of all worlds. */
export type SandboxShell = {
  readonly run: (owner: FileSystemOwner, command: SandboxCommand, signal?: AbortSignal) => Promise<CommandOutcome>;
};

/** Creates a shell on a pool of workers. */
export function createSandboxShell(pool: ShellPool): SandboxShell {
  const { limits } = pool;
  // Commands of one sandbox run one after the other, so each sees all that was written before it began.
  const queues = new WeakMap<World, Map<string, { last: Promise<unknown>; count: number }>>();

  async function runNow(
    owner: FileSystemOwner,
    command: SandboxCommand,
    signal: AbortSignal | undefined,
  ): Promise<CommandOutcome> {
    const { world, sandboxId } = owner;
    if (holdsNul(command)) return failed(126, "exec: invalid argument: it holds a NUL\n");
    const nodes = await readNodes(world, sandboxId);
    const cwd = resolvePath(command.cwd || homeFolder);
    if (findNode(nodes, cwd)?.node.kind !== "folder") return failed(126, `chdir ${cwd}: no such file or directory\n`);
    const line = lineOf(command).replaceAll("\0", ""); // a shell drops those that it reads
    const { exec, scripts } = { ...shellDefaults, ...shellSettings.of(world) };
    const nowMs = world.clock.now();
    if (exec === "off") {
      const script = findScript([...scripts, ...usualScripts], line.trim());
      return script === undefined ? unknownCommand(line) : play(script, owner, cwd, line);
    }
    const outcome = await pool.run(
      {
        line,
        env: { ...usualEnvironment, HOSTNAME: sandboxId, ...command.env },
        cwd,
        stdin: command.stdin ?? "",
        timeoutMs: command.timeoutMs,
        nowMs,
        seed: world.random.uint32(),
        nodes,
        scripts,
        shell: command.shell,
      },
      signal,
    );
    if (outcome.kind === "incomplete") return "incomplete";
    return keep(owner, outcome.result, () => outcome.changes);
  }

  /** Keeps what a command wrote, or says that there was no room for it. */
  async function keep(
    owner: FileSystemOwner,
    result: RunResult,
    decide: Parameters<typeof changeFiles>[1],
  ): Promise<RunResult> {
    try {
      await changeFiles(owner, decide, limits);
      return result;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return { ...result, exitCode: 1, stderr: `${result.stderr}${error.message}\n` };
    }
  }

  function play(script: CommandScript, owner: FileSystemOwner, cwd: string, line: string): Promise<RunResult> {
    const { stdout = "", stderr = "", exitCode = 0, durationMs = 0, files = {} } = script;
    const result = {
      exitCode,
      stdout: inBytes(stdout),
      stderr: inBytes(stderr),
      sleptMs: durationMs,
      listens: [listeningOf(script, line.split(/\s+/).slice(1), cwd)].filter((each) => each !== undefined),
      unknown: [],
      shell: "",
    };
    const modifiedAtMs = owner.world.clock.now();
    const written = Object.entries(files).map(([path, content]) => {
      const text = inBytes(content);
      return [
        resolvePath(path, cwd),
        { kind: "file", mode: 0o644, modifiedAtMs, bytes: text.length, pieces: [text] },
      ] as const;
    });
    return keep(owner, result, () => new Map(written));
  }

  return {
    run: (owner, command, signal) => {
      const ofWorld = queues.get(owner.world) ?? new Map<string, { last: Promise<unknown>; count: number }>();
      queues.set(owner.world, ofWorld);
      const queue = ofWorld.get(owner.sandboxId) ?? { last: Promise.resolve(), count: 0 };
      ofWorld.set(owner.sandboxId, queue);
      if (queue.count >= limits.processesMax) {
        const limit = `${limits.processesMax} commands of a sandbox at once, in this mock`;
        return Promise.resolve(failed(126, `fork: resource temporarily unavailable (${limit})\n`));
      }
      queue.count += 1;
      const outcome = queue.last.then(() => runNow(owner, command, signal));
      const end = () => {
        queue.count -= 1;
        if (queue.count === 0) ofWorld.delete(owner.sandboxId);
      };
      queue.last = outcome.then(end, end);
      return outcome;
    },
  };
}

/** The shell of this process: its workers are shared by all mocks in it. */
export const createProcessShell = (): SandboxShell => createSandboxShell(createShellPool());

const shellDefaults = { exec: "shell", scripts: [] } as const; // of a mock whose contracts have no such settings

const usualEnvironment = {
  HOME: homeFolder,
  USER: "sandbox",
  LOGNAME: "sandbox",
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  TERM: "dumb",
  PATH: "/usr/local/bin:/usr/bin:/bin",
};

const failed = (exitCode: number, stderr: string): RunResult => ({
  exitCode,
  stdout: "",
  stderr,
  sleptMs: 0,
  unknown: [],
  shell: undefined,
});

/** No program can be started with such words or such an environment. What a shell that lives on reads is no such word. */
function holdsNul({ cmd, args, cwd = "", env, shell }: SandboxCommand): boolean {
  const words = [...(shell === undefined ? [cmd] : []), ...(args ?? []), cwd, ...Object.entries(env).flat()];
  return words.some((word) => word.includes("\0"));
}

function unknownCommand(line: string): RunResult {
  const [name = ""] = line.trim().split(/\s/);
  return { ...failed(127, `bash: ${name}: command not found\n`), unknown: [name], shell: "" };
}

/** `sh -c "line"` is the line itself; words are quoted, so that each stays one. */
function lineOf({ cmd, args }: SandboxCommand): string {
  if (args === undefined || args === null || args.length === 0) return cmd;
  if (/^(?:\/bin\/)?(?:ba|da)?sh$/.test(cmd) && args.length === 2 && /^-l?c$/.test(args[0]!)) return args[1]!;
  return [cmd, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word))).join(" ");
}
