import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "@redis/client";
import { afterAll, assert, beforeAll, describe, expect, test } from "vitest";
import { systemSleep as sleep } from "../../src/contract/clock.ts";
import { describeWithRedis, hasRedis, type RedisServer, startRedis, valkeyServer } from "./redis-server.fixture.ts";
import { type Lead, openRedis, type SharedStore } from "./redis-store.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { createMemoryStore } from "./state-store.fixture.ts";
import type { Change, StateStore } from "./state-store.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-state-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}.db`);

const put = (key: string, value: unknown = key, owner = "w1", kind = "table a"): Change => {
  return { act: "put", owner, kind, key, value: JSON.stringify(value) };
};
const drop = (key: string, owner = "w1", kind = "table a"): Change => ({ act: "drop", owner, kind, key });

type Opened = { readonly store: StateStore; readonly reopen: () => StateStore | Promise<StateStore> };
type Kind = { readonly create: () => Opened | Promise<Opened> };

let redis: RedisServer;
let valkey: RedisServer;
let databases = 0;
beforeAll(async () => {
  if (hasRedis) redis = await startRedis();
  if (valkeyServer !== undefined) valkey = await startRedis([], "--port", valkeyServer);
});
afterAll(async () => {
  if (hasRedis) await redis.stop();
  if (valkeyServer !== undefined) await valkey.stop();
});

/** A store in a database of its own, of a server that has begun by then. */
const inServer = (server: () => RedisServer): Kind => ({
  create: async () => {
    const shared = await openRedis({ url: `${server().url}/${(databases += 1)}`, leadMs: 60_000 });
    const first = await lead(shared);
    return { store: first.store, reopen: async () => (await lead(shared, first)).store };
  },
});

/** Takes the lead in a Redis, in the place of the one that had it. */
async function lead(shared: SharedStore, before?: Lead, note = "a replica"): Promise<Lead> {
  await before?.release();
  const taken = await shared.take(note);
  assert(typeof taken !== "string");
  return taken;
}

/** What keeps state. Each does all of the cases below. */
const stores: Readonly<Record<string, Kind>> = {
  memory: {
    create: () => {
      const store = createMemoryStore();
      return { store, reopen: () => store };
    },
  },
  SQLite: {
    create: () => {
      const file = newFile();
      const store = openSqliteStore(file);
      const reopen = () => {
        store.close();
        return openSqliteStore(file);
      };
      return { store, reopen };
    },
  },
  ...(hasRedis && { Redis: inServer(() => redis) }),
  ...(valkeyServer !== undefined && { Valkey: inServer(() => valkey) }),
};

/** Commits one after the other, and what is kept then: keys with their values, in order. */
const cases: readonly (readonly [name: string, commits: readonly (readonly Change[])[], kept: readonly string[]])[] = [
  ["nothing", [], []],
  ["an empty commit", [[]], []],
  ["what is put, in its order", [[put("b"), put("a")], [put("c")]], ['b="b"', 'a="a"', 'c="c"']],
  ["the newest value, in the old place", [[put("a", 1), put("b", 1)], [put("a", 2)]], ["a=2", "b=1"]],
  ["the last of two values of one commit", [[put("a", 1), put("a", 2)]], ["a=2"]],
  [
    "not what is dropped",
    [
      [put("a"), put("b")],
      [drop("a"), drop("unknown")],
    ],
    ['b="b"'],
  ],
  [
    "what is put again after it was dropped, as the newest",
    [[put("a"), put("b"), drop("a"), put("a")]],
    ['b="b"', 'a="a"'],
  ],
  [
    "one key for each owner and kind",
    [[put("a", 1), put("a", 2, "w2"), put("a", 3, "w1", "world")]],
    ["a=1", "a=2", "a=3"],
  ],
  [
    "the others when an owner is forgotten",
    [[put("a", 1), put("a", 2, "w2")], [{ act: "forget", owner: "w1" }]],
    ["a=2"],
  ],
  ["an owner that begins anew", [[put("a", 1)], [{ act: "forget", owner: "w1" }, put("b", 2)]], ["b=2"]],
  [
    "any text",
    [[put("'; DROP TABLE entries; --", "\u0000\ud800 ü \u{1f600}")]],
    [`'; DROP TABLE entries; --="\\u0000\\ud800 ü \u{1f600}"`],
  ],
];

describe.each(Object.entries(stores))("a store in %s", (_, { create }) => {
  test.each(cases)("keeps %s", async (_name, commits, kept) => {
    const { store, reopen } = await create();
    for (const changes of commits) await store.commit(changes);
    const reopened = await reopen();
    expect([...reopened.entries()].map(({ key, value }) => `${key}=${value}`)).toEqual(kept);
    reopened.close();
  });

  test("makes none of the changes where one cannot be made", async () => {
    const { store, reopen } = await create();
    await store.commit([put("a", 1)]);
    const broken = { ...put("c"), value: undefined } as unknown as Change;
    await expect((async () => store.commit([put("a", 2), drop("a"), put("b"), broken]))()).rejects.toThrow();
    await store.commit([put("d")]);
    const reopened = await reopen();
    expect([...reopened.entries()].map(({ key, value }) => `${key}=${value}`)).toEqual(["a=1", 'd="d"']);
    reopened.close();
  });
});

