import { Worker } from "node:worker_threads";
import { type Sleep, systemSleep } from "../../../src/contract/clock.ts";
import type { FileNode } from "./file-system.ts";
import { type ShellLimits, usualLimits } from "./limits.ts";
import { inlineBytesMax, type FromWorker, type RunRequest, type RunResult, type ToWorker } from "./messages.ts";

/** What a command came to: its result with the files that it changed, or that its line goes on. */
export type RunOutcome =
  | { readonly kind: "done"; readonly result: RunResult; readonly changes: ReadonlyMap<string, FileNode | undefined> }
  | { readonly kind: "incomplete" };

/** Runs commands in worker threads, so many at once, each for so long. */
export type ShellPool = {
  /**
   * Runs a command.
   *
   * @param signal - ends it when it is aborted: its exit code is -1, and nothing that it wrote is kept
   */
  readonly run: (request: Omit<RunRequest, "limits">, signal?: AbortSignal) => Promise<RunOutcome>;
  readonly limits: ShellLimits;
};

type Job = {
  readonly request: RunRequest;
  readonly resolve: (outcome: RunOutcome) => void;
  readonly changes: Map<string, FileNode | undefined>;
  readonly pieces: Map<string, string[]>;
  readonly timer: AbortController;
  readonly detach: () => void;
};
type Slot = { readonly worker: Worker; job: Job | undefined };

/** Creates a pool. It has no worker until there is something to run. */
export function createShellPool(limits: ShellLimits = usualLimits, sleep: Sleep = systemSleep): ShellPool {
  const slots = new Set<Slot>();
  const waiting: Job[] = [];

  const fail = (job: Job, exitCode: number, stderr: string) =>
    settle(job, {
      kind: "done",
      result: { exitCode, stdout: "", stderr, sleptMs: 0, unknown: [], shell: undefined },
      changes: new Map(),
    });

  function settle(job: Job, outcome: RunOutcome): void {
    job.timer.abort();
    job.detach();
    job.resolve(outcome);
  }

  function begin(slot: Slot, job: Job): void {
    slot.job = job;
    slot.worker.ref();
    post(slot, { kind: "run", request: withoutLongFiles(job.request) });
  }

  /** Bounds what a command computes; not how long a worker takes to load what it runs on. */
  function bound(slot: Slot, job: Job): void {
    const late = `\nsandglass: stopped after ${limits.computingMsMax} ms of computing, the most that a command of this mock has\n`;
    sleep(limits.computingMsMax, job.timer.signal).then(
      () => slot.job === job && endSlot(slot, -1, late),
      () => {},
    );
  }

  function endSlot(slot: Slot, exitCode: number, stderr: string): void {
    const { job } = slot;
    slot.job = undefined;
    slots.delete(slot);
    slot.worker.terminate().catch(() => undefined); // it has ended
    if (job !== undefined) fail(job, exitCode, stderr);
    beginNext();
  }

  function openSlot(): Slot {
    const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
    const worker = new Worker(new URL(file, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMiBMax },
      env: {},
      execArgv: [],
    });
    const slot: Slot = { worker, job: undefined };
    slots.add(slot);
    worker.on("message", (message: FromWorker) => take(slot, message));
    worker.on("error", ({ message }) => {
      endSlot(
        slot,
        137,
        `\nKilled: ${message}\nsandglass: a command of this mock has ${limits.memoryMiBMax} MiB of memory\n`,
      );
    });
    return slot;
  }

  function beginNext(): void {
    while (waiting.length > 0) {
      const idle = [...slots].find((slot) => slot.job === undefined);
      if (idle === undefined && slots.size >= limits.workersMax) return;
      begin(idle ?? openSlot(), waiting.shift()!);
    }
  }

  function take(slot: Slot, message: FromWorker): void {
    const { job } = slot;
    if (job === undefined) return;
    if (message.kind === "begun") bound(slot, job);
    else if (message.kind === "need") {
      postContent(slot, job, message.path).catch((error: Error) =>
        endSlot(slot, 126, `\nsandglass: ${error.message}\n`),
      );
    } else if (message.kind === "piece") {
      const pieces = job.pieces.get(message.path);
      if (pieces === undefined) job.pieces.set(message.path, [message.piece]);
      else pieces.push(message.piece);
    } else if (message.kind === "node") {
      const { path, node } = message;
      job.changes.set(path, node?.kind === "file" ? { ...node, pieces: job.pieces.get(path) ?? [] } : node);
    } else {
      slot.job = undefined;
      slot.worker.unref();
      settle(job, message.kind === "incomplete" ? message : { ...message, changes: job.changes });
      beginNext();
    }
  }

  async function postContent(slot: Slot, job: Job, path: string): Promise<void> {
    const pieces = job.request.nodes[path]?.pieces ?? [];
    for (let at = 0; ; at += piecesAtOnce) {
      if (slot.job !== job) return;
      const isLast = at + piecesAtOnce >= pieces.length;
      post(slot, { kind: "content", path, pieces: pieces.slice(at, at + piecesAtOnce), isLast });
      if (isLast) return;
      await new Promise(setImmediate); // others come in between
    }
  }

  return {
    limits,
    run: (request, signal) =>
      new Promise((resolve) => {
        const stop = () => {
          const at = waiting.indexOf(job);
          const slot = [...slots].find((each) => each.job === job);
          if (at !== -1) waiting.splice(at, 1);
          if (slot !== undefined) endSlot(slot, -1, "");
          else fail(job, -1, "");
        };
        const job: Job = {
          request: { ...request, limits },
          resolve,
          changes: new Map(),
          pieces: new Map(),
          timer: new AbortController(),
          detach: () => signal?.removeEventListener("abort", stop),
        };
        signal?.addEventListener("abort", stop, { once: true });
        if (signal?.aborted) stop();
        else if (waiting.length >= limits.waitingMax) {
          fail(job, 126, `sandglass: ${limits.waitingMax} commands wait already, the most that this mock lets wait\n`);
        } else {
          waiting.push(job);
          beginNext();
        }
      }),
  };
}

const piecesAtOnce = 16;
const post = ({ worker }: Slot, message: ToWorker) => worker.postMessage(message);

function withoutLongFiles(request: RunRequest): RunRequest {
  const nodes = Object.entries(request.nodes).map(([path, node]) => {
    if (node.kind !== "file" || node.bytes <= inlineBytesMax) return [path, node] as const;
    const { pieces: _pieces, ...rest } = node;
    return [path, rest] as const;
  });
  return { ...request, nodes: Object.fromEntries(nodes) };
}
