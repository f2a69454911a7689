/** A clock that stands still until it is moved: the time of a reference server, and of the run that judges it. */
export class SteppedClock {
  #nowMs: number;
  #waiting: { readonly atMs: number; readonly wake: () => void }[] = [];
  #isWatching = false;
  #stirs = 0;

  constructor(startMs = Date.UTC(2026, 4, 6, 7, 8, 9)) {
    this.#nowMs = startMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly advance = (ms: number): void => {
    this.#nowMs += ms;
  };

  /**
   * Waits until so much time has passed. It passes as soon as all that is under way waits for it, so that waits which
   * overlap take as long as the longest of them.
   */
  readonly pass = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#stirs += 1;
      this.#waiting.push({ atMs: this.#nowMs + ms, wake });
      if (!this.#isWatching) void this.#watch();
    });

  /** Moves on to the next wait that is over, whenever nothing stirs. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (this.#waiting.length > 0) {
      await this.#stillness();
      const atMs = Math.min(...this.#waiting.map((each) => each.atMs));
      this.#nowMs = Math.max(this.#nowMs, atMs);
      const due = this.#waiting.filter((each) => each.atMs <= atMs);
      this.#waiting = this.#waiting.filter((each) => each.atMs > atMs);
      for (const { wake } of due) wake();
    }
    this.#isWatching = false;
  }

  /** A request on this machine reaches its server within a few turns of the event loop. */
  async #stillness(): Promise<void> {
    for (let turns = 0, seen = this.#stirs; turns < turnsMax; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (seen === this.#stirs) continue;
      seen = this.#stirs;
      turns = 0;
    }
  }
}

const turnsMax = 15;
