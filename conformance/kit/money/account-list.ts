import type { Clock } from "../../../src/contract/clock.ts";
import type { ListedSandbox, RunContract } from "../law/contract.ts";
import { answerText, isSuccess } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Ledger, OpenCreate } from "./ledger.ts";
import { each } from "../target/each.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** A key that can list what its account has. */
type ListingKey = "own" | "other";

/** What runs in the accounts of the run's keys, by id, when that was read, and the last create that was sent before. */
export type Reading = {
  readonly atMs: number;
  readonly create: number;
  readonly shown: ReadonlyMap<string, ListedSandbox & { readonly by: ListingKey }>;
};

/** The lists of the accounts that a run has keys of. */
type AccountList = {
  readonly read: () => Promise<Reading>;
  /** Whether any of them could be read the last time. */
  readonly isReadable: () => boolean;
  /** Whether the list of each account that a create may have landed in could be read the last time. */
  readonly shows: (create: OpenCreate) => boolean;
  /** Why one could not be read the last time. */
  readonly problem: () => string | undefined;
};

export type AccountListOptions = {
  readonly contract: RunContract;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly keys: readonly ListingKey[];
  readonly list: (by: ListingKey) => Promise<Exchange>;
  /** So many lists are read at once. Default 1. */
  readonly atOnceMax?: number;
};

/** Creates what reads the lists; until it has, it takes them for readable. */
export function createAccountList(options: AccountListOptions): AccountList {
  const { ledger, clock, keys, atOnceMax = 1 } = options;
  let unreadable: ReadonlyMap<ListingKey, string> = new Map(); // with the reason
  return {
    read: async () => {
      const atMs = clock.now();
      const create = ledger.lastCreate();
      const shown = new Map<string, ListedSandbox & { readonly by: ListingKey }>();
      const failed = new Map<ListingKey, string>();
      const lists = await each(keys, (by) => readList(options, by), { atOnceMax });
      for (const [index, by] of keys.entries()) {
        const read = lists[index]!;
        if (typeof read === "string") failed.set(by, read);
        // A sandbox that two keys show stands with the first.
        else for (const entry of read) if (!shown.has(entry.id)) shown.set(entry.id, { ...entry, by });
      }
      unreadable = failed;
      return { atMs, create, shown };
    },
    isReadable: () => keys.some((key) => !unreadable.has(key)),
    shows: ({ by }) =>
      keys.length > 0 && (by === "made-up" ? keys : [by]).every((key) => keys.includes(key) && !unreadable.has(key)),
    problem: () => [...unreadable.values()].at(-1),
  };
}

/** What runs in the account of a key, or why that cannot be read. */
async function readList(
  { contract, list }: AccountListOptions,
  by: ListingKey,
): Promise<readonly ListedSandbox[] | string> {
  try {
    const exchange = await list(by);
    const entries = isSuccess(exchange) ? contract.list.entriesIn(exchange) : undefined;
    return entries?.filter(({ isAlive }) => isAlive) ?? answerText(exchange);
  } catch (error) {
    if (error instanceof TransientFailure || error instanceof Unjudged) return error.message;
    throw error;
  }
}
