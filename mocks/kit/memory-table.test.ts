import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemoryTable, type MemoryTable } from "./memory-table.ts";
import { neverMs, type StoredRecord, updateRecord } from "./table.ts";

type Row = StoredRecord & { readonly note: string };

function rowFixture(change: Partial<Row> = {}): Row {
  return { id: "a", tenantId: "acme", version: 1, createdAtMs: 0, liveUntilMs: neverMs, note: "", ...change };
}

function tableOf(...rows: Partial<Row>[]): MemoryTable<Row> {
  return createMemoryTable(rows.map((row) => rowFixture(row)));
}

const after = (row: Row, change: Partial<Row>): Row => ({ ...row, ...change, version: row.version + 1 });
const idsOf = async (table: MemoryTable<Row>, liveAtMs?: number, limit = 100) =>
  (await table.list("acme", { limit, ...(liveAtMs === undefined ? {} : { liveAtMs }) })).map(({ id }) => id);

describe("inserting", () => {
  test("keeps a record and gives it back as it is", async () => {
    const table = tableOf();
    const row = rowFixture({ note: "x" });
    expect(await table.insert(row)).toEqual({ kind: "inserted" });
    expect(await table.get("a")).toBe(row);
    expect(await table.get("b")).toBeUndefined();
    expect(table.size()).toBe(1);
  });

  test("says so when the id is taken, by another tenant too, and changes nothing", async () => {
    const table = tableOf({ note: "first" });
    expect(await table.insert(rowFixture({ tenantId: "globex", note: "second" }))).toEqual({ kind: "id-taken" });
    expect((await table.get("a"))!.note).toBe("first");
    expect(await table.list("globex", { limit: 9 })).toEqual([]);
  });

  test.each(["__proto__", "constructor", "", "a b", "\ud800"])("takes %j for an id like any other", async (id) => {
    const table = tableOf();
    expect(await table.get(id)).toBeUndefined();
    expect(await table.insert(rowFixture({ id, tenantId: id }))).toEqual({ kind: "inserted" });
    expect((await table.list(id, { limit: 1 })).length).toBe(1);
  });
});

describe("the quota", () => {
  test("is full at its limit and says how many are live", async () => {
    const table = tableOf();
    const insert = (id: string) => table.insert(rowFixture({ id, liveUntilMs: 100 }), { limit: 2, nowMs: 0 });
    expect([await insert("a"), await insert("b"), await insert("c")]).toEqual([
      { kind: "inserted" },
      { kind: "inserted" },
      { kind: "quota-full", active: 2 },
    ]);
    expect(table.size()).toBe(2);
  });

  test("has room again from the very millisecond of an expiry", async () => {
    const table = tableOf({ liveUntilMs: 100 });
    const quota = (nowMs: number) => ({ limit: 1, nowMs });
    expect(await table.insert(rowFixture({ id: "b" }), quota(99))).toEqual({ kind: "quota-full", active: 1 });
    expect(await table.insert(rowFixture({ id: "b" }), quota(100))).toEqual({ kind: "inserted" });
  });

  test("of 0 lets nothing in", async () => {
    expect(await tableOf().insert(rowFixture(), { limit: 0, nowMs: 0 })).toEqual({ kind: "quota-full", active: 0 });
  });

  test("counts each tenant alone", async () => {
    const table = tableOf({ id: "a" }, { id: "b" }, { id: "c", tenantId: "globex" });
    expect([await table.countLive("acme", 0), await table.countLive("globex", 0)]).toEqual([2, 1]);
    expect(await table.countLive("unknown", 0)).toBe(0);
  });

  test("cannot be passed by inserts at once", async () => {
    const table = tableOf();
    const insert = async (id: string) => table.insert(rowFixture({ id }), { limit: 7, nowMs: 0 });
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, at) => insert(`${at}`)));
    expect(outcomes.filter(({ kind }) => kind === "inserted").length).toBe(7);
  });
});

