/** A law that a real deployment is known to break today. */
export type KnownDeviation = {
  readonly law: string; // id, with * and ** as in --law
  readonly reason: string; // what it does instead
  readonly evidence: string; // how that is known: public code, a run of it, public pages
  /** The mark of the counterexample, where only that one is known. */
  readonly counterexample?: string;
};
