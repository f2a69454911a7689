/** A clock that stands still until it is moved: the time of a reference server, and of the run that judges it. */
export class SteppedClock {
  #nowMs: number;

  constructor(startMs = Date.UTC(2026, 4, 6, 7, 8, 9)) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly advance = (ms: number): void => {
    this.#nowMs += ms;
  };
}
