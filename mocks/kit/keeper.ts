import type { Clock } from "../../src/contract/clock.ts";
import { writeAnswer } from "./answer.ts";
import type { Answer } from "./exchange.ts";
import type { JournalEntry, JournalRecord } from "./journal.ts";
import { createMemoryTable } from "./memory-table.ts";
import type { RandomState } from "./random.ts";
import type { Change, StateStore } from "./state-store.ts";
import type { StoredRecord } from "./table.ts";
import type { KeptWorld, World, WorldHead, WorldObserver, WorldSnapshot } from "./world.ts";

/** What a universe is, apart from its worlds. */
type UniverseHead = { readonly seed: string; readonly seededSecrets: boolean; readonly random: RandomState };

/** What a store held of a world: how it is to go on, and how it began. */
type FoundWorld = { readonly head: WorldHead; readonly kept: KeptWorld; readonly initial: WorldSnapshot };

/** What a store held of a universe. */
export type FoundUniverse = { readonly head: UniverseHead; readonly worlds: ReadonlyMap<string, FoundWorld> };

/** Keeps a universe in a store. Handlers know nothing of it: worlds tell of their changes, and an answer waits until they are in. */
export type Keeper = {
  readonly observer: WorldObserver;
  readonly found: FoundUniverse | undefined; // where the store held one
  /** Keeps a world from now on, in the place of the one of its id. Without `initial` it is as it was found, or began as that one. */
  readonly hold: (world: World, universe: UniverseHead, initial?: WorldSnapshot) => void;
  /** Keeps a world that goes on as it was found. */
  readonly resume: (world: World) => void;
  readonly release: (id: string) => void;
  /** Waits until all changes are kept; undefined where none is left. It gives the answer to send where they cannot be. */
  readonly settle: () => Promise<Answer | undefined> | undefined;
  /** Why the last commit has failed; undefined where it has not. */
  readonly trouble: () => string | undefined;
  /** Keeps what is left, and lets the store go. */
  readonly close: () => Promise<void>;
};

type Held = {
  readonly world: World;
  records: Map<string, Map<string, StoredRecord>>; // changed ones, by table and id
  initial: WorldSnapshot | undefined; // while it is not written
  isWhole: boolean; // whether everything is to be written
  headChanged: boolean;
  seen: number; // how far its journal is written
  chunks: readonly number[]; // of its journal, by their last entries
  strays: readonly number[]; // chunks of commits that failed, some of which a store may have
};

const unchanged = () => ({ isWhole: false, headChanged: false, initial: undefined, records: new Map(), strays: [] });

/** What is to be written of a world whose commit has failed, and that may have changed since. */
function uncommitted(was: Held, now: Held): Partial<Held> {
  const { seen, chunks } = was;
  const records = new Map(was.records);
  for (const [name, newer] of now.records) records.set(name, new Map([...(records.get(name) ?? []), ...newer]));
  return {
    ...{ records, seen, chunks, strays: now.seen === seen ? was.strays : [...was.strays, now.seen] },
    isWhole: was.isWhole || now.isWhole,
    headChanged: was.headChanged || now.headChanged,
    initial: now.initial ?? was.initial,
  };
}

const noWorld = ""; // the owner of what is no world's
const initialOf = (id: string) => `${id} initial`; // no world has a blank in its id
const tableKind = "table ";

/**
 * Creates a keeper over a store.
 *
 * @param baseClock - by which the time is counted while nothing runs
 */
