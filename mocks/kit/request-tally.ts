/** Up to how many milliseconds requests are counted together, as Prometheus' histograms have it; the last group has no end. */
export const durationBoundsMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/** How many requests of one kind were answered, and how long that took. */
export type RequestTally = {
  readonly contract: string;
  readonly operation: string;
  readonly status: number;
  count: number;
  sumMs: number;
  readonly within: number[]; // how many took no longer than each bound, and longer than the one before it
};

/** Counts requests, by contract, operation and status. */
export type RequestTallies = {
  readonly add: (kind: Pick<RequestTally, "contract" | "operation" | "status">, durationMs: number) => void;
  readonly all: () => Iterable<RequestTally>;
};

/** Creates tallies, of none yet. */
export function createRequestTallies(): RequestTallies {
  const tallies = new Map<string, RequestTally[]>(); // by operation: a key of all three would be a new string for each request
  return {
    add: ({ contract, operation, status }, durationMs) => {
      const known = tallies.get(operation);
      let tally = known?.find((one) => one.status === status && one.contract === contract);
      if (tally === undefined) {
        tally = { contract, operation, status, count: 0, sumMs: 0, within: durationBoundsMs.map(() => 0) };
        tallies.set(operation, [...(known ?? []), tally]);
      }
      tally.count += 1;
      tally.sumMs += durationMs;
      let at = 0;
      while (durationMs > durationBoundsMs[at]!) at += 1;
      if (at < durationBoundsMs.length) tally.within[at]! += 1;
    },
    all: () => [...tallies.values()].flat(),
  };
}
