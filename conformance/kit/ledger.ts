import type { Clock } from "../../src/contract/clock.ts";

/** One line of a ledger, in the order in which things happened. Plain data: a file of these survives a crash. */
export type LedgerEntry = { readonly atMs: number } & (
  | { readonly type: "intended"; readonly create: number; readonly operation: string }
  | { readonly type: "created"; readonly create: number; readonly ids: readonly string[] }
  | { readonly type: "refused"; readonly create: number; readonly status: number }
  | { readonly type: "unanswered"; readonly create: number }
  | { readonly type: "deleted"; readonly id: string }
  | { readonly type: "leaked"; readonly id: string; readonly reason: string }
);

/** Where a ledger writes. A create is sent only when `append` is done, so a sink on a disk can sync first. */
export type LedgerSink = { readonly append: (entry: LedgerEntry) => void | Promise<void> };

/** What a run did with somebody's money. Counts of sandboxes. */
export type Receipt = {
  readonly created: number;
  readonly deleted: number;
  readonly leaked: readonly string[]; // ids that outlive the run though the contract has a way to end them
  readonly expiring: readonly string[]; // ids that only their own timeout ends
  readonly unanswered: number; // creates of which nobody knows whether they made a sandbox
  readonly refused: number; // calls that the run itself did not let out
};

/** Every sandbox that a run made or may have made. */
export type Ledger = {
  /** Notes a create before it is sent; the number goes to `settle`. */
  readonly intend: (operation: string) => Promise<number>;
  readonly created: (create: number, ids: readonly string[]) => Promise<void>;
  readonly refused: (create: number, status: number) => Promise<void>;
  readonly unanswered: (create: number) => Promise<void>;
  readonly deleted: (id: string) => Promise<void>;
  readonly leaked: (id: string, reason: string) => Promise<void>;
  /** Ids not yet seen gone, newest first: the order in which to clean up. */
  readonly alive: () => readonly string[];
  readonly owns: (id: string) => boolean;
  /** Sandboxes made, counting a create without an answer as one. */
  readonly createdCount: () => number;
  readonly entries: () => readonly LedgerEntry[];
};

const noSink: LedgerSink = { append: () => undefined };

export function createLedger({ clock, sink = noSink }: { readonly clock: Clock; readonly sink?: LedgerSink }): Ledger {
  const entries: LedgerEntry[] = [];
  const owned = new Map<string, "alive" | "gone">();
  let creates = 0;
  let unanswered = 0;
  const append = async (entry: LedgerEntry) => {
    entries.push(entry);
    await sink.append(entry);
  };
  return {
    intend: async (operation) => {
      creates += 1;
      const create = creates;
      await append({ atMs: clock.now(), type: "intended", create, operation });
      return create;
    },
    created: async (create, ids) => {
      for (const id of ids) if (!owned.has(id)) owned.set(id, "alive");
      await append({ atMs: clock.now(), type: "created", create, ids });
    },
    refused: (create, status) => append({ atMs: clock.now(), type: "refused", create, status }),
    unanswered: async (create) => {
      unanswered += 1;
      await append({ atMs: clock.now(), type: "unanswered", create });
    },
    deleted: async (id) => {
      owned.set(id, "gone");
      await append({ atMs: clock.now(), type: "deleted", id });
    },
    leaked: (id, reason) => append({ atMs: clock.now(), type: "leaked", id, reason }),
    alive: () => [...owned].flatMap(([id, state]) => (state === "alive" ? [id] : [])).reverse(),
    owns: (id) => owned.has(id),
    createdCount: () => entries.filter(({ type }) => type === "created").length + unanswered,
    entries: () => entries,
  };
}