export function createKeeper(store: StateStore, baseClock: Clock): Keeper {
  const held = new Map<string, Held>();
  const dirty = new Set<Held>();
  const gone = new Set<string>();
  let head: UniverseHead | undefined; // while it is not written
  let isClosed = false;
  let trouble: string | undefined;
  let settling: Promise<Answer | undefined> | undefined; // until the next commit begins
  let committing: Promise<Answer | undefined> | undefined; // while one is under way
  const { found, chunks } = readUniverse(store, baseClock);

  const isClean = () => dirty.size === 0 && gone.size === 0;
  const settle = (): Promise<Answer | undefined> | undefined => {
    if (isClean()) {
      // Of one under way, a request may have read what is not kept yet.
      return committing ?? (store.isCertain?.() === false ? Promise.resolve(refuseUncertain()) : undefined);
    }
    // Once for all that one turn of the event loop brings: what a request changes between two waits is kept together.
    settling ??= commitNext();
    return settling;
  };
  const commitNext = async () => {
    await Promise.all([nextTurn(), committing]);
    settling = undefined;
    committing = commit().finally(() => (committing = undefined));
    return committing;
  };
  const commit = async (): Promise<Answer | undefined> => {
    const released = [...gone];
    const [began, changed] = [head, [...dirty].map((one) => ({ one, was: { ...one } }))];
    const changes = released.flatMap((id) => [forget(id), forget(initialOf(id))]);
    if (began !== undefined) changes.push(put(noWorld, "universe", "", began));
    dirty.clear();
    try {
      for (const { one } of changed) Object.assign(one, writeWorld(one, changes, baseClock), unchanged());
      await store.commit(changes);
    } catch (error) {
      for (const { one, was } of changed) {
        const now = held.get(one.world.id);
        if (now === one) dirty.add(Object.assign(one, uncommitted(was, one)));
        else if (now !== undefined) now.initial ??= was.initial; // it was reset meanwhile
      }
      trouble = (error as Error).message;
      return refuse(trouble);
    }
    trouble = undefined;
    for (const id of released) gone.delete(id);
    if (head === began) head = undefined;
    return undefined;
  };
  /** Notes a change of a world, unless another has taken its place. */
  const touch = (world: World): Held | undefined => {
    const one = held.get(world.id);
    if (one?.world !== world) return undefined;
    dirty.add(one);
    settle()?.catch(() => undefined); // who answers says so
    return one;
  };
  const enter = (world: World, more: Partial<Held>): void => {
    dirty.delete(held.get(world.id)!);
    held.set(world.id, {
      ...{ world, ...unchanged(), isWhole: true, headChanged: true, seen: 0, chunks: [] },
      ...more,
    });
  };
  return {
    found,
    observer: {
      noted: touch,
      headChanged: (world) => {
        const one = touch(world);
        if (one !== undefined) one.headChanged = true;
      },
      recordChanged: (world, table, record) => {
        const records = touch(world)?.records;
        if (records === undefined) return;
        const ofTable = records.get(table) ?? new Map<string, StoredRecord>();
        records.set(table, ofTable.set(record.id, record));
      },
    },
    hold: (world, universe, initial) => {
      head = universe;
      enter(world, { initial: initial ?? held.get(world.id)?.initial });
      touch(world);
    },
    resume: (world) => {
      const { id, journal } = world;
      enter(world, { isWhole: false, headChanged: false, seen: journal.seen(), chunks: chunks.get(id) ?? [] });
    },
    release: (id) => {
      dirty.delete(held.get(id)!);
      held.delete(id);
      gone.add(id);
      settle()?.catch(() => undefined); // who answers says so
    },
    settle,
    trouble: () => trouble,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await settle();
      store.close();
    },
  };
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

const put = (owner: string, kind: string, key: string, value: unknown): Change => ({
  ...{ act: "put", owner, kind, key },
  value: JSON.stringify(value),
});
const forget = (owner: string): Change => ({ act: "forget", owner });
const dropChunk = (owner: string, last: number): Change => ({ act: "drop", owner, kind: "journal", key: String(last) });
// An id is any text; as JSON, it is text that every store takes.
const putRecord = (owner: string, table: string, record: StoredRecord) =>
  put(owner, tableKind + table, JSON.stringify(record.id), record);

/** Adds what has changed of a world, and gives how far its journal is written then. */
function writeWorld(one: Held, changes: Change[], baseClock: Clock): Pick<Held, "seen" | "chunks"> {
  const { world, initial } = one;
  const { id, journal } = world;
  if (one.isWhole) changes.push(forget(id));
  if (initial !== undefined) {
    const { tables, ...head } = initial;
    changes.push(forget(initialOf(id)), put(initialOf(id), "world", "", keyless(head)));
    for (const [table, records] of tables) {
      for (const record of records.records()) changes.push(putRecord(initialOf(id), table, record));
    }
  }
  if (one.headChanged) changes.push(put(id, "world", "", { ...keyless(world.head()), atMs: baseClock.now() }));
  const tables = one.isWhole ? [...world.tables()].map(([name, table]) => [name, table.records()] as const) : [];
  const changed = one.isWhole ? [] : [...one.records].map(([name, records]) => [name, records.values()] as const);
  for (const [table, records] of [...tables, ...changed]) {
    for (const record of records) changes.push(putRecord(id, table, record));
  }
  const seen = journal.seen();
  const { entries } = journal.since(one.seen, Infinity);
  for (const last of one.strays) changes.push(dropChunk(id, last));
  if (entries.length > 0) changes.push(put(id, "journal", String(seen), entries));
  const all = entries.length > 0 ? [...one.chunks, seen] : one.chunks;
  const chunks = all.filter((last) => last > journal.dropped());
  for (const last of all.slice(0, all.length - chunks.length)) changes.push(dropChunk(id, last));
  const { random } = world;
  changes.push(put(id, "progress", "", { random: random.state(), seen, faultsShown: [...world.faultsShown] }));
  return { seen, chunks };
}