describe("replacing", () => {
  test("succeeds once for each version", async () => {
    const table = tableOf({});
    const first = (await table.get("a"))!;
    expect(await table.replace(first, after(first, { note: "one" }))).toBe(true);
    expect(await table.replace(first, after(first, { note: "other" }))).toBe(false);
    expect((await table.get("a"))!.note).toBe("one");
  });

  test("never makes a record that is not there", async () => {
    const table = tableOf();
    const unknown = rowFixture({ id: "unknown" });
    expect(await table.replace(unknown, after(unknown, {}))).toBe(false);
    expect(await table.get("unknown")).toBeUndefined();
  });

  test("loses none of a thousand changes at once", async () => {
    const table = tableOf({ note: "" });
    await Promise.all(
      Array.from({ length: 1_000 }, () => updateRecord(table, "a", (row) => after(row, { note: `${row.note}x` }))),
    );
    const row = (await table.get("a"))!;
    expect([row.note.length, row.version]).toEqual([1_000, 1_001]);
  });

  test("by the record itself changes nothing", async () => {
    const table = tableOf({});
    const before = await table.get("a");
    expect(await updateRecord(table, "a", (row) => row)).toBe(before);
    expect(await table.get("a")).toBe(before);
    expect(await updateRecord(table, "b", (row) => after(row, {}))).toBeUndefined();
  });

  test("begins anew when another writer was faster, and gives up at last", async () => {
    const inner = tableOf({});
    let rivals = 3;
    const busy = {
      ...inner,
      replace: async (current: Row, next: Row) => {
        if (rivals > 0) await inner.replace((await inner.get("a"))!, after((await inner.get("a"))!, { note: "rival" }));
        rivals -= 1;
        return inner.replace(current, next);
      },
    };
    const updated = await updateRecord(busy, "a", (row) => after(row, { note: `${row.note} and me` }));
    expect(updated!.note).toBe("rival and me");
    rivals = Infinity;
    await expect(updateRecord(busy, "a", (row) => after(row, {}))).rejects.toThrow(/record a was changed/);
  });
});

describe("listing", () => {
  test("begins with the newest and ends at the limit", async () => {
    const table = tableOf({ id: "a" }, { id: "b" }, { id: "c" });
    expect(await idsOf(table)).toEqual(["c", "b", "a"]);
    expect(await idsOf(table, 0)).toEqual(["c", "b", "a"]);
    expect(await idsOf(table, 0, 2)).toEqual(["c", "b"]);
    expect(await idsOf(table, undefined, 0)).toEqual([]);
  });

  test("of live records leaves out what has expired by then", async () => {
    const table = tableOf({ id: "a", liveUntilMs: 50 }, { id: "b" }, { id: "c", liveUntilMs: 0 });
    expect(await idsOf(table, 49)).toEqual(["b", "a"]);
    expect(await idsOf(table, 50)).toEqual(["b"]);
    expect(await idsOf(table)).toEqual(["c", "b", "a"]);
  });

  test("finds a record in its old place after it has come back to life", async () => {
    const table = tableOf({ id: "a" }, { id: "b", liveUntilMs: 10 }, { id: "c", liveUntilMs: 10 }, { id: "d" });
    expect(await idsOf(table, 20)).toEqual(["d", "a"]);
    const asleep = (await table.get("b"))!;
    await table.replace(asleep, after(asleep, { liveUntilMs: 100 }));
    expect(await idsOf(table, 30)).toEqual(["d", "b", "a"]);
    expect(await idsOf(table, 100)).toEqual(["d", "a"]);
  });
});

