import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { ContractError, type ErrorCode } from "../contract/contract-error.ts";
import { compileValidators } from "./compile-validators.ts";
import type { Schema } from "./schema-keywords.ts";
import { writeText } from "./text-file.ts";

/** What the thread is given. */
export type CompileTask = {
  readonly schemas: Map<string, Schema>;
  readonly targets: ReadonlyMap<string, string>;
  /** The file that takes the functions. */
  readonly path: string;
};
/** What the thread sends when it is done. Errors lose their class on the way. */
export type Compiled = { readonly imports: string } | { readonly refused: ErrorCode; readonly message: string };

/** A thread takes a tenth of a second to start, in which as many schemas are compiled. */
const schemasMin = 300;

/**
 * Compiles to a file as {@link compileValidators} does: many schemas in a thread of its own, beside what the caller does meanwhile.
 *
 * @returns what the functions import
 */
export async function compileApart(task: CompileTask): Promise<string> {
  if (task.schemas.size < schemasMin) return compileTo(task);
  const worker = new Worker(new URL(`./compile-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: 32 }, // much text passes through, little of it stays
  });
  const [compiled] = (await once(worker, "message")) as [Compiled];
  await worker.terminate(); // its memory is wanted for what comes next
  if ("refused" in compiled) throw new ContractError(compiled.refused, compiled.message);
  return compiled.imports;
}

/** Does so in this thread. */
export function compileTo({ schemas, targets, path }: CompileTask): Promise<string> {
  return writeText(path, (write) => compileValidators(schemas, targets, write));
}