/** Who has a world, without the keys: those of the default world are the command's, and all others follow from the ids. */
const keyless = ({ tenants, ...head }: WorldHead) => ({
  ...head,
  tenants: tenants.map(({ key: _key, ...tenant }) => ({ ...tenant, key: "" })),
});

const refuseUncertain = () => refuse("another replica may lead by now", "what was read may be old");

function refuse(trouble: string, what = "what was asked is done, but not kept"): Answer {
  const reason = { rule: "state-not-kept", message: `${what}: ${trouble}` };
  return writeAnswer({ status: 503, json: { error: "the mock cannot keep its state" }, reason });
}

type Progress = {
  readonly random: RandomState;
  readonly seen: number;
  readonly faultsShown: readonly (readonly [string, number])[];
};

/** Reads all that a store holds. */
function readUniverse(store: StateStore, baseClock: Clock) {
  const owners = new Map<string, Map<string, { keys: string[]; values: unknown[] }>>();
  for (const { owner, kind, key, value } of store.entries()) {
    const kinds = owners.get(owner) ?? new Map<string, { keys: string[]; values: unknown[] }>();
    const { keys, values } = kinds.get(kind) ?? { keys: [], values: [] };
    owners.set(owner, kinds.set(kind, { keys, values }));
    keys.push(key);
    values.push(JSON.parse(value));
  }
  const first = (owner: string, kind: string) => owners.get(owner)?.get(kind)?.values[0];
  const tablesOf = (owner: string) =>
    [...(owners.get(owner) ?? [])].flatMap(([kind, { values }]) =>
      kind.startsWith(tableKind) ? [[kind.slice(tableKind.length), values as StoredRecord[]] as const] : [],
    );
  const chunks = new Map<string, readonly number[]>();
  const worlds = new Map<string, FoundWorld>();
  for (const id of owners.keys()) {
    const head = first(id, "world") as (WorldHead & { readonly atMs: number }) | undefined;
    const progress = first(id, "progress") as Progress | undefined;
    if (head === undefined || progress === undefined) continue;
    const entries = (owners.get(id)!.get("journal")?.values ?? []).flat() as JournalEntry[];
    chunks.set(id, owners.get(id)!.get("journal")?.keys.map(Number) ?? []);
    const began = tablesOf(initialOf(id)).map(([name, records]) => [name, createMemoryTable(records)] as const);
    worlds.set(id, {
      head: { ...head, random: progress.random, nowMs: timeNow(head, baseClock, entries.at(-1)?.atMs ?? 0) },
      kept: {
        tables: new Map(tablesOf(id)),
        journal: { seen: progress.seen, records: entries.map(toRecord) },
        faultsShown: new Map(progress.faultsShown),
      },
      initial: { ...(first(initialOf(id), "world") as WorldHead), tables: new Map(began) },
    });
  }
  const head = first(noWorld, "universe") as UniverseHead | undefined;
  return { found: head && { head, worlds }, chunks };
}

/** What a clock has come to since it was written down. It does not go back behind what it has shown, though the machine's may. */
function timeNow({ nowMs, clockScale, atMs }: WorldHead & { readonly atMs: number }, base: Clock, shownMs: number) {
  return Math.max(nowMs, shownMs, nowMs + (base.now() - atMs) * clockScale);
}

/** What the journal keeps is what it shows: secrets are masked in it. */
function toRecord({ sequence: _sequence, requestHeaders, ...entry }: JournalEntry): JournalRecord {
  return { ...entry, reason: entry.reason, requestHeaders: Object.entries(requestHeaders).flat() };
}
