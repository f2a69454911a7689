import type { Clock } from "../../../src/contract/clock.ts";

/** Whose key a create was sent with: the run's own, the second tenant's, or one that a law made up. */
export type LedgerKey = "own" | "other" | "made-up";

/** One line of a ledger, in the order in which things happened. Plain data: a file of these survives a crash. */
export type LedgerEntry = { readonly atMs: number } & (
  | {
      readonly type: "intended";
      readonly create: number;
      readonly operation: string;
      readonly by: LedgerKey;
      readonly purpose: string;
    }
  | { readonly type: "created"; readonly create: number; readonly ids: readonly string[] }
  | { readonly type: "refused"; readonly create: number; readonly status: number }
  | { readonly type: "unanswered"; readonly create: number }
  | { readonly type: "ending"; readonly id: string } // the target agreed to end it, which nobody has seen yet
  | { readonly type: "revived"; readonly id: string } // after that, the target agreed to start it again
  | { readonly type: "deleted"; readonly id: string }
  | { readonly type: "gone"; readonly id: string } // seen with the run's own eyes
  | { readonly type: "leaked"; readonly id: string; readonly reason: string }
);

/** Where a ledger writes. A create is sent only when `append` is done, so a sink on a disk can sync first. */
export type LedgerSink = { readonly append: (entry: LedgerEntry) => void | Promise<void> };

/** What a run did with somebody's money. Counts of sandboxes. */
export type Receipt = {
  readonly created: number;
  readonly deleted: number; // that the target agreed to delete, or had deleted already
  readonly verifiedGone: number; // that were read back and found gone
  readonly leaked: readonly string[]; // ids that outlive the run though the contract has a way to end them
  readonly expiring: readonly string[]; // ids that only their own timeout ends
  readonly unanswered: number; // creates of which nobody knows whether they made a sandbox
  readonly refused: number; // calls that the run itself did not let out
  readonly refusals: readonly string[]; // what they were, each kind once
};

/** A create that is about to be sent. */
export type IntendedCreate = { readonly operation: string; readonly by: LedgerKey; readonly purpose: string };

/** A create without an outcome, and when it was intended. */
export type OpenCreate = IntendedCreate & { readonly create: number; readonly atMs: number };

/** A sandbox of this run. */
export type OwnedSandbox = { readonly id: string; readonly by: LedgerKey; readonly purpose: string };

/** Every sandbox that a run made or may have made. */
export type Ledger = {
  /** Notes a create before it is sent; the number goes to what comes of it. */
  readonly intend: (create: IntendedCreate) => Promise<number>;
  readonly created: (create: number, ids: readonly string[]) => Promise<void>;
  readonly refused: (create: number, status: number) => Promise<void>;
  readonly unanswered: (create: number) => Promise<void>;
  /** Notes that the target agreed to end a sandbox. It is to be cleaned up all the same: not all that agree do. */
  readonly ending: (id: string) => Promise<void>;
  /** Notes that the target agreed to start it again. */
  readonly revived: (id: string) => Promise<void>;
  readonly deleted: (id: string) => Promise<void>;
  readonly gone: (id: string) => Promise<void>;
  readonly leaked: (id: string, reason: string) => Promise<void>;
  /** Sandboxes not yet seen gone, newest first: the order in which to clean up. */
  readonly alive: () => readonly OwnedSandbox[];
  /**
   * How many sandboxes run, as far as they were not agreed to be ended. What a target shows after that costs no more by
   * our asking again: it is a leak, not a place taken.
   */
  readonly runningCount: () => number;
  readonly owns: (id: string) => boolean;
  /** The sandbox with this id, where the run made it. */
  readonly find: (id: string) => OwnedSandbox | undefined;
  /** Sandboxes made, counting a create without an answer as one. */
  readonly createdCount: () => number;
  /** Creates that were sent and have not come back. */
  readonly openCount: () => number;
  /** Creates of which nobody knows what became of them: without an answer, or cut off before one. */
  readonly unsettled: () => readonly OpenCreate[];
  readonly entries: () => readonly LedgerEntry[];
};

const noSink: LedgerSink = { append: () => undefined };

const nobody = { by: "own", purpose: "" } as const;

type Owned = OwnedSandbox & { isAlive: boolean; isEnding: boolean };

