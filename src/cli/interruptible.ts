/** Work that creates sandboxes: how it is told to stop, and what is said of it. */
type InterruptOptions = {
  /** What the work has left behind so far, in lines: said where it is cut short. */
  readonly left: () => readonly string[];
};

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit code of a process that a second signal ends, as shells have it for Ctrl-C. */
const cutShort = 130;

/**
 * Does work that creates sandboxes. The first Ctrl-C ends it in order, and so does a terminal or a pipe that closes; a second
 * Ctrl-C says what is left, and ends the process.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { left }: InterruptOptions,
): Promise<Result> {
  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => {
    if (!interrupted.signal.aborted) {
      process.stderr.write(`${ownLine()}sandglass: ending what was created; once more to leave it\n`);
      interrupted.abort();
      return;
    }
    if (signal === "SIGHUP") return; // closing the terminal asks for no hurry
    process.stderr.write(
      left()
        .map((line) => `${ownLine()}sandglass: ${line}\n`)
        .join(""),
    );
    process.exit(cutShort);
  };
  /** Once the reader of a pipe is gone, what is written there is lost; what was created is not to be. */
  const outOfReach = () => interrupted.abort();
  const ignore = () => undefined;
  for (const signal of signals) process.on(signal, interrupt);
  process.stdout.on("error", outOfReach);
  process.stderr.on("error", ignore);
  try {
    return await work(interrupted.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/**
 * Keeps the process from ending in an uncaught error where its output cannot be written. A reader that has enough, such as `head`,
 * is no failure; any other reason, such as a full disk, is said and makes the exit code 2.
 */
export function surviveLostOutput(): void {
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") return;
    process.stderr.write(`sandglass: the output cannot be written: ${message}\n`);
    process.exitCode = 2;
  });
}

/** Tells of what no handler of the mock expected, a defect of ours, and goes on: it holds the worlds of others as well. */
export function surviveDefects(): void {
  const tell = (error: unknown) => {
    const stack = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`sandglass: a defect of the mock, which goes on; please report it: ${stack}\n`);
  };
  process.on("uncaughtException", tell).on("unhandledRejection", tell);
}

/** Whether lines are to follow one another: in CI, unless that says no, and on terminals that cannot clear a line. */
export function isPlain({ CI = "", TERM }: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(CI) || TERM === "dumb";
}

/** On a terminal the live line stands where the next word would go. */
function ownLine(): string {
  return process.stderr.isTTY && !isPlain(process.env) ? "\r\u001b[2K" : "";
}
