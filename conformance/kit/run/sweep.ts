import type { Clock, Sleep } from "../../../src/contract/clock.ts";
import { ContractError } from "../../../src/contract/contract-error.ts";
import type { RunContract } from "../law/contract.ts";
import type { LedgerEntry, LedgerSink } from "../money/ledger.ts";
import type { Receipt } from "../money/receipt.ts";
import type { Target } from "../target/target.ts";
import { createSessionParts } from "./session-parts.ts";

/** What to sweep, and by which ledger. */
type SweepOptions = {
  readonly clock: Clock;
  readonly contract: RunContract;
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
};

/**
 * Ends what a run left behind, from its ledger alone.
 *
 * Creates of which the ledger knows no outcome are looked for in the account's list. A sandbox is taken for the run's where
 * its start fits such a create and no other sandbox claims it: everything else is named, and left alone.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` where the ledger names a sandbox by what is no id of the contract
 */
export async function sweepLedger(options: SweepOptions): Promise<SweepResult> {
  const { entries, ...given } = options;
  assertIds(options.contract, entries);
  const limits = { createsMax: 0, aliveMax: 0, minutesMax: Infinity, waitMsMax: 0 };
  const { ledger, time, transport } = createSessionParts({ ...given, ...limits, seed: 0 }, entries);
  await time.prepare();
  const known = new Set(ledger.alive().map(({ id }) => id));
  const receipt = await transport.close();
  const created = ledger.entries().slice(entries.length);
  const adopted = created
    .flatMap((entry) => (entry.type === "created" ? entry.ids : []))
    .filter((id) => !known.has(id));
  return { receipt, adopted };
}

function assertIds(contract: RunContract, entries: readonly LedgerEntry[]): void {
  const ids = entries.flatMap((entry) => (entry.type === "created" ? entry.ids : "id" in entry ? [entry.id] : []));
  const odd = ids.find((id) => !contract.isId(id));
  if (odd === undefined) return;
  const message = `the ledger names ${JSON.stringify(odd)}, which is no id of a sandbox of ${contract.name}: is it another's?`;
  throw new ContractError("CONFIG_INVALID", message);
}
