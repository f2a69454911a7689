import type { Clock } from "../contract/clock.ts";

/** Where progress is shown, as far as it matters. */
type StepStream = { readonly write: (text: string) => unknown; readonly isTTY?: boolean | undefined };

/** Says what a command is at, on one line of a terminal that is gone when it is done. */
type StepProgress = { readonly step: (name: string) => void; readonly end: () => void };

const clearLine = "\r\u001b[2K";

/**
 * Creates the progress of a command that takes steps which hold everything else up. Nothing is shown in its first
 * second, in CI, or where no terminal is.
 */
export function createStepProgress(clock: Clock, stream: StepStream, { ci }: { readonly ci: boolean }): StepProgress {
  const startMs = clock.now();
  const isLive = stream.isTTY === true && !ci;
  let isShown = false;
  return {
    step: (name) => {
      const seconds = (clock.now() - startMs) / 1000;
      if (!isLive || seconds < 1) return;
      stream.write(`${clearLine}generate: ${name} (${seconds.toFixed(0)} s so far)`);
      isShown = true;
    },
    end: () => {
      if (isShown) stream.write(clearLine);
      isShown = false;
    },
  };
}
