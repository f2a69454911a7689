import type { FileSystemOwner } from "../kit/shell/file-system.ts";
import type { RunResult } from "../kit/shell/messages.ts";
import type { SandboxCommand } from "../kit/shell/sandbox-shell.ts";
import { inText } from "../kit/shell/shell.ts";
import type { World } from "../kit/world.ts";

/** A line that a command has printed. */
export type PrintedLine = {
  readonly atMs: number; // by the world's clock; what sleeps prints later than it computes
  readonly source: "exec_stdout" | "exec_stderr";
  readonly line: string;
  readonly command: string;
  readonly argv: readonly string[];
};

/** By sandbox. They are not in a snapshot of the world: what runs is not, either. */
const logs = new WeakMap<World, Map<string, readonly PrintedLine[]>>();

/** What is kept: of so many sandboxes, those that printed last, so many lines, the last ones, each as far as this. */
const sandboxesMax = 1_000;
const linesMax = 1_000;
const lineLengthMax = 1_024;

/** Notes what a command has printed. */
export function noteOutput(
  { world, sandboxId }: FileSystemOwner,
  { cmd, args }: Pick<SandboxCommand, "cmd" | "args">,
  { stdout, stderr, sleptMs }: Pick<RunResult, "stdout" | "stderr" | "sleptMs">,
  beganAtMs: number,
): void {
  if (stdout === "" && stderr === "") return;
  const common = { atMs: beganAtMs + sleptMs, command: cmd, argv: args ?? [] };
  const inLines = (bytes: string, source: PrintedLine["source"]): PrintedLine[] => {
    const lines = bytes === "" ? [] : inText(bytes).replace(/\n$/, "").split("\n");
    return lines.slice(-linesMax).map((line) => ({ ...common, source, line: line.slice(0, lineLengthMax) }));
  };
  const all = logs.get(world) ?? new Map<string, readonly PrintedLine[]>();
  logs.set(world, all);
  const before = all.get(sandboxId) ?? [];
  all.delete(sandboxId);
  const now = [...inLines(stdout, "exec_stdout"), ...inLines(stderr, "exec_stderr")];
  all.set(sandboxId, [...before, ...now].slice(-linesMax));
  if (all.size > sandboxesMax) all.delete(all.keys().next().value!);
}

/** The lines that the commands of a sandbox have printed so far, the oldest first. */
export const linesOf = (world: World, sandboxId: string): readonly PrintedLine[] => {
  const lines = logs.get(world)?.get(sandboxId) ?? [];
  const nowMs = world.clock.now();
  return lines.filter(({ atMs }) => atMs <= nowMs).sort((one, other) => one.atMs - other.atMs);
};
