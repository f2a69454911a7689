import type { RunTime } from "../law/law-run.ts";
import type { Span } from "../law/exchange.ts";

/** What is known of the clock that spans are read from. */
type ClockReading = {
  /** How far a time that has passed may be off. */
  readonly uncertaintyMs: number;
  /** How far the target's clock is ahead of ours; 0 where that says nothing, since it is moved. */
  readonly skewMs: number;
};

/** Something that has to happen when its time is up, and one look whether it has. */
type Deadline = {
  readonly done: string; // "hibernated"
  readonly notYet: string; // "still running"
  /** When its time began. */
  readonly began: Span;
  /** How long after that it is due; `Infinity` for what must not happen. */
  readonly dueMs: number;
  readonly looked: Span;
  readonly isDone: boolean;
  /** How late is still in time. Default 0. */
  readonly lateMsMax?: number;
  readonly clock: ClockReading;
};

/** When it happened, as far as a look can tell. `unknown`: not done, and not late either. */
export type TimingVerdict = {
  readonly verdict: "early" | "within" | "late" | "unknown";
  readonly text: string; // with the measured numbers
};

/**
 * Judges a look at something that has its time. The target may have begun and looked at any time between our request and its
 * answer, so how much time had passed is known only as an interval. It is early or late where all of the interval is; else it
 * is given the benefit of the doubt.
 */
export function judgeDeadline(deadline: Deadline): TimingVerdict {
  const { done, notYet, dueMs, isDone, lateMsMax = 0 } = deadline;
  const passed = passedBetween(deadline.began, deadline.looked, deadline.clock);
  const at = `at ${formatMs(passed.ms)} of ${formatMs(dueMs)} ${uncertaintyText(passed, deadline.clock)}`;
  if (isDone && dueMs === Infinity) {
    return { verdict: "early", text: `${done} ${at.replace(` of ${formatMs(dueMs)}`, "")}, though it never is due` };
  }
  if (isDone && passed.mostMs < dueMs) {
    return { verdict: "early", text: `${done} ${formatMs(dueMs - passed.ms)} early: ${at}` };
  }
  if (!isDone && passed.leastMs > dueMs + lateMsMax) {
    return { verdict: "late", text: `${notYet} ${formatMs(passed.ms - dueMs)} late: ${at}` };
  }
  return isDone
    ? { verdict: "within", text: `${done} in time: ${at}` }
    : { verdict: "unknown", text: `${notYet} ${at}` };
}

/** A time that is told to remain, read twice. */
type Countdown = {
  readonly fellByMs: number; // how much less the second reading told
  readonly first: Span;
  readonly second: Span;
  /** What rounding may make of it, in milliseconds. */
  readonly slackMs: number;
  readonly clock: ClockReading;
};

/** Judges whether a time that is told to remain falls as fast as the clock: `early` is too fast, `late` too slow. */
export function judgeCountdown({ fellByMs, first, second, slackMs, clock }: Countdown): TimingVerdict {
  const passed = passedBetween(first, second, clock);
  const moved = fellByMs < 0 ? `rose by ${formatMs(-fellByMs)}` : `fell by ${formatMs(fellByMs)}`;
  const text = `${moved} while ${formatMs(passed.ms)} passed ${uncertaintyText(passed, clock)}`;
  if (fellByMs > passed.mostMs + slackMs) return { verdict: "early", text };
  return { verdict: fellByMs < passed.leastMs - slackMs ? "late" : "within", text };
}

/** What the run knows of the clock that it reads. */
export function clockReading({ uncertaintyMs, skewMs, controlled }: RunTime): ClockReading {
  return { uncertaintyMs, skewMs: controlled ? 0 : skewMs };
}

type Passed = { readonly ms: number; readonly leastMs: number; readonly mostMs: number };

function passedBetween(began: Span, looked: Span, { uncertaintyMs }: ClockReading): Passed {
  const leastMs = Math.max(0, looked.fromMs - began.toMs - uncertaintyMs);
  const mostMs = looked.toMs - began.fromMs + uncertaintyMs;
  return { ms: (leastMs + mostMs) / 2, leastMs, mostMs };
}

/** A clock that is off by less is not worth a word. */
const skewToldMsMin = 1_000;

function uncertaintyText({ leastMs, mostMs }: Passed, { skewMs }: ClockReading): string {
  const about = `±${formatMs((mostMs - leastMs) / 2)}`;
  if (Math.abs(skewMs) < skewToldMsMin) return `(${about})`;
  return `(${about}; its clock is ${formatMs(Math.abs(skewMs))} ${skewMs > 0 ? "ahead" : "behind"})`;
}

/** "40 ms", "3.2 s": as exact as is worth reading. */
function formatMs(ms: number): string {
  return Math.abs(ms) < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
