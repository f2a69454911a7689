/** What calls off a timer. */
export type Cancel = () => void;

/** Timers as one would write them without thinking: a queue of what is due, worked through in order. */
export class Timers {
  nowMs: number;
  #due: { readonly atMs: number; readonly fire: () => void }[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  after(ms: number, fire: () => void): Cancel {
    const timer = { atMs: this.nowMs + ms, fire };
    this.#due.push(timer);
    return () => (this.#due = this.#due.filter((other) => other !== timer));
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#due.filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.fire();
    }
    this.nowMs = untilMs;
  }
}
