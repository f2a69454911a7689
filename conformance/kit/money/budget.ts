import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import type { Ledger } from "./ledger.ts";
import { Unjudged } from "../law/unjudged.ts";

/** What a run may cost, in the payer's units. */
export type BudgetLimits = {
  readonly createsMax: number; // sandboxes that may have been made
  readonly aliveMax: number; // sandboxes that run at once: made, and not agreed to be ended
  readonly minutesMax: number; // how long the run sends requests; cleaning up comes on top
  readonly ratePerSecond: number; // requests
};

/** What is left of it. */
export type BudgetLeft = { readonly creates: number; readonly minutes: number };

export type Budget = {
  /**
   * Waits for its turn.
   *
   * @throws Unjudged `budget` when the time is over; `interrupted` when the run is told to stop meanwhile
   */
  readonly beforeRequest: (signal?: AbortSignal) => Promise<void>;
  /** @throws Unjudged `budget` when one more sandbox would be one too many */
  readonly admitCreate: (options: { readonly shrinking: boolean }) => void;
  /** Whether one more sandbox at once would be too many, with those that are being made. */
  readonly isFull: () => boolean;
  readonly left: () => BudgetLeft;
};

/** Looking for smaller counterexamples may take this share of the creates. */
const shrinkShare = 0.25;

export function createBudget({
  clock,
  sleep,
  ledger,
  limits: { createsMax, aliveMax, minutesMax, ratePerSecond },
}: {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly ledger: Ledger;
  readonly limits: BudgetLimits;
}): Budget {
  const startedAtMs = clock.now();
  const endsAtMs = startedAtMs + minutesMax * 60_000;
  const shrinksMax = Math.ceil(createsMax * shrinkShare);
  let shrinks = 0;
  let nextAtMs = startedAtMs;
  const isFull = () => ledger.mayRunCount() >= aliveMax;
  return {
    beforeRequest: async (signal) => {
      if (clock.now() >= endsAtMs) throw new Unjudged("budget", `the ${minutesMax} minutes of the run are over`);
      if (ratePerSecond === Infinity) return;
      const turnMs = Math.max(nextAtMs, clock.now());
      nextAtMs = turnMs + 1000 / ratePerSecond;
      if (turnMs > clock.now()) await sleep(turnMs - clock.now(), signal).catch(interruptedBy(signal));
    },
    admitCreate: ({ shrinking }) => {
      const open = ledger.unsettled().length;
      const unknown = open === 0 ? "" : `, ${open} of them on creates of which it is not known what they made`;
      if (ledger.mayExistCount() >= createsMax) {
        const reason = `the budget of ${createsMax} creates is spent${unknown}: allow more with --max-creates`;
        throw new Unjudged("budget", reason);
      }
      if (isFull()) {
        throw new Unjudged("budget", `${aliveMax} sandboxes may run at once already: allow more with --max-alive`);
      }
      if (shrinking && (shrinks += 1) > shrinksMax) {
        throw new Unjudged("budget", `the ${shrinksMax} creates for making counterexamples smaller are spent`);
      }
    },
    isFull,
    left: () => ({
      creates: Math.max(0, createsMax - ledger.mayExistCount()),
      minutes: Math.max(0, (endsAtMs - clock.now()) / 60_000),
    }),
  };
}

/** A turn may be minutes away, where few requests are allowed: an interrupt does not wait for it. */
function interruptedBy(signal: AbortSignal | undefined): (cause: unknown) => never {
  return (cause) => {
    if (signal?.aborted !== true) throw cause;
    throw new Unjudged("interrupted", "the run was told to stop");
  };
}