/**
 * Creates a ledger.
 *
 * @param past - entries of an earlier run, to go on from; they are not written again
 */
export function createLedger({
  clock,
  sink = noSink,
  past = [],
}: {
  readonly clock: Clock;
  readonly sink?: LedgerSink;
  readonly past?: readonly LedgerEntry[];
}): Ledger {
  const entries: LedgerEntry[] = [];
  const owned = new Map<string, Owned>();
  const intended = new Map<number, IntendedCreate>();
  const open = new Set<number>();
  const made = new Set<number>();
  let creates = 0;
  const append = async (entry: LedgerEntry) => {
    entries.push(entry);
    await sink.append(entry);
  };
  const begin = (create: number, by: IntendedCreate) => {
    creates = create;
    intended.set(create, by);
    open.add(create);
  };
  /** A create without an answer may be settled once more, when its sandbox is found: that is no second one. */
  const settle = (create: number, madeOne: boolean): IntendedCreate | undefined => {
    open.delete(create);
    if (madeOne) made.add(create);
    return intended.get(create);
  };
  const end = (id: string) => {
    const sandbox = owned.get(id);
    if (sandbox !== undefined) sandbox.isAlive = false;
  };
  const markEnding = (id: string, isEnding: boolean) => {
    const sandbox = owned.get(id);
    if (sandbox !== undefined) sandbox.isEnding = isEnding;
  };
  const own = (ids: readonly string[], { by, purpose }: Omit<OwnedSandbox, "id">) => {
    for (const id of ids) if (!owned.has(id)) owned.set(id, { id, by, purpose, isAlive: true, isEnding: false });
  };
  for (const entry of past) {
    entries.push(entry);
    if (entry.type === "intended") begin(entry.create, entry);
    if (entry.type === "created") own(entry.ids, settle(entry.create, true) ?? nobody);
    if (entry.type === "refused") settle(entry.create, false);
    if (entry.type === "ending" || entry.type === "revived") markEnding(entry.id, entry.type === "ending");
    if (entry.type === "deleted" || entry.type === "gone") end(entry.id);
  }
  return {
    intend: async (wanted) => {
      const create = creates + 1;
      begin(create, wanted);
      const entry: LedgerEntry = { atMs: clock.now(), type: "intended", create, ...wanted };
      try {
        await append(entry);
      } catch (error) {
        open.delete(create); // it is not sent
        entries.splice(entries.indexOf(entry), 1);
        throw error;
      }
      return create;
    },
    created: async (create, ids) => {
      own(ids, settle(create, true) ?? nobody);
      await append({ atMs: clock.now(), type: "created", create, ids });
    },
    refused: async (create, status) => {
      settle(create, false);
      await append({ atMs: clock.now(), type: "refused", create, status });
    },
    unanswered: async (create) => {
      settle(create, true);
      await append({ atMs: clock.now(), type: "unanswered", create });
    },
    ending: async (id) => {
      if (owned.get(id)?.isEnding === true) return;
      markEnding(id, true);
      await append({ atMs: clock.now(), type: "ending", id });
    },
    revived: async (id) => {
      if (owned.get(id)?.isEnding !== true) return;
      markEnding(id, false);
      await append({ atMs: clock.now(), type: "revived", id });
    },
    deleted: async (id) => {
      end(id);
      await append({ atMs: clock.now(), type: "deleted", id });
    },
    gone: async (id) => {
      end(id);
      await append({ atMs: clock.now(), type: "gone", id });
    },
    leaked: (id, reason) => append({ atMs: clock.now(), type: "leaked", id, reason }),
    alive: () => [...owned.values()].filter(({ isAlive }) => isAlive).reverse(),
    runningCount: () => [...owned.values()].filter(({ isAlive, isEnding }) => isAlive && !isEnding).length,
    owns: (id) => owned.has(id),
    find: (id) => owned.get(id),
    createdCount: () => made.size,
    openCount: () => open.size,
    unsettled: () => {
      const known = new Set(
        entries.flatMap((entry) => (entry.type === "created" || entry.type === "refused" ? [entry.create] : [])),
      );
      return entries.flatMap((entry) => (entry.type === "intended" && !known.has(entry.create) ? [entry] : []));
    },
    entries: () => entries,
  };
}