describe("forks", () => {
  const note = async (table: MemoryTable<Row>, id: string) => (await table.get(id))?.note;

  test("see what was there and nothing that comes later, on either side", async () => {
    const table = tableOf({ id: "a", note: "old" });
    const fork = table.fork();
    await updateRecord(table, "a", (row) => after(row, { note: "table" }));
    await updateRecord(fork, "a", (row) => after(row, { note: "fork" }));
    await table.insert(rowFixture({ id: "t" }));
    await fork.insert(rowFixture({ id: "f" }));
    expect([await note(table, "a"), await note(fork, "a")]).toEqual(["table", "fork"]);
    expect([await idsOf(table), await idsOf(fork)]).toEqual([
      ["t", "a"],
      ["f", "a"],
    ]);
  });

  test("of forks are as independent", async () => {
    const first = tableOf({ id: "a", note: "0" });
    const second = first.fork();
    const third = second.fork();
    await updateRecord(second, "a", (row) => after(row, { note: "2" }));
    const fourth = second.fork();
    await updateRecord(fourth, "a", (row) => after(row, { note: "4" }));
    expect(await Promise.all([first, second, third, fourth].map((table) => note(table, "a")))).toEqual([
      "0",
      "2",
      "0",
      "4",
    ]);
  });

  test("keep their own view of who is live, though one has listed at a later time", async () => {
    const table = tableOf({ id: "a", liveUntilMs: 50 }, { id: "b", liveUntilMs: 50 });
    const fork = table.fork();
    expect(await idsOf(table, 60)).toEqual([]);
    expect(await table.countLive("acme", 60)).toBe(0);
    expect(await idsOf(fork, 10)).toEqual(["b", "a"]);
    expect(await fork.countLive("acme", 10)).toBe(2);
  });

  test("keep order and quota", async () => {
    const table = tableOf({ id: "a" }, { id: "b" });
    await table.countLive("acme", 0);
    const fork = table.fork();
    expect(await fork.insert(rowFixture({ id: "c" }), { limit: 3, nowMs: 0 })).toEqual({ kind: "inserted" });
    expect(await fork.insert(rowFixture({ id: "d" }), { limit: 3, nowMs: 0 })).toEqual({
      kind: "quota-full",
      active: 3,
    });
    expect(await table.countLive("acme", 0)).toBe(2);
    expect([...fork.records()].map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });
});

// The naive model: an array that is searched from end to end.
class NaiveTable {
  rows: Row[] = [];
  get = (id: string) => this.rows.find((row) => row.id === id);
  live = (tenantId: string, nowMs: number) =>
    this.rows.filter((row) => row.tenantId === tenantId && row.liveUntilMs > nowMs);
  list = (tenantId: string, limit: number, liveAtMs?: number) =>
    (liveAtMs === undefined ? this.rows.filter((row) => row.tenantId === tenantId) : this.live(tenantId, liveAtMs))
      .toReversed()
      .slice(0, limit);
  insert(row: Row, quota?: { limit: number; nowMs: number }) {
    if (this.get(row.id)) return { kind: "id-taken" };
    const active = quota === undefined ? 0 : this.live(row.tenantId, quota.nowMs).length;
    if (quota !== undefined && active >= quota.limit) return { kind: "quota-full", active };
    this.rows.push(row);
    return { kind: "inserted" };
  }
  replace(next: Row) {
    this.rows = this.rows.map((row) => (row.id === next.id ? next : row));
  }
  fork() {
    const fork = new NaiveTable();
    fork.rows = [...this.rows];
    return fork;
  }
}

const id = fc.integer({ min: 0, max: 12 }).map(String);
const tenantId = fc.constantFrom("acme", "globex");
const life = fc.oneof(fc.constantFrom(0, neverMs), fc.integer({ min: 1, max: 40 }));
const limit = fc.integer({ min: 0, max: 5 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), id, tenantId, life, limit: fc.option(limit) }),
  fc.record({ kind: fc.constant("replace" as const), id, life, stale: fc.boolean() }),
  fc.record({ kind: fc.constant("list" as const), tenantId, limit, live: fc.boolean() }),
  fc.record({ kind: fc.constant("count" as const), tenantId }),
  fc.record({ kind: fc.constant("get" as const), id }),
  fc.record({ kind: fc.constant("advance" as const), by: fc.integer({ min: 0, max: 30 }) }),
  fc.record({ kind: fc.constant("fork" as const), stay: fc.boolean() }),
);
const seed = 20_261_124;

/** Of more than 512, a listing does not look at each where they have expired together: what steps insert stands in another part than the first. */
const begin = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    rowFixture({ id: at < 6 ? `${at}` : `many ${at}`, liveUntilMs: at % 50 === 7 ? neverMs : (at * 7) % 60 }),
  );

