import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import { findWorld, patchOf } from "./control.ts";
import { isLoopback } from "./target.ts";
import { skewOf } from "./skew.ts";
import type { SkewMeter } from "./skew.ts";
import { isObject } from "../law/schema.ts";
import type { OpenRecording } from "../law/recording.ts";
import type { Target, TargetClock } from "./target.ts";
import { TransientFailure, Unjudged, sleepInRun } from "../law/unjudged.ts";
import type { RunTime } from "../law/law-run.ts";

/**
 * How a run lets time pass on the target: by moving its clock, by waiting, or not at all. `auto` moves the clock where
 * the target is on this machine and lets it be moved, and waits elsewhere.
 */
export const clockModes = ["auto", "control", "wait", "none"] as const;
/** One of {@link clockModes}. */
export type ClockMode = (typeof clockModes)[number];

export type TimeKeeper = RunTime & {
  /** Finds out, once, whether the target's clock can be moved. */
  readonly prepare: () => Promise<void>;
  /**
   * How far the target's clock is ahead of ours right now, in milliseconds: one that can be moved may stand still or run at
   * another rate, and is read anew, unless it was seen to run like ours.
   */
  readonly aheadMs: () => Promise<number>;
  /** The same without reading it: as well as it is known by now. */
  readonly knownAheadMs: () => number;
  /** Whether a law that waits for so long can be judged. */
  readonly canPass: (ms: number) => boolean;
  /** How far the run has moved the target's clock, in milliseconds. */
  readonly movedMs: () => number;
};

type TimeOptions = {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly target: Target;
  readonly mode: ClockMode;
  readonly waitMsMax: number;
  readonly skew: SkewMeter;
  readonly signal: AbortSignal | undefined;
  /** Keeps each move of the target's clock. */
  readonly recording: Pick<OpenRecording, "moving">;
};

/** What is known of a clock that can be moved: its reading at a time of ours. Between moves it runs like ours. */
type Moved = { readonly clock: TargetClock; readonly offsetMs: number; readonly uncertaintyMs: number };

/** When a clock was read last since it was moved, by ours, and how far it was ahead, in milliseconds. */
type Reading = { readonly atMs: number; readonly aheadMs: number };

/** For so long a clock that was seen to run like ours is taken to go on so, in milliseconds. */
const steadyMs = 10_000;
/** After so long a clock that stands still is told from one that runs, in milliseconds; and so much of that it may be off. */
const toldApart = { afterMs: 2_000, share: 0.05 } as const;

