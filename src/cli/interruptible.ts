/** Does work that creates sandboxes: the first Ctrl-C ends it in order, a second one ends the process. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interrupted = new AbortController();
  const interrupt = () => {
    if (!interrupted.signal.aborted)
      process.stderr.write(`${ownLine()}sandglass: ending what was created; once more to leave it\n`);
    interrupted.abort();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    return await work(interrupted.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

/** Whether lines are to follow one another: in CI, unless that says no, and on terminals that cannot clear a line. */
export function isPlain({ CI = "", TERM }: NodeJS.ProcessEnv): boolean {
  return !["", "0", "false"].includes(CI) || TERM === "dumb";
}

/** On a terminal the live line stands where the next word would go. */
function ownLine(): string {
  return process.stderr.isTTY && !isPlain(process.env) ? "\r\u001b[2K" : "";
}
