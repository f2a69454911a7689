import type { Engine, EngineCommand, EngineContext, EngineResult } from "./engine.ts";
import { type Device, toText } from "./guest-files.ts";
import type { RunRequest } from "./messages.ts";
import { findScript, listPrograms, usualScripts } from "./script.ts";
import { noRoom } from "./file-system.ts";
import { type Listening, listeningOf } from "./listening.ts";

const result = (stdout = "", stderr = "", exitCode = 0): EngineResult => ({ stdout, stderr, exitCode });

const pipedBytes = 64 * 1024;

type Body = (args: string[], context: EngineContext) => Promise<EngineResult>;

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
    sudo: async (args, { exec, cwd }) => {
      const words = args.slice(args.findIndex((word) => !word.startsWith("-")));
      return exec!(words.map(quote).join(" "), { cwd });
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
  const all = [...scripts, ...usualScripts];
  const scripted = listPrograms(all);
  return [...new Set([...Object.keys(bodies), ...scripted])].map((name) =>
    defineCommand(name, async (args, context) => {
      const script = findScript(all, [name, ...args].join(" "));
      if (script !== undefined) {
        const { stdout = "", stderr = "", exitCode = 0, durationMs = 0, files = {} } = script;
        const listening = listeningOf(script, args, context.cwd);
        if (listening !== undefined) listen(listening);
        await pass(durationMs);
        for (const [path, content] of Object.entries(files)) {
          await context.fs.writeFile(context.fs.resolvePath(context.cwd, path), content);
        }
        return result(stdout, stderr, exitCode);
      }
      if (bodies[name] !== undefined) return bodies[name](args, context);
      if (context.origCommand !== undefined) return context.origCommand(args);
      return result("", `bash: ${name}: command not found\n`, 127);
    }),
  );
}

/** A word as a shell reads it back. */
export const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

const units: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

function readSize(text: string): number {
  const [, digits = "0", unit = ""] = /^(\d+)([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  return Number(digits) * units[unit.toUpperCase()]!;
}
