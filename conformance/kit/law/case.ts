import type fc from "fast-check";
import type { Exchange } from "./exchange.ts";

/** A law's word that the target broke it, before it was judged a second time. */
export type Breach = {
  /** What was seen and what the contract says instead, in one sentence. */
  readonly reason: string;
  readonly exchange?: Exchange;
  /** The input that shows it, where inputs were generated. */
  readonly counterexample?: unknown;
  /** Leads straight to the counterexample; see `replay-path.ts`. */
  readonly path?: string;
  /** Set where smaller inputs were left untried, since the budget for them was spent. */
  readonly isUnshrunk?: true;
};

/** One kind of input that a law wants judged. */
export type Case<Value> = {
  readonly name: string;
  readonly arbitrary: fc.Arbitrary<Value>;
  /** How many values to draw. Default 1. */
  readonly runs?: number;
  /** Judged before any that is drawn, whatever the seed. */
  readonly always?: readonly Value[];
  /** How many smaller values may be tried, where that is another number than usual. */
  readonly shrinksMax?: number;
  /** Whether there is room for it: where not, the cases from here on are left out. A replay does not ask. */
  readonly mayBegin?: () => boolean;
};
