import { parentPort, workerData } from "node:worker_threads";
import { ContractError } from "../contract/contract-error.ts";
import type { Compiled, CompileTask } from "./compile-apart.ts";
import { compileValidators } from "./compile-validators.ts";

const { schemas, targets } = workerData as CompileTask;
const compiled = await compileValidators(schemas, targets).then(
  (text): Compiled => ({ text }),
  (error: unknown): Compiled => {
    if (error instanceof ContractError) return { refused: error.code, message: error.message };
    throw error;
  },
);
parentPort?.postMessage(compiled);
