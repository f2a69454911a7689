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

/**
 * One kind of step in a sequence. Which sandbox it acts on is a reference, not an id: `pick` is a number that the model
 * takes as "the first", "the second", so that the same sequence can be taken again, on sandboxes with other ids.
 */
export type SequenceStep<Model> = {
  readonly name: string; // "hibernate": the same for good, since counterexamples are told in these
  /** Whether nothing much can come after it. Random sequences keep it for their end. Default: no. */
  readonly ends?: boolean;
  /** Whether it can be taken now. Default: always. */
  readonly possible?: (model: Readonly<Model>, pick: number) => boolean;
  /** Sends the request, judges the answer, and brings the model up to date. */
  readonly act: (model: Model, pick: number) => Promise<Breach | undefined>;
};

/** What a law says of sequences of operations. */
export type SequenceSpec<Model> = {
  /** A new model with the sandboxes it starts from. */
  readonly start: () => Promise<Model>;
  readonly steps: readonly SequenceStep<Model>[];
  /** Looks at every sandbox of the model, after each step, without disturbing it. */
  readonly look: (model: Model) => Promise<Breach | undefined>;
  /** Ends what `start` and the steps have made. Default: nothing; sandboxes are cleaned up after the law. */
  readonly end?: (model: Model) => Promise<void>;
  /** How many sandboxes there are to pick from in random sequences. Default 1. */
  readonly picks?: number;
  /** How many random sequences are taken at least. Default 1. */
  readonly runs?: number;
  /** How many steps a random sequence has. Default 50. */
  readonly length?: number;
  /** How much of the creates that no law needs goes into more random sequences, from 0 to 1. Default 1. */
  readonly share?: number;
};
