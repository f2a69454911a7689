import { parentPort, workerData } from "node:worker_threads";
import { ContractError } from "../contract/contract-error.ts";
import { type Compiled, compileTo, type CompileTask } from "./compile-apart.ts";

const compiled = await compileTo(workerData as CompileTask).then(
  (imports): Compiled => ({ imports }),
  (error: unknown): Compiled => {
    if (error instanceof ContractError) return { refused: error.code, message: error.message };
    throw error;
  },
);
parentPort?.postMessage(compiled);
