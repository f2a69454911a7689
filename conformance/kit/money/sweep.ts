import { systemSleep } from "../../../src/contract/clock.ts";
import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import { createBudget } from "./budget.ts";
import { createCleanup } from "./cleanup.ts";
import { usualProfile } from "../contract.ts";
import type { Contract } from "../contract.ts";
import { createLedger } from "./ledger.ts";
import type { LedgerEntry, LedgerSink, Receipt } from "./ledger.ts";
import { searchOrphans } from "./orphan-search.ts";
import { createSkewMeter, measureSkew } from "../skew.ts";
import type { Target } from "../target.ts";
import { createTimeKeeper } from "../time.ts";
import { createTransport } from "../transport.ts";
import { EnvironmentTrouble } from "../unjudged.ts";

/** What to sweep, and by which ledger. */
export type SweepOptions = {
  readonly clock: Clock;
  readonly contract: Contract;
  readonly target: Target;
  /** What the run that died has written. */
  readonly entries: readonly LedgerEntry[];
  /** Where to note what became of it. */
  readonly sink: LedgerSink;
  readonly sleep?: Sleep;
  readonly requestTimeoutMs?: number;
};

/** What a sweep found and did. */
export type SweepResult = {
  readonly receipt: Receipt;
  /** Sandboxes that the account had, and of which the ledger proves that the run made them. They were ended. */
  readonly adopted: readonly string[];
  /** Sandboxes that the run may have made, or somebody else. They were left alone. */
  readonly doubtful: readonly string[];
  /** Why the account's list could not be looked at, where it could not: it may hold more that the run made. */
  readonly unsearched?: string;
};

/**
 * Ends what a run left behind, from its ledger alone.
 *
 * Creates of which the ledger knows no outcome are looked for in the account's list. One is taken for the run's where it
 * was started while the create was under way, and no more sandboxes were started then than creates were: everything else
 * is named, and left alone.
 */
export async function sweepLedger(options: SweepOptions): Promise<SweepResult> {
  const { clock, contract, target, entries, sink, sleep = systemSleep, requestTimeoutMs = 10_000 } = options;
  const ledger = createLedger({ clock, sink, past: entries });
  const limits = { createsMax: 0, aliveMax: 0, minutesMax: Infinity, ratePerSecond: Infinity };
  const budget = createBudget({ clock, sleep, ledger, limits });
  const skew = createSkewMeter();
  const time = createTimeKeeper({ clock, sleep, target, mode: "auto", waitMsMax: 0, skew, signal: undefined });
  const transport = createTransport({
    ...{ contract, target, clock, requestTimeoutMs, ledger, budget, profile: usualProfile, absentIds: new Set() },
    observe: (exchange) => measureSkew(skew, exchange),
    sleep,
  });
  await time.prepare();
  const found = await search({ contract, transport, ledger, skewMs: () => time.now() - clock.now() });
  const cleanup = createCleanup({ contract, transport, ledger, sleep });
  const receipt = await cleanup.close();
  return { receipt, ...found };
}

/** A list that is not to be had keeps nobody from ending what the ledger names. */
async function search(options: Parameters<typeof searchOrphans>[0]): Promise<Omit<SweepResult, "receipt">> {
  try {
    const { proven, doubtful } = await searchOrphans(options);
    return { adopted: proven.map(({ id }) => id), doubtful };
  } catch (error) {
    if (!(error instanceof EnvironmentTrouble)) throw error;
    return { adopted: [], doubtful: [], unsearched: error.message };
  }
}
