import type { Engine, EngineCommand, EngineContext, EngineResult } from "./engine.ts";
import { type Device, toText } from "./guest-files.ts";
import type { RunRequest } from "./messages.ts";
import { installPackages } from "./npm.ts";
import { findScript, listPrograms, type ScriptedCommand, usualScripts } from "./script.ts";
import { noRoom, superuserEnvironment } from "./file-system.ts";
import { type Listening, listeningOf } from "./listening.ts";

const result = (stdout = "", stderr = "", exitCode = 0): EngineResult => ({ stdout, stderr, exitCode });

const pipedBytes = 64 * 1024;

/** Does what a command says; undefined where that is left to a script. */
type Body = (args: string[], context: EngineContext) => Promise<EngineResult | undefined>;

/** The commands that the engine lacks: a few that do what their names say, and those that are scripted. */
export function createGuestCommands(
  { defineCommand }: Pick<Engine, "defineCommand">,
  { scripts, limits, line }: RunRequest,
  pass: (ms: number) => Promise<void>,
  listen: (listening: Listening) => void,
  device: Device,
): EngineCommand[] {
  const write = async ({ fs, cwd }: EngineContext, path: string, bytes: number): Promise<EngineResult | undefined> => {
    if (bytes > limits.bytesMax) return result("", noRoom(`a sandbox holds ${limits.bytesMax} bytes`), 1);
    await fs.writeFile(fs.resolvePath(cwd, path), new Uint8Array(bytes));
    return undefined;
  };
  const failed = (name: string, path: string, { stderr }: EngineResult) =>
    result("", `${name}: error writing '${path}': ${stderr}\n`, 1);
  const bodies: Record<string, Body> = {
    yes: (args) => {
      const said = `${args.join(" ") || "y"}\n`;
      // The shell runs one side of a pipe after the other: there it has to end by itself, else the limit of output ends it.
      const bytes = /\byes\b[^;&\n|]*\|[^|]/.test(line) ? pipedBytes : limits.outputBytesMax + 1;
      return Promise.resolve(result(said.repeat(Math.ceil(bytes / said.length))));
    },
    head: async (args, { origCommand }) => {
      const [option, bytes, path] = args;
      const read =
        option === "-c" && args.length === 3
          ? device(path!, Math.min(readSize(bytes!), limits.outputBytesMax))
          : undefined;
      if (read === undefined || readSize(bytes!) > limits.outputBytesMax) return origCommand!(args);
      return { ...result(toText(read)), stdoutKind: "bytes" };
    },
    sudo: async (args, { exec, cwd, stdin }) => {
      const { user, words } = readSudo(args);
      const home = user === "root" ? superuserEnvironment.HOME : `/home/${user}`;
      const line = [`HOME=${quote(home)} USER=${quote(user)} LOGNAME=${quote(user)}`, ...words].join(" ");
      return exec!(line, { cwd, stdin, stdinKind: "bytes" });
    },
    whoami: (_, { env }) => Promise.resolve(result(`${userOf(env)}\n`)),
    id: (args, { env }) => {
      const user = userOf(env);
      const number = user === "root" ? 0 : 1000;
      const [option] = args.filter((arg) => arg.startsWith("-"));
      const all = `uid=${number}(${user}) gid=${number}(${user}) groups=${number}(${user})`;
      return Promise.resolve(result(`${option === undefined ? all : option.includes("n") ? user : number}\n`));
    },
    npm: async (args, context) => {
      const names = await installPackages(args, context);
      if (names === undefined) return undefined;
      await pass(installMs);
      return result(`\nadded ${names.length} package${names.length === 1 ? "" : "s"} in 1s\n`);
    },
    dd: async (args, context) => {
      const given = Object.fromEntries(args.map((arg) => arg.split(/=(.*)/s, 2))) as Record<string, string | undefined>;
      const bytes = readSize(given["bs"] ?? "512") * Number(given["count"] ?? 1);
      const { of } = given;
      if (of === undefined || (given["if"] ?? "/dev/zero") !== "/dev/zero") {
        return result("", "dd: this mock knows if=/dev/zero of=FILE bs=BYTES count=N alone\n", 1);
      }
      const problem = await write(context, of, bytes);
      return problem === undefined ? result("", `${bytes} bytes copied\n`) : failed("dd", of, problem);
    },
    truncate: async (args, context) => {
      const at = args.indexOf("-s");
      const path = args.findLast((arg, index) => !arg.startsWith("-") && index !== at + 1);
      if (at === -1 || path === undefined) return result("", "truncate: you must specify -s SIZE and a file\n", 1);
      const problem = await write(context, path, readSize(args[at + 1] ?? ""));
      return problem === undefined ? result() : failed("truncate", path, problem);
    },
    kill: () => Promise.resolve(result()),
    clear: () => Promise.resolve(result()),
  };
  const play = async (script: ScriptedCommand, args: string[], { fs, cwd }: EngineContext) => {
    const { stdout = "", stderr = "", exitCode = 0, durationMs = 0, files = {} } = script;
    const listening = listeningOf(script, args, cwd);
    if (listening !== undefined) listen(listening);
    await pass(durationMs);
    for (const [path, content] of Object.entries(files)) await fs.writeFile(fs.resolvePath(cwd, path), content);
    return result(stdout, stderr, exitCode);
  };
  const names = [...Object.keys(bodies), ...listPrograms([...scripts, ...usualScripts])];
  return [...new Set(names)].map((name) =>
    defineCommand(name, async (args, context) => {
      const words = [name, ...args].join(" ");
      const script = findScript(scripts, words);
      if (script !== undefined) return play(script, args, context);
      const done = await bodies[name]?.(args, context);
      if (done !== undefined) return done;
      const usual = findScript(usualScripts, words);
      if (usual !== undefined) return play(usual, args, context);
      if (context.origCommand !== undefined) return context.origCommand(args);
      return result("", `bash: ${name}: command not found\n`, 127);
    }),
  );
}

const installMs = 1_000;

const userOf = (env: EngineContext["env"]) => env.get("USER") ?? "sandbox";

/** Options of `sudo` that take a word. */
const withWord: readonly string[] = ["-u", "-g", "-h", "-p", "-C", "-T"];

/** As whom to run what: a line's words, quoted, with the variables that stand before them. */
function readSudo(args: readonly string[]): { readonly user: string; readonly words: readonly string[] } {
  let at = 0;
  let user = "root";
  while (args[at]?.startsWith("-") === true) {
    const option = args[at++]!;
    if (!withWord.includes(option)) continue;
    if (option === "-u") user = args[at] ?? user;
    at += 1;
  }
  const words = args
    .slice(at)
    .map((word) =>
      word.replace(/^(\w+=)?(.*)$/s, (_, name: string | undefined, rest: string) => (name ?? "") + quote(rest)),
    );
  return { user, words };
}

/** A word as a shell reads it back. */
export const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

const units: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

function readSize(text: string): number {
  const [, digits = "0", unit = ""] = /^(\d+)([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  return Number(digits) * units[unit.toUpperCase()]!;
}
