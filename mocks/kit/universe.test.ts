import { describe, expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import { neverMs, type StoredRecord } from "./table.ts";
import { createUniverse, type UniverseOptions } from "./universe.ts";
import { formatWorldFile, parseWorldFile, type WorldFile } from "./world-file.ts";
import type { TableName, World } from "./world.ts";

const table: TableName<StoredRecord> = { name: "test/rows" };

function universeFixture(options: Partial<UniverseOptions> = {}) {
  const base = createManualClock(1_000);
  const universe = createUniverse({
    baseClock: base,
    seed: "universe",
    templates: [
      { contract: "one", name: "ada", organisation: "o", id: "ada-id" },
      { contract: "one", name: "bob", organisation: "o" },
      { contract: "one", name: "eve", organisation: "p" },
      { contract: "two", name: "ada", organisation: "o" },
    ],
    settings: { limit: null, latencyMs: 1, domain: "localhost" },
    ownSettings: (worldId) => ({ domain: `${worldId}.localhost` }),
    ...options,
  });
  return { base, universe };
}

const add = (world: World, id: string) =>
  world.table(table).insert({ id, tenantId: "t", version: 1, createdAtMs: 0, liveUntilMs: neverMs });
const idsIn = async (world: World) => (await world.table(table).list("t", { limit: 99 })).map(({ id }) => id);
const keysOf = (world: World) => world.tenants.map(({ key }) => key);

describe("keys", () => {
  test("belong to one world each, through create, fork and reset", () => {
    const { universe } = universeFixture();
    const made = [
      universe.defaultWorld(),
      universe.create(),
      universe.create({ seed: "same" }),
      universe.create({ seed: "same" }),
    ];
    made.push(universe.fork(made[1]!), universe.fork(made[1]!));
    made[1] = universe.reset(made[1]!);
    for (const world of made) {
      for (const { contract, key, id } of world.tenants) {
        const owner = universe.findByKey(contract, key)!;
        expect([owner.world.id, owner.tenant.id]).toEqual([world.id, id]);
        expect(owner.world).toBe(world);
      }
    }
    const keys = made.flatMap((world) => world.tenants.map(({ contract, key }) => `${contract} ${key}`));
    expect(new Set(keys).size).toBe(made.length * 4);
  });

  test("of one contract are unknown in another", () => {
    const { universe } = universeFixture();
    const eve = universe.defaultWorld().tenants.find(({ name }) => name === "eve")!;
    expect(universe.findByKey("one", eve.key)).toBeDefined();
    expect(universe.findByKey("two", eve.key)).toBeUndefined();
    expect(universe.findByKey("one", "")).toBeUndefined();
    expect(universe.findByKey("one", "__proto__")).toBeUndefined();
  });

  test("of a deleted world are unknown", () => {
    const { universe } = universeFixture();
    const world = universe.create();
    universe.delete(world);
    expect(universe.find(world.id)).toBeUndefined();
    for (const { contract, key } of world.tenants) expect(universe.findByKey(contract, key)).toBeUndefined();
    expect([...universe.worlds()].map(({ id }) => id)).toEqual(["default"]);
  });
});

describe("worlds", () => {
  test("tenants of one organisation share it within a world and a contract, and nowhere else", () => {
    const { universe } = universeFixture();
    const worlds = [universe.create(), universe.create()];
    const organisations = worlds.map(({ tenants }) => tenants.map(({ organisationId }) => organisationId));
    for (const [ada, bob, eve, other] of organisations) {
      expect(ada).toBe(bob);
      expect(new Set([ada, eve, other]).size).toBe(3);
    }
    expect(new Set(organisations.flat()).size).toBe(6);
  });

  test("with the same seed draw the same, each from a stream of its own", () => {
    const { universe } = universeFixture();
    const [one, other] = [universe.create({ seed: "same" }), universe.create({ seed: "same" })];
    expect(one.random.hex(16)).toBe(other.random.hex(16));
    one.random.hex(16);
    expect(one.random.hex(16)).not.toBe(other.random.hex(16));
    expect(universe.create().random.hex(16)).not.toBe(universe.create().random.hex(16));
  });

  test("of universes with one seed have the same ids and keys", () => {
    const worlds = [universeFixture(), universeFixture()].map(({ universe }) => [universe.create(), universe.create()]);
    expect(worlds[0]!.map(keysOf)).toEqual(worlds[1]!.map(keysOf));
  });

  test("draw secrets from the machine unless a seed is named", () => {
    const secretOf = (world: World) => world.secrets(32);
    const draw = (seed?: string, own?: string) => {
      const { universe } =
        seed === undefined ? universeFixture({ seed: undefined as never }) : universeFixture({ seed });
      return secretOf(own === undefined ? universe.defaultWorld() : universe.create({ seed: own }));
    };
    expect(draw("a")).toBe(draw("a"));
    expect(draw(undefined, "a")).toBe(draw(undefined, "a"));
    expect(draw()).not.toBe(draw());
  });

  test("have a clock, settings, faults and a journal of their own", () => {
    const { base, universe } = universeFixture();
    const [one, other] = [universe.create({ clockScale: 0, startMs: 5 }), universe.create()];
    one.clock.advance(100);
    base.advance(10);
    one.changeSettings({ limit: 1 });
    one.setFaults([{ id: "x" }]);
    one.journal.clear();
    expect([one.clock.now(), other.clock.now(), universe.defaultWorld().clock.now()]).toEqual([105, 1_010, 1_010]);
    expect([one.settings["limit"], other.settings["limit"]]).toEqual([1, null]);
    expect([one.faults().length, other.faults().length]).toEqual([1, 0]);
    expect(one.settings["domain"]).toBe(`${one.id}.localhost`);
  });

  test("cannot lose the default one", () => {
    const { universe } = universeFixture();
    expect(() => universe.delete(universe.defaultWorld())).toThrow(/cannot be deleted/);
    expect(universe.defaultWorld().id).toBe("default");
  });

  test("three thousand of them have three thousand ids", () => {
    const { universe } = universeFixture();
    const ids = new Set(Array.from({ length: 3_000 }, () => universe.create().id));
    expect(ids.size).toBe(3_000);
    expect([...universe.worlds()].length).toBe(3_001);
  });
});

describe("forks", () => {
  test("go on from where their world is and share nothing from then on", async () => {
    const { universe } = universeFixture();
    const world = universe.create({ clockScale: 0, startMs: 10 });
    await add(world, "both");
    world.changeSettings({ latencyMs: 77 });
    world.clock.advance(5);
    const fork = universe.fork(world);
    await add(world, "world");
    await add(fork, "fork");
    world.clock.advance(100);
    expect([await idsIn(world), await idsIn(fork)]).toEqual([
      ["world", "both"],
      ["fork", "both"],
    ]);
    expect([fork.clock.now(), fork.settings["latencyMs"]]).toEqual([15, 77]);
    expect(fork.random.hex(8)).toBe(world.random.hex(8));
    expect(fork.tenants.map(({ id }) => id)).toEqual(world.tenants.map(({ id }) => id));
    expect(keysOf(fork).some((key) => keysOf(world).includes(key))).toBe(false);
    expect(fork.settings["domain"]).toBe(`${fork.id}.localhost`);
  });
});

describe("a reset", () => {
  test("puts a world back to how it began, keys included", async () => {
    const { universe } = universeFixture();
    const world = universe.create({ clockScale: 0, startMs: 10 });
    const drawn = world.random.hex(8);
    await add(world, "gone");
    world.clock.advance(1_000);
    world.changeSettings({ limit: 1 });
    world.setFaults([{ id: "x" }]);
    const reset = universe.reset(world);
    expect(await idsIn(reset)).toEqual([]);
    expect([reset.clock.now(), reset.settings["limit"], reset.faults(), reset.journal.seen()]).toEqual([
      10,
      null,
      [],
      0,
    ]);
    expect(reset.random.hex(8)).toBe(drawn);
    expect([reset.id, keysOf(reset)]).toEqual([world.id, keysOf(world)]);
    expect(universe.findByKey("one", keysOf(world)[0]!)!.world).toBe(reset);
    expect(universe.find(world.id)).toBe(reset);
  });

  test("puts a running clock to the present, not to the past", () => {
    const { base, universe } = universeFixture();
    const world = universe.create();
    world.clock.advance(60_000);
    base.advance(500);
    expect(universe.reset(world).clock.now()).toBe(1_500);
  });

  test("to a snapshot can be done again and again", async () => {
    const { universe } = universeFixture();
    const world = universe.create({ clockScale: 0 });
    await add(world, "kept");
    const snapshot = world.snapshot();
    for (let again = 0; again < 3; again += 1) {
      const reset = universe.reset(world, snapshot);
      expect(await idsIn(reset)).toEqual(["kept"]);
      await add(reset, "gone");
      expect(await idsIn(reset)).toEqual(["gone", "kept"]);
    }
    expect(await idsIn(world)).toEqual(["kept"]);
  });

  test("to another world's snapshot brings its data, and takes neither its keys nor its address", async () => {
    const { universe } = universeFixture();
    const [from, to] = [universe.create(), universe.create()];
    await add(from, "row");
    const restored = universe.reset(to, from.snapshot());
    expect(await idsIn(restored)).toEqual(["row"]);
    expect(restored.tenants.map(({ id }) => id)).toEqual(from.tenants.map(({ id }) => id));
    expect(keysOf(restored)).toEqual(keysOf(to));
    expect(restored.settings["domain"]).toBe(`${to.id}.localhost`);
    for (const key of keysOf(from)) expect(universe.findByKey("one", key)?.world.id ?? from.id).toBe(from.id);
    expect(keysOf(universe.reset(restored))).toEqual(keysOf(to));
  });

  test("to a file gives the same world as a reset to its snapshot", async () => {
    const { universe } = universeFixture();
    const [from, to] = [universe.create({ clockScale: 0 }), universe.create()];
    await add(from, "a");
    await add(from, "b");
    from.clock.advance(77);
    const text = JSON.stringify(formatWorldFile(from));
    for (const key of keysOf(from)) expect(text).not.toContain(key);
    const restored = universe.reset(to, parseWorldFile(JSON.parse(text) as WorldFile, to));
    expect(await idsIn(restored)).toEqual(["b", "a"]);
    expect(keysOf(restored)).toEqual(keysOf(to));
    expect(restored.clock.now()).toBe(from.clock.now());
    expect(restored.random.hex(8)).toBe(from.random.hex(8));
  });
});

test("advancing a world touches none of its records", async () => {
  const { universe } = universeFixture();
  const world = universe.create({ clockScale: 0, startMs: 0 });
  let looks = 0;
  for (let at = 0; at < 100_000; at += 1) {
    await world.table(table).insert({
      id: `${at}`,
      tenantId: "t",
      version: 1,
      createdAtMs: 0,
      get liveUntilMs() {
        looks += 1;
        return 1 + at;
      },
    });
  }
  looks = 0;
  world.clock.advance(50_000);
  expect(looks).toBe(0);
  expect(await world.table(table).countLive("t", world.clock.now())).toBe(50_000);
  expect(await world.table(table).list("t", { limit: 1, liveAtMs: world.clock.now() })).toHaveLength(1);
});

test("looking at a world's tables, unlike a snapshot, makes no later write copy them", async () => {
  const { universe } = universeFixture();
  const world = universe.create();
  let looks = 0;
  const watched = (id: string) => ({
    id,
    version: 1,
    createdAtMs: 0,
    liveUntilMs: neverMs,
    get tenantId() {
      looks += 1;
      return "t";
    },
  });
  for (let at = 0; at < 100; at += 1) await world.table(table).insert(watched(`${at}`));
  expect([...world.tables()].map(([name, { size }]) => [name, size()])).toEqual([["test/rows", 100]]);
  expect([...world.tables().get("test/rows")!.records()].length).toBe(100);
  looks = 0;
  await world.table(table).insert(watched("one"));
  expect(looks).toBeLessThan(10);
  world.snapshot();
  await world.table(table).insert(watched("other"));
  expect(looks).toBeGreaterThan(100);
});
