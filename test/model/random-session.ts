import type { ExchangeRecorder } from "./recorder.ts";

/** Numbers from a seed. */
export type Draw = (max: number) => number;

export function drawFrom(seed: number): Draw {
  let state = (seed * 2_654_435_761) >>> 0;
  return (max) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % max;
  };
}

export type RandomSession = {
  readonly recorder: ExchangeRecorder;
  readonly keys: Readonly<Record<string, string>>;
  readonly advance: (ms: number) => void;
  readonly draw: Draw;
  readonly steps: number;
  /** Whether some answers get lost. Default true. */
  readonly loses?: boolean;
};

export function pick<Value>(draw: Draw, values: readonly Value[]): Value {
  return values[draw(values.length)]!;
}

/** Sends one request after the other, at times several at once, while time goes by in leaps. */
export async function playSteps({ draw, steps, advance }: RandomSession, one: () => Promise<void>): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    if (draw(5) === 0) await Promise.all(Array.from({ length: 2 + draw(3) }, one));
    else await one();
    if (draw(3) === 0) advance(pick(draw, [1, 400, 1_500, 30_000, 299_000, 302_000]));
  }
}
