import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import autocannon from "autocannon";

/** A server in a process of its own, so that it and the load do not share a thread. */
export type Contestant = {
  readonly name: string;
  readonly port: number;
  readonly pid: number; // of the process that answers
  readonly process: ChildProcess;
};

/** Starts a server file of this folder and waits until it says where it listens. */
export function startContestant(
  name: string,
  file: string,
  execArgv: readonly string[] = [],
  args: readonly string[] = [],
): Promise<Contestant> {
  const child = fork(new URL(file, import.meta.url), [...args], { execArgv: [...execArgv] });
  return new Promise((resolve, reject) => {
    child.once("message", (message) => {
      const { port, pid = child.pid! } = message as { port: number; pid?: number };
      resolve({ name, port, pid, process: child });
    });
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code} before it listened`)));
  });
}

export function stopContestant({ process: child }: Contestant): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.once("exit", () => resolve());
    child.disconnect();
  });
}

export const createBody = JSON.stringify({
  templateID: "base",
  timeout: 0,
  metadata: { owner: "bench" },
  previewAuth: { scheme: "bearer", token: "auto" },
});

/** What is asked of a server again and again. */
export type Asked = {
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How many connections ask, each for one after the other; by default 64, each for four at a time. */
  readonly connections?: number;
};

const key = { "x-api-key": "sandglass-acme" };
export const create: Asked = {
  ...{ method: "POST", path: "/api/sandboxes", body: createBody },
  headers: { ...key, "content-type": "application/json" },
};

export type Load = { readonly seconds: number } | { readonly requests: number };

/** What a load came to: answers a second, and microseconds of the server's own processor time for each. */
export type Measured = { readonly perSecond: number; readonly cpuMicros: number };

/**
 * Asks as fast as the server answers.
 *
 * @throws Error when an answer is no success
 */
export async function measureLoad({ name, port, pid }: Contestant, asked: Asked, load: Load): Promise<Measured> {
  const { path, method = "GET", headers = key, body, connections } = asked;
  const cpuBefore = cpuMicrosOf(pid);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    ...{ method, headers, connections: connections ?? 64, pipelining: connections === undefined ? 4 : 1 },
    ...(body !== undefined && { body }),
    ...("seconds" in load ? { duration: load.seconds } : { amount: load.requests }),
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${name}: ${method} ${path}: ${result.non2xx} answers were no success, ${result.errors} requests failed`,
    );
  }
  return {
    perSecond: result["2xx"] / ((result.finish.getTime() - result.start.getTime()) / 1000),
    cpuMicros: (cpuMicrosOf(pid) - cpuBefore) / result["2xx"],
  };
}

export const microsInTick = 10_000; // of /proc, on every Linux that matters here

/** Processor time that a process has used, as Linux counts it; not a number elsewhere. */
function cpuMicrosOf(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return NaN;
  const fields = readFileSync(path, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * microsInTick;
}

export type Memory = { readonly heapBytes: number; readonly residentBytes: number };

/** What a mock holds after a collection. */
export function measureMemory({ process: child }: Contestant): Promise<Memory> {
  return new Promise((resolve) => {
    child.once("message", (message) => resolve(message as Memory));
    child.send("memory");
  });
}

/** The smallest value that so many of a hundred are not above. */
export function percentile(values: readonly number[], of100: number): number {
  return [...values].sort((one, other) => one - other)[Math.ceil((values.length * of100) / 100) - 1]!;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
