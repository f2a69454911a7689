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
};
