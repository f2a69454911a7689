import type { Clock } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import { showValue } from "../../src/contract/printable.ts";

/**
 * The time of one world: the time of a base clock, seen through an anchor and a scale. Scale 1 is real time, 0 stands
 * still, 60 makes a minute of each second. It reads whole milliseconds, never goes back, not even where its base clock does,
 * and stops at the end of the year 9999.
 */
export type WorldClock = Clock & {
  /** Moves ahead by `ms` milliseconds, at least 0, in one step and at the same cost whatever lies between. */
  readonly advance: (ms: number) => void;
  /** Goes on from the present reading at another speed, at least 0. */
  readonly setScale: (scale: number) => void;
  readonly scale: () => number;
};

export type WorldClockOptions = {
  readonly base: Clock;
  readonly startMs?: number; // first reading; the base clock's by default
  readonly scale?: number; // 1 by default
  readonly onChange?: () => void; // is told of steps and of new speeds
};

const endMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999); // what comes later has no date that the contracts could write

/**
 * Creates the clock of a world.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a start, a step or a scale that is no number, negative or not finite
 */
export function createWorldClock({
  base,
  startMs = base.now(),
  scale = 1,
  onChange = () => {},
}: WorldClockOptions): WorldClock {
  let anchorBaseMs = base.now();
  let anchorMs = Math.min(endMs, requireForward("startMs", startMs));
  let latestMs = Math.floor(anchorMs);
  let speed = requireForward("scale", scale);
  const exactNow = () => (speed === 0 ? anchorMs : anchorMs + (base.now() - anchorBaseMs) * speed);
  const now = () => {
    latestMs = Math.min(endMs, Math.max(latestMs, Math.floor(exactNow())));
    return latestMs;
  };
  return {
    now,
    advance: (ms) => {
      anchorMs = Math.min(endMs, anchorMs + requireForward("advance", ms));
      onChange();
    },
    setScale: (next) => {
      requireForward("scale", next);
      anchorMs = Math.max(now(), exactNow());
      anchorBaseMs = base.now();
      speed = next;
      onChange();
    },
    scale: () => speed,
  };
}

function requireForward(what: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) {
    const message = `a world's clock goes forward only: ${what} must be a number of at least 0, got ${showValue(value)}`;
    throw new ContractError("CONFIG_INVALID", message);
  }
  return value;
}
