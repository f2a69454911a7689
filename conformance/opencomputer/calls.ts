import type { Exchange } from "../kit/law/exchange.ts";
import type { LawRun } from "../kit/law/law-run.ts";
import type { Credentials } from "../kit/law/call.ts";
import type { OperationId } from "./operations.ts";

/** What is sent beside the operation and the sandbox. */
type ActOptions = {
  readonly json?: unknown;
  readonly port?: string | number;
  readonly credentials?: Credentials;
};

/** Sends one operation, on one sandbox where it takes one. */
export function act(run: LawRun, operation: OperationId, id = "", options: ActOptions = {}): Promise<Exchange> {
  const { json, port = 3000, credentials } = options;
  return run.send({
    operation,
    path: id === "" ? {} : { id, port: String(port) },
    ...(json === undefined ? {} : { json }),
    ...(credentials === undefined ? {} : { credentials }),
  });
}

export function get(run: LawRun, id: string, credentials?: Credentials): Promise<Exchange> {
  return act(run, "getSandbox", id, credentials === undefined ? {} : { credentials });
}

export function list(run: LawRun, credentials?: Credentials): Promise<Exchange> {
  return act(run, "listSandboxes", "", credentials === undefined ? {} : { credentials });
}

/** One operation on a sandbox, with what is sent. */
export type Step = readonly [operation: OperationId, options?: ActOptions];

/** Takes steps on one sandbox, one after the other. */
export async function takeSteps(run: LawRun, id: string, steps: readonly Step[]): Promise<readonly Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const [operation, options] of steps) {
    exchanges.push(operation === "listSandboxes" ? await list(run) : await act(run, operation, id, options));
  }
  return exchanges;
}

/** Ends sandboxes that a law needs no more, so that the next one finds room. */
export async function kill(run: LawRun, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await act(run, "killSandbox", id);
}
