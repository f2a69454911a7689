import { expect, test } from "vitest";
import { noSandboxes } from "../law/law.ts";
import type { SandboxUse } from "../law/law.ts";
import { countSandboxes, orderForBudget, shardLaws } from "./law-order.ts";
import { lawFixture } from "../mini-contract.fixture.ts";

const use = (id: string, sandboxes: Partial<SandboxUse>) =>
  lawFixture({ id, sandboxes: { ...noSandboxes, ...sandboxes } });

test("shared sandboxes and scenarios are counted once, the rest for each law", () => {
  const laws = [
    ...[use("a", { shared: 2 }), use("b", { shared: 1, fresh: 1 })],
    ...[use("c", { creates: 3, scenario: "life" }), use("d", { creates: 3, scenario: "life", fresh: 1 })],
    use("e", { creates: 4 }),
  ];
  expect(countSandboxes(laws)).toEqual({ creates: 2 + 1 + 3 + 1 + 4, shared: 2 });
});

test("laws stand as they are where all fit, else the most binding come first", () => {
  const laws = [
    { ...use("may", { creates: 2 }), requirement: "MAY" as const },
    { ...use("must", { creates: 2 }), requirement: "MUST" as const },
  ];
  expect(orderForBudget(laws, { judged: laws, createsMax: 4 })).toEqual(laws);
  expect(orderForBudget(laws, { judged: laws, createsMax: 3 }).map(({ id }) => id)).toEqual(["must", "may"]);
});

test("each law is in one shard, and laws of one scenario are in the same", () => {
  const laws = [use("a", {}), use("b", { scenario: "life" }), use("c", {}), use("d", { scenario: "life" })];
  const shards = [1, 2].map((shard) => shardLaws(laws, { shard, of: 2 }).map(({ id }) => id));
  expect(shards).toEqual([
    ["b", "d"],
    ["a", "c"],
  ]);
});

test("shards cost about the same", () => {
  const laws = [1, 1, 7, 2, 2, 1].map((fresh, at) => use(String(at), { fresh }));
  const shards = [1, 2].map((shard) => shardLaws(laws, { shard, of: 2 }));
  expect(shards.map((some) => countSandboxes(some).creates)).toEqual([7, 7]);
});
