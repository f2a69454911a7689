import type { Exchange } from "../law/exchange.ts";

/** Bounds on how far the target's clock is ahead of ours, in milliseconds. Each answer with a `Date` narrows them. */
export type SkewMeter = { lowMs: number; highMs: number };

/** A meter that knows nothing yet. */
export function createSkewMeter(): SkewMeter {
  return { lowMs: -Infinity, highMs: Infinity };
}

/**
 * Takes an answer's `Date` into account: it was written between our request and its answer, and holds whole seconds.
 * Bounds that contradict the ones so far (a clock that was set) take their place.
 */
export function measureSkew(meter: SkewMeter, { response, startedAtMs, durationMs }: Exchange): void {
  const dateMs = Date.parse(response.headers["date"] ?? "");
  if (Number.isNaN(dateMs)) return;
  const low = dateMs - (startedAtMs + durationMs);
  const high = dateMs + 999 - startedAtMs;
  const contradicts = low > meter.highMs || high < meter.lowMs;
  meter.lowMs = contradicts ? low : Math.max(meter.lowMs, low);
  meter.highMs = contradicts ? high : Math.min(meter.highMs, high);
}

/** The best guess: 0 where the bounds allow it, since most clocks are right. */
export function skewOf({ lowMs, highMs }: SkewMeter): number {
  if (lowMs <= 0 && highMs >= 0) return 0;
  return Math.round((lowMs + highMs) / 2);
}
