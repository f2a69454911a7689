import { setTimeout as sleep } from "node:timers/promises";

/** The only source of time. Code that needs the time is given one, and never reads the machine's own. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
};

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now() };

/** Milliseconds since this process began, for durations alone: unlike the time of day, they are never set back. */
export const steadyClock: Clock = { now: () => performance.now() };

/** A clock that stands still until it is moved. */
export type ManualClock = Clock & {
  /** Moves the clock forward by `ms` milliseconds, at least 0. */
  readonly advance: (ms: number) => void;
};

/**
 * Creates a clock that only moves when told to.
 *
 * @param startMs - its first reading, in milliseconds since the Unix epoch
 * @throws RangeError when it is asked to go backwards
 */
export function createManualClock(startMs: number): ManualClock {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    advance: (ms) => {
      if (!(ms >= 0)) throw new RangeError(`a clock moves forward only: advance(${ms})`);
      nowMs += ms;
    },
  };
}

/** Waits, or rejects when the signal is aborted. The only place where real time passes for its own sake. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Waits by the machine's own time. */
export const systemSleep: Sleep = (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal });

/** The same for what goes on in the background: a process that has nothing else to do ends. */
export const idleSleep: Sleep = (ms, signal) => sleep(ms, undefined, { ref: false, ...(signal && { signal }) });
