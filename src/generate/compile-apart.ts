import { on } from "node:events";
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
/** What the thread sends: text as it is written, then what goes before it. Errors lose their class on the way. */
export type Compiled =
  { readonly text: string } | { readonly imports: string } | { readonly refused: ErrorCode; readonly message: string };

/** A thread takes a tenth of a second to start, in which as many schemas are compiled. */
const schemasMin = 300;

/**
 * Compiles as {@link compileValidators} does: many schemas in a thread of its own, beside what the caller does meanwhile.
 *
 * @returns the parts of the module, in order
 */
export async function compileApart(task: CompileTask): Promise<readonly string[]> {
  const parts: string[] = [];
  if (task.schemas.size < schemasMin) {
    const imports = await compileValidators(task.schemas, task.targets, (text) => parts.push(text));
    return [imports, ...parts];
  }
  const worker = new Worker(new URL(`./compile-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: 32 }, // much text passes through, little of it stays
  });
  for await (const [compiled] of on(worker, "message", { close: ["exit"] }) as AsyncIterable<[Compiled]>) {
    if ("refused" in compiled) throw new ContractError(compiled.refused, compiled.message);
    if ("text" in compiled) {
      parts.push(compiled.text);
      continue;
    }
    await worker.terminate(); // its memory is wanted for what comes next
    return [compiled.imports, ...parts];
  }
  throw new Error("the thread that compiles ended early");
}
