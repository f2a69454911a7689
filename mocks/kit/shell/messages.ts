import type { FileNode } from "./file-system.ts";
import type { ShellLimits } from "./limits.ts";
import type { Listening } from "./listening.ts";
import type { ScriptedCommand } from "./script.ts";

/** One command for a worker. Bytes are text of one character each. */
export type RunRequest = {
  readonly line: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: string;
  readonly timeoutMs: number | undefined; // slept time is counted, too
  readonly nowMs: number; // what its clock shows when it begins
  readonly seed: number; // what its chance derives from
  readonly nodes: Readonly<Record<string, FileNode>>; // the bytes of a long file are asked for when they are read
  readonly scripts: readonly ScriptedCommand[];
  readonly limits: ShellLimits;
  /** Of a shell that lives on: what it knows so far, "" at the beginning. Its line may be one of many. */
  readonly shell: string | undefined;
};

/** What came of a command. */
export type RunResult = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly sleptMs: number; // how long it took by the world's clock
  readonly listens?: readonly Listening[]; // ports that programs of it listen on
  readonly unknown: readonly string[]; // programs that there are not
  readonly shell: string | undefined; // what a shell that lives on knows now; undefined where it has ended
};

export type ToWorker =
  | { readonly kind: "run"; readonly request: RunRequest }
  | { readonly kind: "content"; readonly path: string; readonly pieces: readonly string[]; readonly isLast: boolean };

export type FromWorker =
  | { readonly kind: "begun" } // what it runs on is loaded
  | { readonly kind: "need"; readonly path: string }
  | { readonly kind: "piece"; readonly path: string; readonly piece: string }
  | { readonly kind: "node"; readonly path: string; readonly node: FileNode | undefined } // after its pieces
  | { readonly kind: "incomplete" } // the line of a shell that lives on goes on
  | { readonly kind: "done"; readonly result: RunResult };

/** How much of a file is in one message: so much that neither side is held up. */
export const pieceBytes = 256 * 1024;
export const inlineBytesMax = 4 * 1024;