/** Keeps time for one target. */
export function createTimeKeeper(options: TimeOptions): TimeKeeper {
  const { clock, sleep, target, mode, waitMsMax, skew, signal } = options;
  let moved: Moved | undefined;
  let prepared: Promise<void> | undefined;
  let movedMs = 0;
  let lastRead: Reading | undefined;
  let isSteady = false;
  const skews = { leastMs: Infinity, mostMs: -Infinity };
  const note = (of: TargetClock, nowMs: number, askedMs: number) => {
    const toldMs = clock.now();
    moved = { clock: of, offsetMs: nowMs - toldMs, uncertaintyMs: toldMs - askedMs };
    lastRead = { atMs: toldMs, aheadMs: nowMs - toldMs };
  };
  const read = async (of: TargetClock) => {
    const askedMs = clock.now();
    note(of, await of.now(), askedMs);
  };
  /** Reads a clock that may stand still, and finds out whether it does. */
  const readAhead = async ({ clock: theirs }: Moved): Promise<number> => {
    const before = lastRead;
    const told = await again(theirs.now);
    const reading: Reading = { atMs: clock.now(), aheadMs: told - clock.now() };
    const agedMs = before === undefined ? 0 : reading.atMs - before.atMs;
    if (before !== lastRead || before === undefined) return reading.aheadMs; // it was moved meanwhile
    if (agedMs >= toldApart.afterMs) {
      isSteady = Math.abs(reading.aheadMs - before.aheadMs) <= agedMs * toldApart.share;
      lastRead = reading;
    }
    return reading.aheadMs;
  };
  /** Asks a control API again that gave no answer: it may be about to start anew. */
  const again = async <Told>(ask: (attempt: number) => Told | Promise<Told>): Promise<Told> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await ask(attempt);
      } catch (error) {
        const waitMs = backoffMs[attempt];
        if (!(error instanceof TransientFailure) || waitMs === undefined) throw error;
        await sleepInRun(sleep, waitMs, signal);
      }
    }
  };
  const skewMs = () => {
    const ms = skewOf(skew);
    skews.leastMs = Math.min(skews.leastMs, ms);
    skews.mostMs = Math.max(skews.mostMs, ms);
    return ms;
  };
  const prepare = async () => {
    const found = mayControl(mode, target) ? (target.clock ?? (await findControl(target))) : undefined;
    if (found !== undefined) await read(found);
  };
  const mayWait = mode === "auto" || mode === "wait";
  return {
    prepare: () => (prepared ??= prepare()),
    aheadMs: async () => {
      if (moved === undefined) return skewMs();
      const isKnown = isSteady && lastRead !== undefined && clock.now() - lastRead.atMs < steadyMs;
      return isKnown ? lastRead!.aheadMs : readAhead(moved);
    },
    knownAheadMs: () => moved?.offsetMs ?? skewOf(skew),
    canPass: (ms) => moved !== undefined || (mayWait && ms <= waitMsMax),
    now: () => clock.now() + (moved?.offsetMs ?? skewMs()),
    pass: async (ms) => {
      if (ms <= 0) return;
      if (moved !== undefined) {
        const { clock: theirs, offsetMs } = moved;
        const dueMs = clock.now() + offsetMs + ms;
        await options.recording.moving(Math.ceil(ms), () =>
          again(async (attempt) => {
            // The move may have been made whose answer was lost.
            const isMade = attempt > 0 && (await theirs.now()) >= dueMs;
            const askedMs = clock.now();
            const shown = isMade ? undefined : await theirs.advance(Math.ceil(ms));
            if (typeof shown === "number") note(theirs, shown, askedMs);
            else await read(theirs);
          }),
        );
        movedMs += Math.ceil(ms);
        assertOurs(moved.offsetMs - offsetMs - Math.ceil(ms));
        return;
      }
      if (!mayWait)
        throw new Unjudged("input-missing", "time has to pass: allow it with --clock wait or --clock control");
      if (ms > waitMsMax)
        throw new Unjudged("input-missing", `it waits for ${ms} ms: allow it with --max-wait ${Math.ceil(ms / 1000)}`);
      await sleepInRun(sleep, ms, signal);
    },
    movedMs: () => movedMs,
    get controlled() {
      return moved !== undefined;
    },
    get skewMs() {
      return moved === undefined ? skewMs() : moved.offsetMs;
    },
    get uncertaintyMs() {
      return moved === undefined ? Math.max(0, skews.mostMs - skews.leastMs) : moved.uncertaintyMs;
    },
  };
}

/** A clock that went further ahead than this, beyond what we moved it, was moved by another client, in milliseconds. */
const driftMsMax = 2_000;

function assertOurs(aheadMs: number): void {
  if (aheadMs <= driftMsMax) return;
  const ahead = `the target's clock is ${(aheadMs / 1000).toFixed(0)} s further ahead than this run moved it`;
  throw new TransientFailure(`${ahead}: let one run at a time move it, or judge with --clock wait`);
}

/** A host that others run is not asked for a control API, unless the user says so. */
function mayControl(mode: ClockMode, { baseUrl, fetch, clock }: Target): boolean {
  if (mode === "control") return true;
  return mode === "auto" && (clock !== undefined || fetch !== undefined || isLoopback(baseUrl));
}

/** The clock of Sandglass's mock, or undefined where the target is another server. */
async function findControl(target: Target): Promise<TargetClock | undefined> {
  const world = await findWorld(target);
  const ask = async (init: RequestInit): Promise<number | undefined> => {
    const body = await world?.ask("/clock", init);
    return isObject(body) && typeof body["nowMs"] === "number" ? body["nowMs"] : undefined;
  };
  if ((await ask({})) === undefined) return undefined;
  // It was there before: what is asked again may be answered.
  const lost = (what: string) =>
    new TransientFailure(`the target's clock could not be ${what}: its control API gave no answer`);
  return {
    now: async () => (await ask({})) ?? Promise.reject(lost("read")),
    advance: async (ms) => {
      return (await ask(patchOf({ advanceMs: ms }))) ?? Promise.reject(lost("moved"));
    },
  };
}

const backoffMs = [500, 1_000, 2_000]; // until the control API is asked again
