import { configInvalid } from "../../../src/contract/contract-error.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { readLedgerFile } from "./ledger-file.ts";

/** A ledger that was read from a file. */
type ReadLedger = ReturnType<typeof readLedgerFile> & { readonly path: string };

/**
 * Makes one ledger of those of several runs on one account, such as shards. Creates are counted through. What one run found there
 * may be what another had made, so foreign is what was there before the first create of all, and what every run found.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for ledgers of several targets or contracts, and for one that is given twice
 */
export function mergeLedgers(ledgers: readonly ReadLedger[]): Omit<ReadLedger, "path"> {
  assertOneAccount(ledgers);
  const all = ledgers.flatMap(({ entries }) => entries);
  const made = new Set(all.flatMap((entry) => (entry.type === "created" ? entry.ids : [])));
  const firstMs = Math.min(...all.flatMap(({ type, atMs }) => (type === "intended" ? [atMs] : [])));
  const found = ledgers.map(({ entries }) => new Set(entries.flatMap(foreignIds)));
  const isForeign = (id: string, atMs: number) =>
    !made.has(id) && (atMs < firstMs || found.every((ids) => ids.has(id)));
  let before = 0;
  const entries = ledgers.flatMap((ledger) => {
    const offset = before;
    for (const entry of ledger.entries) if ("create" in entry) before = Math.max(before, offset + entry.create);
    return ledger.entries.map((entry): LedgerEntry => {
      if (entry.type === "foreign") return { ...entry, ids: entry.ids.filter((id) => isForeign(id, entry.atMs)) };
      return "create" in entry ? { ...entry, create: offset + entry.create } : entry;
    });
  });
  const [first] = ledgers.map(({ header }) => header).sort((one, other) => (one.startedAt < other.startedAt ? -1 : 1));
  return { header: first!, entries: entries.filter((entry) => entry.type !== "foreign" || entry.ids.length > 0) };
}

const foreignIds = (entry: LedgerEntry) => (entry.type === "foreign" ? entry.ids : []);

function assertOneAccount([first, ...others]: readonly ReadLedger[]): void {
  const runs = new Map([[runOf(first!), first!.path]]);
  for (const { path, header } of others) {
    for (const what of ["contract", "target"] as const) {
      if (header[what] === first!.header[what]) continue;
      const message = `${path} is of the ${what} ${header[what]}, and ${first!.path} of ${first!.header[what]}: merge those of one`;
      throw configInvalid(message);
    }
    const twin = runs.get(runOf({ header }));
    if (twin !== undefined) throw configInvalid(`${path} and ${twin} are of one run: name one of them`);
    runs.set(runOf({ header }), path);
  }
}

const runOf = ({ header: { startedAt, pid } }: Pick<ReadLedger, "header">) => `${startedAt} ${pid}`;
