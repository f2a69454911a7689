import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import type { Ledger } from "./ledger.ts";
import { Unjudged, sleepInRun } from "../law/unjudged.ts";

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
  readonly admitCreate: (options: { readonly purpose: string; readonly shrinking: boolean }) => void;
  /** Lets so many sandboxes be made in all, if that is more than so far. */
  readonly widen: (createsMax: number) => void;
  /** Keeps so many creates for others than a purpose, which laws still need: what is optional does not take them. */
  readonly setAside: (keptFrom: (purpose: string) => number) => void;
  /** Does what a law can be judged without, such as judging a breach again: with the creates that are not set aside. */
  readonly optional: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** The most sandboxes that may be made in all. */
  readonly createsMax: () => number;
  /** Whether one more sandbox at once would be too many, with those that are being made. */
  readonly isFull: () => boolean;
  readonly left: () => BudgetLeft;
  /** What is left for a purpose beyond what is set aside. */
  readonly spare: (purpose: string) => BudgetLeft;
};

/** Looking for smaller counterexamples may take this share of the creates. */
const shrinkShare = 0.25;

export function createBudget({
  clock,
  sleep,
  ledger,
  limits: { createsMax: createsMaxAtFirst, aliveMax, minutesMax, ratePerSecond },
}: {
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly ledger: Ledger;
  readonly limits: BudgetLimits;
}): Budget {
  const startedAtMs = clock.now();
  const endsAtMs = startedAtMs + minutesMax * 60_000;
  let createsMax = createsMaxAtFirst;
  let keptFrom: (purpose: string) => number = () => 0;
  let optional = 0; // how much of it is under way
  let shrinks = 0;
  let nextAtMs = startedAtMs;
  const isFull = () => ledger.mayRunCount() >= aliveMax;
  const left = (kept: number) => ({
    creates: Math.max(0, createsMax - ledger.mayExistCount() - kept),
    minutes: Math.max(0, (endsAtMs - clock.now()) / 60_000),
  });
  return {
    beforeRequest: async (signal) => {
      if (clock.now() >= endsAtMs) throw new Unjudged("budget", `the ${minutesMax} minutes of the run are over`);
      if (ratePerSecond === Infinity) return;
      const turnMs = Math.max(nextAtMs, clock.now());
      nextAtMs = turnMs + 1000 / ratePerSecond;
      if (turnMs > clock.now()) await sleepInRun(sleep, turnMs - clock.now(), signal); // it may be minutes
    },
    admitCreate: ({ purpose, shrinking }) => {
      const open = ledger.unsettled().length;
      const unknown = open === 0 ? "" : `, ${open} of them on creates of which it is not known what they made`;
      if (ledger.mayExistCount() >= createsMax) {
        const reason = `the budget of ${createsMax} creates is spent${unknown}: allow more with --max-creates`;
        throw new Unjudged("budget", reason);
      }
      if (isFull()) {
        throw new Unjudged("budget", `${aliveMax} sandboxes may run at once already: allow more with --max-alive`);
      }
      const isOptional = shrinking || optional > 0;
      const aside = isOptional ? keptFrom(purpose) : 0;
      if (isOptional && left(aside).creates === 0) {
        throw new Unjudged(
          "budget",
          `the ${aside} creates that are left are for laws to come: allow more with --max-creates`,
        );
      }
      const shrinksMax = Math.ceil(createsMax * shrinkShare);
      if (shrinking && (shrinks += 1) > shrinksMax) {
        throw new Unjudged("budget", `the ${shrinksMax} creates for making counterexamples smaller are spent`);
      }
    },
    isFull,
    left: () => left(0),
    spare: (purpose) => left(keptFrom(purpose)),
    createsMax: () => createsMax,
    widen: (creates) => {
      createsMax = Math.max(createsMax, creates);
    },
    setAside: (kept) => {
      keptFrom = kept;
    },
    optional: async (work) => {
      optional += 1;
      try {
        return await work();
      } finally {
        optional -= 1;
      }
    },
  };
}