describeWithRedis("a Redis", () => {
  const open = (more = `/${(databases += 1)}`, leadMs = 60_000) => openRedis({ url: redis.url + more, leadMs });

  test("lets one replica lead, until it is silent for too long", async () => {
    const shared = await open(undefined, 2_000);
    const first = await lead(shared);
    expect(await shared.take("another")).toBe("a replica");
    expect(await first.renew()).toBe(true);
    await sleep(2_100);
    const second = await lead(shared);
    expect([await first.renew(), await second.renew()]).toEqual([false, true]);
    await first.release(); // which is not its own to release
    expect(await shared.take("another")).toBe("a replica");
    shared.close();
  });

  test("takes nothing from a replica that leads no longer", async () => {
    const shared = await open();
    const first = await lead(shared);
    await first.store.commit([put("a", 1)]);
    const second = await lead(shared, first);
    await expect((async () => first.store.commit([put("a", 2)]))()).rejects.toThrow("another replica leads now");
    expect([...second.store.entries()].map(({ value }) => value)).toEqual(["1"]);
    shared.close();
  });

  test("that has lost everything gives no second lead to the one that had it", async () => {
    const more = `/${(databases += 1)}`;
    const [one, other] = [await open(more), await open(more)];
    const first = await lead(one);
    await first.store.commit([put("a", 1)]);
    const client = createClient({ url: redis.url + more });
    await client.connect();
    await client.flushDb();
    client.destroy();
    const second = await lead(other, undefined, "another replica");
    expect([await first.renew(), await second.renew()]).toEqual([false, true]);
    await expect((async () => first.store.commit([put("a", 2)]))()).rejects.toThrow("another replica leads now");
    await second.store.commit([put("b", 1)]);
    for (const shared of [one, other]) shared.close();
  });

  test("takes a commit of any length", async () => {
    const shared = await open();
    const first = await lead(shared);
    await first.store.commit(Array.from({ length: 40_000 }, (_, at) => put(String(at))));
    expect([...(await lead(shared, first)).store.entries()].length).toBe(40_000);
    shared.close();
  });

  test("gives the lead of a replica that has ended once it is not renewed, and not before", async () => {
    const shared = await open(undefined, 2_000);
    const first = await lead(shared);
    expect(await shared.take("another", "a replica")).toBe("a replica"); // it lives
    await sleep(1_100);
    expect(await shared.take("another", "one before")).toBe("a replica");
    expect(await shared.take("another", "a replica")).not.toBe("a replica");
    expect(await first.renew()).toBe(false);
    shared.close();
  });

  test("that cannot be used is named, and no password with it", async () => {
    const closed = openRedis({ url: "redis://ada:se-cret@127.0.0.1:1/3", leadMs: 1 });
    await expect(closed).rejects.toThrow(
      /^state in redis:\/\/127\.0\.0\.1:1\/3: it cannot be used \(connect ECONNREFUSED [^)]*\): start it, or name another place$/,
    );
    const guarded = await startRedis(["--requirepass", "right"]);
    const url = (password: string) => `redis://:${password}@127.0.0.1:${guarded.port}`;
    const wrong = openRedis({ url: url("wrong-one"), leadMs: 1 });
    await expect(wrong).rejects.toThrow(/: it cannot be used \(WRONGPASS [^)]*\)/);
    await expect(wrong).rejects.not.toThrow(/wrong-one/);
    (await openRedis({ url: url("right"), leadMs: 1 })).close();
    await guarded.stop();
    const wrongDatabase = openRedis({ url: "redis://h/x", leadMs: 1 });
    await expect(wrongDatabase).rejects.toThrow(
      /^state: redis:\/\/h\/x is no address of a Redis \(Invalid pathname\): redis:/,
    );
    const none = openRedis({ url: "redis://[nowhere", leadMs: 1 });
    await expect(none).rejects.toThrow(/^state: this is no address of a Redis: redis:\/\/HOST:PORT\/DATABASE is due$/);
  });

  test("with the state of a newer version is refused", async () => {
    const more = `/${(databases += 1)}`;
    const client = createClient({ url: redis.url + more });
    await client.connect();
    await client.set("{sandglass}:format", "2");
    await expect(open(more)).rejects.toThrow(/: it keeps state of format 2, and this Sandglass knows 1 at most: use/);
    expect(await client.dbSize()).toBe(1);
    client.destroy();
  });

  test("that is full refuses a commit whole, and one that evicts is warned of", async () => {
    const small = await startRedis(["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"]);
    const shared = await openRedis({ url: small.url, leadMs: 60_000 });
    expect(await shared.warning()).toBeUndefined();
    const first = await lead(shared);
    const fill = async () => {
      for (let at = 0; at < 100; at += 1) await first.store.commit([put(`${at}`, "x".repeat(50_000)), put("last", at)]);
    };
    await expect(fill()).rejects.toThrow(/^OOM /);
    const kept = [...(await lead(shared, first)).store.entries()];
    expect(kept.find(({ key }) => key === "last")!.value).toBe(String(kept.length - 2));
    shared.close();
    await small.stop();
    const evicting = await startRedis(["--maxmemory", "30mb", "--maxmemory-policy", "allkeys-lru"]);
    const other = await openRedis({ url: evicting.url, leadMs: 60_000 });
    expect(await other.warning()).toMatch(/^it evicts keys once it is full \(maxmemory-policy allkeys-lru\)/);
    other.close();
    await evicting.stop();
  });
});

