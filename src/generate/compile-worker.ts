import { parentPort, workerData } from "node:worker_threads";
import { ContractError } from "../contract/contract-error.ts";
import type { Compiled, CompileTask } from "./compile-apart.ts";
import { compileValidators } from "./compile-validators.ts";

const { schemas, targets } = workerData as CompileTask;
const send = (message: Compiled) => parentPort?.postMessage(message);
/** Text that waits to be sent: a message for each validator would cost more than the compiler. */
let waiting: string[] = [];
let length = 0;
const lengthMax = 1_000_000;
const flush = () => {
  send({ text: waiting.join("") });
  waiting = [];
  length = 0;
};
const write = (text: string) => {
  waiting.push(text);
  length += text.length;
  if (length > lengthMax) flush();
};
const last = await compileValidators(schemas, targets, write).then(
  (imports): Compiled => ({ imports }),
  (error: unknown): Compiled => {
    if (error instanceof ContractError) return { refused: error.code, message: error.message };
    throw error;
  },
);
flush();
send(last);
