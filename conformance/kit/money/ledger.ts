import type { Clock } from "../../../src/contract/clock.ts";

/** Whose key a create was sent with: the run's own, the second tenant's, or one that a law made up. */
export type LedgerKey = "own" | "other" | "made-up";

/** What happened to a create or a sandbox. Plain data: a file of these survives a crash. */
type LedgerEvent =
  /** Sandboxes that the account had before the run's first create: they are never touched. */
  | { readonly type: "foreign"; readonly ids: readonly string[] }
  /** A create is about to be sent. */
  | (IntendedCreate & { readonly type: "intended"; readonly create: number })
  /** It made these, which answer to the create's key where no other is named. */
  | {
      readonly type: "created";
      readonly create: number;
      readonly ids: readonly string[];
      readonly by?: LedgerKey | undefined;
    }
  /** It was refused with 4xx. It counts until the account's list has shown that it made nothing. */
  | { readonly type: "refused"; readonly create: number; readonly status: number }
  /** It has no answer, or one that does not say what it made, with this status. */
  | { readonly type: "unanswered"; readonly create: number; readonly status?: number }
  /** The account's list proved that it made nothing. */
  | { readonly type: "nothing"; readonly create: number }
  /** The target agreed to end a sandbox. It is to be cleaned up all the same: not all that agree do. */
  | { readonly type: "ending"; readonly id: string }
  /** After that, the target agreed to start it again. */
  | { readonly type: "revived"; readonly id: string }
  | { readonly type: "deleted"; readonly id: string }
  /** It was read back, and found gone. */
  | { readonly type: "gone"; readonly id: string }
  | { readonly type: "leaked"; readonly id: string; readonly reason: string };

/** One line of a ledger, in the order in which things happened. */
export type LedgerEntry = { readonly atMs: number } & LedgerEvent;

/** Where a ledger writes. A create is sent only when `append` is done, so a sink on a disk can sync first. */
export type LedgerSink = { readonly append: (entry: LedgerEntry) => void | Promise<void> };

/** A create that is about to be sent. */
type IntendedCreate = {
  readonly operation: string;
  readonly by: LedgerKey;
  readonly purpose: string;
  readonly skewMs?: number; // how far the target's clock was ahead then; default 0
};

/**
 * What is known of a create that has named no sandbox: on its way; refused with 4xx; or without an answer that can be
 * believed (5xx, a time-out, a cut connection, an answer without a sandbox id).
 */
export type OpenState = "open" | "refused" | "unanswered";

/** A create of which it is not proven what it made. */
export type OpenCreate = IntendedCreate & {
  readonly create: number;
  readonly state: OpenState;
  readonly atMs: number; // when it was sent
  readonly endedAtMs?: number; // when it was answered, or given up
  readonly status?: number; // of the answer, where one came
};

/** A sandbox of this run, with the key that it answers to. */
export type OwnedSandbox = { readonly id: string; readonly by: LedgerKey; readonly purpose: string };

/** Every sandbox that a run made or may have made. */
export type Ledger = {
  /** Notes a create before it is sent; the number goes to what comes of it. */
  readonly intend: (create: IntendedCreate) => Promise<number>;
  /** Notes what came of it, or of a sandbox. What is known already is not noted again. */
  readonly note: (event: Exclude<LedgerEvent, { readonly type: "intended" }>) => Promise<void>;
  readonly isForeign: (id: string) => boolean;
  /** Sandboxes not yet seen gone, newest first: the order in which to clean up. */
  readonly alive: () => readonly OwnedSandbox[];
  readonly owns: (id: string) => boolean;
  /** The sandbox with this id, where the run made it. */
  readonly find: (id: string) => OwnedSandbox | undefined;
  /** The most sandboxes that a purpose may have made. */
  readonly createsFor: (purpose: string) => number;
  /** Sandboxes that are known to have been made. */
  readonly createdCount: () => number;
  /** The most sandboxes that the run may have made: those it knows, and one for each create that is not proven to have made nothing. */
  readonly mayExistCount: () => number;
  /**
   * The most that may run now: those not agreed to be ended, and one for each create that has no answer to be believed. What
   * a target shows of an ended one costs no more when the run asks again: it is a leak, not a place taken.
   */
  readonly mayRunCount: (by?: LedgerKey) => number;
  /** The number of the create that was intended last; 0 where none was. */
  readonly lastCreate: () => number;
  /** Creates of which it is not proven what they made, oldest first. */
  readonly unsettled: () => readonly OpenCreate[];
  readonly entries: () => readonly LedgerEntry[];
};

