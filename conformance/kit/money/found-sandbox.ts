/** A sandbox that creates without an outcome may have made, and the way in which it was found. */
export type FoundSandbox = {
  readonly id: string;
  readonly foundBy: "refusal" | "time" | "order";
  /** Any of which may have made it, one at least; one alone where it is sure. */
  readonly creates: readonly number[];
  /** Whether it is the run's by the way in which it was found. */
  readonly isSure: boolean;
};

/** A sandbox that was started this long before a create cannot have been started by it, in milliseconds. */
export const readyMsMin = 2_000;
