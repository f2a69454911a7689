import { randomBytes } from "node:crypto";

type Run = {
  readonly id: string;
  readonly task: string;
  readonly account: string;
  readonly payload: unknown;
  readonly createdAtMs: number;
  isTaken: boolean;
  output: object;
};

const queuedMs = 250;
const executingMs = 1_000;

/** As much of a shell as a conformance run needs: words that are printed, and an exit code. */
function interpret({ command = "", args = [] }: { readonly command?: string; readonly args?: readonly string[] }) {
  const line = command === "sh" ? String(args[1]) : "";
  const printed = (pattern: RegExp) => [...line.matchAll(pattern)].map(([, word]) => `${word}\n`).join("");
  const stdout = line === "" ? "done\n" : printed(/echo (\S+)(?=;|$)/g);
  return { stdout, stderr: printed(/echo (\S+) >&2/g), exitCode: Number(/exit (\d+)/.exec(line)?.[1] ?? 0) };
}

/** The background runs of all accounts. */
export class Runs {
  readonly now: () => number;
  readonly lenient: boolean;
  readonly runs: Run[] = [];

  /** The runs that there are by now. */
  copy(): Runs {
    const copy = new Runs(this.now, this.lenient);
    copy.runs.push(...this.runs);
    return copy;
  }

  /** A lenient server leaves out what does not apply, and has runs of another spelling. */
  constructor(now: () => number, lenient: boolean) {
    this.now = now;
    this.lenient = lenient;
  }

  /** Starts a run and gives its id. */
  start(task: string, account: string, payload: unknown): string {
    const id = `run${this.lenient ? " & +/" : "_"}${randomBytes(8).toString("hex")}`;
    const output = interpret(payload as { command?: string; args?: string[] });
    this.runs.unshift({ id, task, account, payload, createdAtMs: this.now(), isTaken: false, output });
    return id;
  }

  /** The runs of a task that have ended since this was asked last, the oldest first. */
  takeFinished(task: string): { readonly id: string; readonly account: string }[] {
    const finished = this.runs.filter((run) => run.task === task && !run.isTaken && this.statusOf(run) === "COMPLETED");
    for (const run of finished) run.isTaken = true;
    return finished.reverse();
  }

  /** Says what a run gave, beside what its command did. */
  settle(id: string, output: object): void {
    const run = this.runs.find((each) => each.id === id);
    if (run !== undefined) run.output = run.task === "setup-sandbox" ? output : { ...run.output, ...output };
  }

  /** The runs of an account, the newest first, each in short. */
  list(account: string): unknown[] {
    return this.runs.filter((run) => run.account === account).map((run) => this.show(run));
  }

  /** One run in full, where the caller can reach its account. */
  read(id: string, reaches: (account: string) => boolean): unknown {
    const run = this.runs.find((each) => each.id === id && reaches(each.account));
    if (run === undefined) return undefined;
    const isOver = this.statusOf(run) === "COMPLETED";
    return { ...this.show(run), payload: run.payload, ...(isOver ? { output: run.output } : {}) };
  }

  statusOf({ createdAtMs }: Run): "QUEUED" | "DEQUEUED" | "EXECUTING" | "COMPLETED" {
    const ageMs = this.now() - createdAtMs;
    if (ageMs < queuedMs) return this.lenient ? "DEQUEUED" : "QUEUED";
    return ageMs < queuedMs + executingMs ? "EXECUTING" : "COMPLETED";
  }

  show(run: Run): Record<string, unknown> {
    const status = this.statusOf(run);
    const startedAt = run.createdAtMs + queuedMs;
    const finishedAt = startedAt + executingMs;
    const isWaiting = status !== "EXECUTING" && status !== "COMPLETED";
    const updatedAt = isWaiting ? run.createdAtMs : status === "EXECUTING" ? startedAt : finishedAt;
    const none = this.lenient ? undefined : null;
    return {
      id: run.id,
      status,
      taskIdentifier: run.task,
      createdAt: new Date(run.createdAtMs).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      startedAt: isWaiting ? none : new Date(startedAt).toISOString(),
      finishedAt: status === "COMPLETED" ? new Date(finishedAt).toISOString() : none,
      isTest: false,
      tags: [`account:${run.account}`],
      durationMs: status === "COMPLETED" ? executingMs : 0,
    };
  }
}
