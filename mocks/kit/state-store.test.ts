import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteStore } from "./sqlite-store.ts";
import { createMemoryStore } from "./state-store.fixture.ts";
import type { Change, Entry, StateStore } from "./state-store.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-state-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${(files += 1)}.db`);

const put = (key: string, value: unknown = key, owner = "w1", kind = "table a"): Change => {
  return { act: "put", owner, kind, key, value: JSON.stringify(value) };
};
const drop = (key: string, owner = "w1", kind = "table a"): Change => ({ act: "drop", owner, kind, key });

type Kind = { readonly create: () => { store: StateStore; reopen: () => StateStore } };

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
  test.each(cases)("keeps %s", (_name, commits, kept) => {
    const { store, reopen } = create();
    for (const changes of commits) store.commit(changes);
    const show = (entries: Iterable<Entry>) => [...entries].map(({ key, value }) => `${key}=${value}`);
    expect(show(store.entries())).toEqual(kept);
    const reopened = reopen();
    expect(show(reopened.entries())).toEqual(kept);
    reopened.close();
  });

  test("makes none of the changes where one cannot be made", () => {
    const { store, reopen } = create();
    store.commit([put("a", 1)]);
    const broken = { ...put("c"), value: undefined } as unknown as Change;
    expect(() => store.commit([put("a", 2), drop("a"), put("b"), broken])).toThrow();
    store.commit([put("d")]);
    const reopened = reopen();
    expect([...reopened.entries()].map(({ key, value }) => `${key}=${value}`)).toEqual(["a=1", 'd="d"']);
    reopened.close();
  });
});

describe("a file", () => {
  const made = (change: (database: DatabaseSync) => void = () => {}) => {
    const file = newFile();
    const store = openSqliteStore(file);
    store.commit(Array.from({ length: 500 }, (_, at) => put(`${at}`, "x".repeat(100))));
    store.close();
    const database = new DatabaseSync(file);
    change(database);
    database.close();
    return file;
  };
  const refusals: readonly (readonly [name: string, make: () => string, message: RegExp])[] = [
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
      () => {
        const file = made();
        const bytes = readFileSync(file);
        bytes.fill(0xee, 3 * 4096, 4 * 4096);
        writeFileSync(file, bytes);
        return file;
      },
      /: it is damaged/,
    ],
    [
      "that was cut off",
      () => {
        const file = made();
        writeFileSync(file, readFileSync(file).subarray(0, 3 * 4096));
        return file;
      },
      /: it is damaged/,
    ],
  ];

  test.each(refusals)("%s is refused, and stays as it is", (_, make, message) => {
    const file = make();
    const before = readFileSync(file);
    expect(() => openSqliteStore(file)).toThrow(expect.objectContaining({ code: "STATE_UNUSABLE" }));
    expect(() => openSqliteStore(file)).toThrow(message);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("of a newer version whose process was killed keeps what was not written back yet", () => {
    const [file, killed] = [newFile(), newFile()];
    const store = openSqliteStore(file, [
      "CREATE TABLE entries (row INTEGER PRIMARY KEY, owner, kind, key, value, UNIQUE (owner, kind, key))",
      "SELECT 1",
    ]);
    store.commit([put("a")]);
    for (const ending of ["", "-wal"]) copyFileSync(file + ending, killed + ending);
    const read = () => ["", "-wal"].map((ending) => readFileSync(killed + ending).toString("base64"));
    const before = read();
    expect(() => openSqliteStore(killed, ["SELECT 1"])).toThrow(/version 2, and this Sandglass knows 1/);
    expect(read()).toEqual(before);
    store.close();
  });

  test("that is open is refused, and goes on", () => {
    const file = newFile();
    const store = openSqliteStore(file);
    expect(() => openSqliteStore(file)).toThrow(/: another process has it open: stop that mock, or name another file$/);
    store.commit([put("a")]);
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

  test("of each older version has the missing steps, once and in order", () => {
    const file = newFile();
    const steps = [
      "CREATE TABLE entries (row INTEGER PRIMARY KEY, owner, kind, key, value, UNIQUE (owner, kind, key))",
      "UPDATE entries SET value = value || '2'",
      "UPDATE entries SET value = value || '3'; ALTER TABLE entries ADD COLUMN more",
    ];
    const first = openSqliteStore(file, steps.slice(0, 1));
    first.commit([put("a", 1)]);
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

  test("whose migration fails is as it was", () => {
    const file = made();
    const steps = ["SELECT 1", "DELETE FROM entries; SELECT * FROM unknown"];
    expect(() => openSqliteStore(file, steps)).toThrow(/it cannot be opened: no such table/);
    const store = openSqliteStore(file);
    expect([...store.entries()].length).toBe(500);
    store.close();
  });
});