describe("a file", () => {
  const made = async (change: (database: DatabaseSync) => void = () => {}) => {
    const file = newFile();
    const store = openSqliteStore(file);
    await store.commit(Array.from({ length: 500 }, (_, at) => put(`${at}`, "x".repeat(100))));
    store.close();
    const database = new DatabaseSync(file);
    change(database);
    database.close();
    return file;
  };
  const refusals: readonly (readonly [name: string, make: () => string | Promise<string>, message: RegExp])[] = [
    [
      "of a newer version",
      () => made((database) => database.exec("PRAGMA user_version = 1000")),
      /: it is of version 1000, and this Sandglass knows \d+ at most: use the newer one, or name another file$/,
    ],
    [
      "of another program",
      () => made((database) => database.exec("PRAGMA application_id = 1")),
      /: it is a database of another program: name another file$/,
    ],
    [
      "that is no database",
      () => {
        const file = newFile();
        writeFileSync(file, "notes of a meeting\n".repeat(100));
        return file;
      },
      /: it is damaged: put it aside, or name another file$/,
    ],
    [
      "with a page overwritten",
      async () => {
        const file = await made();
        const bytes = readFileSync(file);
        bytes.fill(0xee, 3 * 4096, 4 * 4096);
        writeFileSync(file, bytes);
        return file;
      },
      /: it is damaged/,
    ],
    [
      "that was cut off",
      async () => {
        const file = await made();
        writeFileSync(file, readFileSync(file).subarray(0, 3 * 4096));
        return file;
      },
      /: it is damaged/,
    ],
  ];

  test.each(refusals)("%s is refused, and stays as it is", async (_, make, message) => {
    const file = await make();
    const before = readFileSync(file);
    expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: "STATE_UNUSABLE" }));
    expect(() => openSqliteStore(file)).toThrow(message);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("of a newer version whose process was killed keeps what was not written back yet", async () => {
    const [file, killed] = [newFile(), newFile()];
    const store = openSqliteStore(file, [
      "CREATE TABLE entries (row INTEGER PRIMARY KEY, owner, kind, key, value, UNIQUE (owner, kind, key))",
      "SELECT 1",
    ]);
    await store.commit([put("a")]);
    for (const ending of ["", "-wal"]) copyFileSync(file + ending, killed + ending);
    const read = () => ["", "-wal"].map((ending) => readFileSync(killed + ending).toString("base64"));
    const before = read();
    expect(() => openSqliteStore(killed, ["SELECT 1"])).toThrow(/version 2, and this Sandglass knows 1/);
    expect(read()).toEqual(before);
    store.close();
  });

  test("that is open is refused, and goes on", async () => {
    const file = newFile();
    const store = openSqliteStore(file);
    expect(() => openSqliteStore(file)).toThrow(/: another process has it open: stop that mock, or name another file$/);
    await store.commit([put("a")]);
    store.close();
    const reopened = openSqliteStore(file);
    expect([...reopened.entries()].length).toBe(1);
    reopened.close();
  });

  test("in a folder that there is not is refused", () => {
    expect(() => openSqliteStore(join(folder, "none", "state.db"))).toThrow(/: it cannot be opened: ENOENT/);
  });

  test("is readable by its owner alone", () => {
    const file = newFile();
    openSqliteStore(file).close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  test("of each older version has the missing steps, once and in order", async () => {
    const file = newFile();
    const steps = [
      "CREATE TABLE entries (row INTEGER PRIMARY KEY, owner, kind, key, value, UNIQUE (owner, kind, key))",
      "UPDATE entries SET value = value || '2'",
      "UPDATE entries SET value = value || '3'; ALTER TABLE entries ADD COLUMN more",
    ];
    const first = openSqliteStore(file, steps.slice(0, 1));
    await first.commit([put("a", 1)]);
    first.close();
    for (const [known, value] of [
      [2, "12"],
      [2, "12"],
      [3, "123"],
    ] as const) {
      const store = openSqliteStore(file, steps.slice(0, known));
      expect([...store.entries()].map((entry) => entry.value)).toEqual([value]);
      store.close();
    }
  });

  test("whose migration fails is as it was", async () => {
    const file = await made();
    const steps = ["SELECT 1", "DELETE FROM entries; SELECT * FROM unknown"];
    expect(() => openSqliteStore(file, steps)).toThrow(/it cannot be opened: no such table/);
    const store = openSqliteStore(file);
    expect([...store.entries()].length).toBe(500);
    store.close();
  });
});
