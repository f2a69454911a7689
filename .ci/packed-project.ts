import { execFile, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";

const execute = promisify(execFile);
export const root = resolve(import.meta.dirname, "..");
/** The pinned Node first, whatever the machine has; no pins of npm's own leak into the empty project. */
const pinnedNode = join(root, "node_modules/.bin");

export type Ran = { readonly stdout: string; readonly stderr: string };

/** Runs a program, by default with the pinned Node. */
export async function run(program: string, args: readonly string[], cwd: string, node = pinnedNode): Promise<Ran> {
  return execute(program, args, { cwd, env: environmentOf(node), maxBuffer: 64 * 1024 * 1024 });
}

/** Fetches a version of Node by npm and gives the folder of its program. */
export async function fetchNode(version: string): Promise<string> {
  const { stdout } = await run("npx", ["-y", "-p", `node@${version}`, "node", "-p", "process.execPath"], root);
  return resolve(stdout.trim(), "..");
}

/** An empty project into which packages are installed. */
export type PackedProject = {
  readonly folder: string;
  readonly write: (name: string, text: string) => void;
  /** @param flags - by default what is optional is left out, as it is not to be needed */
  readonly install: (packages: readonly string[], flags?: readonly string[]) => Promise<void>;
  /** The disk that its packages take, and how many there are. */
  readonly measure: () => Promise<{ bytes: number; names: readonly string[] }>;
  /** Lets the project import the repository's own package of this name, in place of one that is installed. */
  readonly link: (name: string) => void;
  /** Runs one of its programs with another Node. */
  readonly under: (node: string) => NodeProject;
};

export type NodeProject = {
  readonly folder: string;
  readonly run: (program: string, args: readonly string[]) => Promise<Ran>;
  readonly script: (code: string) => Promise<string>;
  /** Starts the installed mock on free ports and asks it for a list. Milliseconds from start to answer. */
  readonly firstAnswerMs: () => Promise<number>;
};

export function createPackedProject(folder: string): PackedProject {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  return {
    folder,
    write,
    install: async (packages, flags = ["--omit=optional"]) => {
      await run("npm", ["install", ...packages, "--prefer-offline", "--no-audit", "--no-fund", ...flags], folder);
    },
    measure: async () => {
      const { stdout } = await run("du", ["-sk", "node_modules"], folder);
      const { stdout: list } = await run("npm", ["ls", "--all", "--parseable"], folder);
      return { bytes: Number.parseInt(stdout, 10) * 1024, names: list.trim().split("\n").slice(1) };
    },
    link: (name) => symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name)),
    under: (node) => ({
      folder,
      run: (program, args) => run(program, args, folder, node),
      script: async (code) => (await run("node", ["--input-type=module", "-e", code], folder, node)).stdout.trim(),
      firstAnswerMs: () => firstAnswerMs(folder, node),
    }),
  };
}

async function firstAnswerMs(folder: string, node: string): Promise<number> {
  const startMs = performance.now();
  const command = join(folder, "node_modules/sandglass/src/cli/sandglass.js");
  const ports = ["--recoup-port", "0", "--opencomputer-port", "0"];
  const child = spawn("node", [command, "mock", ...ports], { cwd: folder, env: environmentOf(node) });
  try {
    let text = "";
    for await (const chunk of child.stdout) {
      text += String(chunk);
      const url = /^OpenComputer\s+(http\S+)/m.exec(text)?.[1];
      if (url === undefined) continue;
      const answer = await fetch(`${url}/api/sandboxes`, { headers: { "X-API-Key": "sandglass-acme" } });
      if (answer.status !== 200) throw new Error(`the installed mock answers ${answer.status}`);
      return performance.now() - startMs;
    }
    throw new Error(`the installed mock ended before it said where it is: ${text}`);
  } finally {
    child.kill();
  }
}

/** With a Node first on the path, by default the pinned one. */
export function environmentOf(node = pinnedNode): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [node, pinnedNode, process.env["PATH"]].join(delimiter) };
}
