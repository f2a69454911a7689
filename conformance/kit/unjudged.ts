import type { SkipCause } from "./finding.ts";

/** Thrown inside a check to end it: the law cannot be judged, through no fault of the target's. */
export class Unjudged extends Error {
  override readonly name = "Unjudged";
  readonly skipCause: SkipCause;
  constructor(skipCause: SkipCause, message: string) {
    super(message);
    this.skipCause = skipCause;
  }
}

/** Thrown inside a check when the target gave no answer (then it has a `cause`), or one that says "not now". */
export class EnvironmentTrouble extends Error {
  override readonly name = "EnvironmentTrouble";
}
