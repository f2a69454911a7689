import fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import { createUniverse } from "./universe.ts";
import type { World } from "./world.ts";

const table = { name: "rows" };
const row = (id: string) => ({ id, tenantId: "", version: 1, createdAtMs: 0, liveUntilMs: 0 });
const start = () => createUniverse({ baseClock: createManualClock(0), templates: [], settings: {} });

const id = fc.integer({ min: 0, max: 6 }).map(String);
const at = fc.nat({ max: 20 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), at, id }),
  fc.record({ kind: fc.constant("create" as const), at }),
  fc.record({ kind: fc.constant("fork" as const), at }),
  fc.record({ kind: fc.constant("reset" as const), at }),
  fc.record({ kind: fc.constant("delete" as const), at }),
  fc.record({ kind: fc.constant("find" as const), id }),
);
const seed = 20_261_126;

test(`the world that has a record is the one that a look at every world finds (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const universe = start();
      for (const taken of steps) {
        const worlds = [...universe.worlds()];
        const world: World = "at" in taken ? worlds[taken.at % worlds.length]! : universe.defaultWorld();
        if (taken.kind === "insert") void world.table(table).insert(row(taken.id));
        else if (taken.kind === "create") universe.create();
        else if (taken.kind === "fork") universe.fork(world);
        else if (taken.kind === "reset") universe.reset(world);
        else if (taken.kind === "delete") {
          if (world.id !== "default") universe.delete(world);
        } else {
          const having = worlds.filter((one) => one.tables().get(table.name)?.has(taken.id) === true);
          const found = universe.findHolder(table, taken.id);
          if (having.length === 0) expect(found).toBeUndefined();
          else expect(having).toContain(found);
          if (having.includes(universe.defaultWorld())) expect(found).toBe(universe.defaultWorld());
        }
      }
    }),
    { seed, numRuns: 500 },
  );
});

test("a world with many records is found, also when it had few at the first search", () => {
  const universe = start();
  const world = universe.create();
  const insert = (from: number, to: number) => {
    for (let number = from; number < to; number += 1) void world.table(table).insert(row(`${number}`));
  };
  insert(0, 900);
  expect(universe.findHolder(table, "899")).toBe(world);
  insert(900, 1_200);
  for (const known of ["0", "999", "1001", "1199"]) expect(universe.findHolder(table, known)).toBe(world);
  expect(universe.findHolder(table, "1200")).toBeUndefined();
  const fork = universe.fork(world);
  universe.delete(world);
  for (const known of ["0", "999", "1199"]) expect(universe.findHolder(table, known)).toBe(fork);
});
