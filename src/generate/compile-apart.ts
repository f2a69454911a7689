import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { ContractError, type ErrorCode } from "../contract/contract-error.ts";
import { compileValidators } from "./compile-validators.ts";
import type { Schema } from "./schema-keywords.ts";

/** What the thread is given. */
export type CompileTask = {
  readonly schemas: ReadonlyMap<string, Schema>;
  readonly targets: ReadonlyMap<string, string>;
};
/** What the thread answers: errors lose their class on the way. */
export type Compiled = { readonly text: string } | { readonly refused: ErrorCode; readonly message: string };

/** A thread takes a tenth of a second to start, in which as many schemas are compiled. */
const schemasMin = 300;

/** Compiles as {@link compileValidators} does: many schemas in a thread of its own, beside what the caller does meanwhile. */
export async function compileApart(task: CompileTask): Promise<string> {
  if (task.schemas.size < schemasMin) return compileValidators(task.schemas, task.targets);
  const worker = new Worker(new URL(`./compile-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
  });
  const [compiled] = (await once(worker, "message")) as [Compiled]; // rejects where the thread fails
  if ("text" in compiled) return compiled.text;
  throw new ContractError(compiled.refused, compiled.message);
}
