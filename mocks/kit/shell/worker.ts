// Runs in a worker thread: one command at a time, on files of its own, without network, host or clock.
import { parentPort } from "node:worker_threads";
import type { Engine, EngineResult } from "./engine.ts";
import { loadEngine } from "./engine.ts";
import { createGuestCommands } from "./guest-commands.ts";
import { createDevice, openDevices, openGuestFiles, toBytes, toText } from "./guest-files.ts";
import type { Listening } from "./listening.ts";
import type { FromWorker, RunRequest, RunResult, ToWorker } from "./messages.ts";
import { continueShell, isWhole, readShell, shellDumpPath } from "./shell-state.ts";

const port = parentPort!;
const send = (message: FromWorker) => port.postMessage(message);

// Time and chance are arguments here, too: what runs reads the world's clock, and draws from the world's seed.
let nowMs = 0;
let chance = 1;
const MachineDate = Date;
const nextFraction = () => {
  chance = (Math.imul(chance, 1664525) + 1013904223) | 0;
  return (chance >>> 0) / 2 ** 32;
};
Math.random = nextFraction;
globalThis.Date = class extends MachineDate {
  constructor(...args: [] | [number | string]) {
    super(...((args.length === 0 ? [nowMs] : args) as [number]));
  }
  static override now = () => nowMs;
} as DateConstructor;

const engine = loadEngine();
const awaited = new Map<string, { readonly pieces: string[]; readonly resolve: (bytes: Uint8Array) => void }>();

port.on("message", (message: ToWorker) => {
  if (message.kind === "run") void run(message.request);
  else {
    const wanted = awaited.get(message.path)!;
    wanted.pieces.push(...message.pieces);
    if (!message.isLast) return;
    awaited.delete(message.path);
    wanted.resolve(Buffer.concat(wanted.pieces.map(toBytes)));
  }
});

function fetchContent(path: string): Promise<Uint8Array> {
  return new Promise((resolve) => {
    awaited.set(path, { pieces: [], resolve });
    send({ kind: "need", path });
  });
}

async function run(request: RunRequest): Promise<void> {
  try {
    const loaded = await engine;
    send({ kind: "begun" });
    if (request.shell !== undefined && !isWhole(loaded, request.line)) send({ kind: "incomplete" });
    else send({ kind: "done", result: await execute(loaded, request) });
  } catch (error) {
    send({ kind: "done", result: { ...ended, stderr: `sandglass: ${(error as Error).message}\n` } });
  }
}

const ended: RunResult = { exitCode: 126, stdout: "", stderr: "", sleptMs: 0, unknown: [], shell: undefined };

async function execute(loaded: Engine, request: RunRequest): Promise<RunResult> {
  const { limits, env, timeoutMs = Infinity, shell } = request;
  nowMs = request.nowMs;
  chance = request.seed;
  const { files, report } = await openGuestFiles(loaded, request, fetchContent);
  const device = createDevice(request);
  openDevices(files, request, device);
  const outOfTime = new AbortController();
  const sleptMs = () => Math.min(nowMs - request.nowMs, timeoutMs);
  const pass = (ms: number) => {
    nowMs += ms;
    if (nowMs - request.nowMs > timeoutMs) outOfTime.abort();
    return Promise.resolve();
  };
  const listens: Listening[] = [];
  const begun = shell === undefined ? undefined : continueShell(shell, request.line);
  const bash = new loaded.Bash({
    fs: files,
    cwd: begun?.cwd ?? request.cwd,
    env,
    commands: loaded.getCommandNames().filter((name) => !left.has(name)),
    customCommands: createGuestCommands(loaded, request, pass, (listening) => void listens.push(listening), device),
    executionLimits: {
      maxCommandCount: limits.commandsMax,
      maxLoopIterations: limits.commandsMax,
      maxOutputSize: limits.outputBytesMax,
      maxStringLength: stringBytesMax,
      maxLiveBytes: 2 * limits.bytesMax,
      maxFileSystemBytes: limits.bytesMax,
    },
    processInfo: { uid: 1000, gid: 1000 },
    sleep: pass,
  });
  const stdio = { stdin: request.stdin, stdinKind: "bytes", rawScript: true } as const;
  const seen = await bash.exec(begun?.line ?? request.line, { ...stdio, signal: outOfTime.signal });
  const isLate = outOfTime.signal.aborted;
  const next = shell === undefined || isLate ? undefined : await endShell();
  await report(send);
  const { stdout, stderr } = inBytes(seen);
  const said = isLate ? stderr.replace(/bash: execution aborted\n$/, "") : stderr;
  return {
    exitCode: isLate ? -1 : seen.exitCode,
    stdout,
    stderr: isLate ? `${said}\nProcess timed out` : explainLimits(said),
    sleptMs: sleptMs(),
    listens,
    unknown: [...said.matchAll(/(?:^|\n)(?:bash|sh): (?:line \d+: )?(\S+): command not found/g)].map(
      ([, name]) => name!,
    ),
    shell: next,
  };

  async function endShell(): Promise<string | undefined> {
    if (!(await files.exists(shellDumpPath))) return undefined;
    const written = toText(await files.readFileBuffer(shellDumpPath));
    return readShell(loaded, shell!, request.line, written, seen.exitCode);
  }
}

const stringBytesMax = 16 * 1024 * 1024;

/** What the bundle leaves out. */
const left = new Set(["sqlite3", "html-to-markdown", "xan"]);

function inBytes({ stdout, stderr, stdoutKind }: EngineResult): { stdout: string; stderr: string } {
  const encode = (text: string) => toText(Buffer.from(text, "utf8"));
  return { stdout: stdoutKind === "bytes" ? stdout : encode(stdout), stderr: encode(stderr) };
}

/** The engine says which of its options to raise, which callers of the mock cannot. */
function explainLimits(stderr: string): string {
  return stderr.replaceAll(/, increase executionLimits\.\w+/g, ": a limit of this mock");
}