test.each([
  { count: 0, numRuns: 1_000 },
  { count: 600, numRuns: 100 },
])(`a table of $count does what an array that is searched from end to end would do (seed ${seed})`, (begun) => {
  const many = begin(begun.count);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const naiveFirst = new NaiveTable();
      for (const row of many) naiveFirst.insert(row);
      let pair: [MemoryTable<Row>, NaiveTable] = [createMemoryTable(many), naiveFirst];
      const left: [MemoryTable<Row>, NaiveTable][] = [];
      let nowMs = 0;
      for (const taken of steps) {
        const [table, naive] = pair;
        if (taken.kind === "advance") nowMs += taken.by;
        else if (taken.kind === "get") expect(table.get(taken.id)).toBe(naive.get(taken.id));
        else if (taken.kind === "count") {
          expect(table.countLive(taken.tenantId, nowMs)).toBe(naive.live(taken.tenantId, nowMs).length);
        } else if (taken.kind === "list") {
          const liveAtMs = taken.live ? nowMs : undefined;
          const options = { limit: taken.limit, ...(liveAtMs === undefined ? {} : { liveAtMs }) };
          expect(table.list(taken.tenantId, options)).toEqual(naive.list(taken.tenantId, taken.limit, liveAtMs));
        } else if (taken.kind === "insert") {
          const liveUntilMs = taken.life === 0 || taken.life === neverMs ? taken.life : nowMs + taken.life;
          const row = rowFixture({ id: taken.id, tenantId: taken.tenantId, createdAtMs: nowMs, liveUntilMs });
          const quota = taken.limit === null ? undefined : { limit: taken.limit, nowMs };
          expect(table.insert(row, quota)).toEqual(naive.insert(row, quota));
        } else if (taken.kind === "replace") {
          const current = naive.get(taken.id);
          if (current === undefined) continue;
          const liveUntilMs = taken.life === 0 || taken.life === neverMs ? taken.life : nowMs + taken.life;
          const held = taken.stale ? { ...current, version: current.version - 1 } : current;
          expect(table.replace(held, after(current, { liveUntilMs }))).toBe(!taken.stale);
          if (!taken.stale) naive.replace(table.get(taken.id) as Row);
        } else {
          const forked: [MemoryTable<Row>, NaiveTable] = [table.fork(), naive.fork()];
          left.push(taken.stay ? forked : pair);
          if (!taken.stay) pair = forked;
        }
      }
      for (const [table, naive] of [pair, ...left]) {
        for (const tenant of ["acme", "globex"]) {
          expect(table.list(tenant, { limit: 999 })).toEqual(naive.list(tenant, 999));
          expect(table.list(tenant, { limit: 999, liveAtMs: nowMs })).toEqual(naive.list(tenant, 999, nowMs));
          expect(table.countLive(tenant, nowMs)).toBe(naive.live(tenant, nowMs).length);
        }
      }
    }),
    { seed, numRuns: begun.numRuns },
  );
});

describe("a million records", () => {
  test("are counted and listed right before and after they all expire", { timeout: 120_000 }, async () => {
    const count = 1_000_000;
    const table = createMemoryTable<Row>();
    for (let at = 0; at < count; at += 1) {
      void table.insert(rowFixture({ id: `${at}`, liveUntilMs: at < 3 ? neverMs : 1_000 + (at % 1_000) }));
    }
    expect(await table.countLive("acme", 999)).toBe(count);
    expect(await idsOf(table, 999, 2)).toEqual(["999999", "999998"]);
    expect(await table.countLive("acme", 1_499)).toBe(500_003);
    expect(await table.countLive("acme", 2_000)).toBe(3);
    expect(await idsOf(table, 2_000)).toEqual(["2", "1", "0"]);
    expect(table.size()).toBe(count);
  });

  test("cost a listing nothing when they have all expired together", () => {
    let looks = 0;
    const rows = Array.from({ length: 10_000 }, (_, at) => {
      const liveUntil = { liveUntilMs: 1_000, id: `${at}` };
      return Object.defineProperty(rowFixture(liveUntil), "liveUntilMs", { get: () => ((looks += 1), 1_000) });
    });
    const watched = createMemoryTable(rows);
    looks = 0;
    expect(watched.list("acme", { limit: 100, liveAtMs: 1_000 })).toEqual([]);
    expect(looks).toBe(0);
    expect(watched.list("acme", { limit: 100, liveAtMs: 999 })).toHaveLength(100);
  });

  test("cost a listing nothing once it has passed over them", () => {
    let looks = 0;
    const watched = createMemoryTable<Row>();
    for (let at = 0; at < 10_000; at += 1) {
      const row = rowFixture({ id: `${at}` });
      void watched.insert({
        ...row,
        get liveUntilMs() {
          looks += 1;
          return at < 3 ? neverMs : 1_000;
        },
      });
    }
    looks = 0;
    const listed = watched.list("acme", { limit: 100, liveAtMs: 2_000 }) as Row[];
    expect(listed.length).toBe(3);
    expect(looks).toBeLessThanOrEqual(20_000);
    looks = 0;
    for (let again = 0; again < 10; again += 1) void watched.list("acme", { limit: 100, liveAtMs: 2_000 });
    expect(looks).toBe(30);
  });
});