const noSink: LedgerSink = { append: () => undefined };

const unknownCreate = { by: "own", purpose: "" } as const;

type Owned = OwnedSandbox & { isAlive: boolean; isEnding: boolean };
type Create = Omit<OpenCreate, "state"> & { readonly state: OpenState | "created" | "nothing"; readonly made: number };

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
  readonly sink?: LedgerSink | undefined;
  readonly past?: readonly LedgerEntry[] | undefined;
}): Ledger {
  const entries: LedgerEntry[] = [];
  const owned = new Map<string, Owned>();
  const creates = new Map<number, Create>();
  const foreign = new Set<string>();
  let last = 0;
  const settle = (create: number, change: Partial<Create>) => {
    const known = creates.get(create);
    if (known !== undefined) creates.set(create, { ...known, ...change });
  };
  const mark = (id: string, change: Partial<Owned>) => {
    const sandbox = owned.get(id);
    if (sandbox !== undefined) owned.set(id, { ...sandbox, ...change });
  };
  const own = (create: number, ids: readonly string[], key: LedgerKey | undefined) => {
    const { by, purpose } = creates.get(create) ?? unknownCreate;
    const news = ids.filter((id) => !owned.has(id));
    for (const id of news) owned.set(id, { id, by: key ?? by, purpose, isAlive: true, isEnding: false });
    settle(create, { state: "created", made: Math.max(1, news.length) });
  };
  /** What an entry changes: the same for one that happens now, and for one of an earlier run. */
  const apply = (entry: LedgerEntry) => {
    if (entry.type === "foreign") for (const id of entry.ids) foreign.add(id);
    if (entry.type === "intended") {
      last = Math.max(last, entry.create);
      creates.set(entry.create, { ...entry, state: "open", made: 1 });
    }
    if (entry.type === "created") own(entry.create, entry.ids, entry.by);
    if (entry.type === "refused" || entry.type === "unanswered") {
      const status = entry.status === undefined ? {} : { status: entry.status };
      settle(entry.create, { state: entry.type, endedAtMs: entry.atMs, ...status });
    }
    if (entry.type === "nothing") settle(entry.create, { state: "nothing", made: 0 });
    if (entry.type === "ending" || entry.type === "revived") mark(entry.id, { isEnding: entry.type === "ending" });
    if (entry.type === "deleted" || entry.type === "gone") mark(entry.id, { isAlive: false });
  };
  for (const entry of past) {
    entries.push(entry);
    apply(entry);
  }
  const isNews = (event: LedgerEvent) => {
    if (event.type === "foreign") return event.ids.some((id) => !foreign.has(id));
    if (event.type === "ending" || event.type === "revived")
      return (owned.get(event.id)?.isEnding === true) === (event.type === "revived");
    return true;
  };
  const write = async (entry: LedgerEntry) => {
    entries.push(entry);
    apply(entry);
    await sink.append(entry);
  };
  const now = () => ({ atMs: clock.now() });
  const isOpen = (create: Create): create is Create & OpenCreate =>
    create.state !== "created" && create.state !== "nothing";
  const unsettled = () => [...creates.values()].filter(isOpen);
  return {
    intend: async ({ skewMs = 0, ...wanted }) => {
      const create = last + 1;
      const skew = skewMs === 0 ? {} : { skewMs };
      const entry: LedgerEntry = { ...now(), type: "intended", create, ...wanted, ...skew };
      try {
        await write(entry);
      } catch (error) {
        creates.delete(create); // it is not sent
        entries.splice(entries.indexOf(entry), 1);
        throw error;
      }
      return create;
    },
    note: async (event) => {
      if (isNews(event)) await write({ ...now(), ...event });
    },
    isForeign: (id) => foreign.has(id),
    alive: () => [...owned.values()].filter(({ isAlive }) => isAlive).reverse(),
    owns: (id) => owned.has(id),
    find: (id) => owned.get(id),
    createsFor: (purpose) =>
      [...creates.values()].reduce((sum, each) => sum + (each.purpose === purpose ? each.made : 0), 0),
    createdCount: () => owned.size,
    mayExistCount: () => [...creates.values()].reduce((sum, { made }) => sum + made, 0),
    mayRunCount: (by) =>
      [...owned.values()].filter((each) => each.isAlive && !each.isEnding && (by === undefined || each.by === by))
        .length + unsettled().filter((each) => each.state !== "refused" && (by === undefined || each.by === by)).length,
    lastCreate: () => last,
    unsettled,
    entries: () => entries,
  };
}
