import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { print, printRatio } from "./print.ts";
import { median, microsInTick } from "./measure.ts";

type Cost = { readonly wallMs: number; readonly cpuMs: number };

/** What `sandglass generate` takes for a document, beside the command of openapi-typescript, which writes the types alone. */
export function compareGenerating(document: string, pairs: number): void {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-bench-"));
  const types = dirname(createRequire(import.meta.url).resolve("openapi-typescript/package.json"));
  const commands = {
    sandglass: ["src/cli/sandglass.js", "generate", "--spec", document, "--out", join(folder, "all")],
    types: [join(types, "bin/cli.js"), document, "--output", join(folder, "types.ts")],
  };
  const sandglass: Cost[] = [];
  const alone: Cost[] = [];
  for (let pair = -1; pair < pairs; pair += 1) {
    const costs = [run(commands.sandglass), run(commands.types)] as const;
    if (pair < 0) continue; // the first pair fills the machine's caches
    sandglass.push(costs[0]);
    alone.push(costs[1]);
  }
  rmSync(folder, { recursive: true });
  const walls = (costs: readonly Cost[]) => costs.map(({ wallMs }) => wallMs);
  const cpus = (costs: readonly Cost[]) => costs.map(({ cpuMs }) => cpuMs);
  const note = `openapi-typescript alone: ${Math.round(median(walls(alone)))} ms`;
  print("generate", `${Math.round(median(walls(sandglass)))} ms`, note);
  printRatio(
    "generate / openapi-typescript",
    walls(sandglass),
    walls(alone),
    "types, schemas, validators and a client",
  );
  printRatio("  by processor time", cpus(sandglass), cpus(alone), "");
}

function run(command: readonly string[]): Cost {
  const [begin, before] = [performance.now(), cpuMsOfChildren()];
  execFileSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
  return { wallMs: performance.now() - begin, cpuMs: cpuMsOfChildren() - before };
}

/** Processor time of all children that have ended, as Linux counts it. */
function cpuMsOfChildren(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return ((Number(fields[13]) + Number(fields[14])) * microsInTick) / 1_000;
}
