import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import type { Need } from "../law/need.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import { countSandboxes, orderForBudget, shardLaws } from "./law-order.ts";
import { planRun } from "./plan.ts";
import type { Target } from "../target/target.ts";

const remote = { ...miniServer().target, baseUrl: "https://mini.example", fetch: undefined };

async function flagFor(need: Need, target: Target = remote) {
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(), target };
  const plan = await planRun([lawFixture({ needs: [need], waitsMs: 30_000 })], options);
  return plan.unjudged[0]?.unmet.flag;
}

test.each<[Need, string, Partial<Target>]>([
  ["second-key", "--other-key", { otherKey: "k2" }],
  ["member-account", "--member-account", { memberAccount: "m" }],
  ["foreign-account", "--foreign-account", { foreignAccount: "f" }],
  ["quota", "--config, member quota", { quota: 3 }],
  ["preview-route", "--preview-domain", { previewDomain: "preview.example" }],
])("what needs %s says %s, until it is there", async (need, flag, given) => {
  expect(await flagFor(need)).toBe(flag);
  expect(await flagFor(need, { ...remote, ...given })).toBeUndefined();
});

test("waiting for too long says for how long, and a clock that can be moved waits for nothing", async () => {
  expect(await flagFor("waiting")).toBe("--clock wait --max-wait 30");
  expect(await flagFor("clock-control")).toBe("--clock control");
  const clock = { now: () => 0, advance: () => undefined };
  expect(await flagFor("waiting", { ...miniServer().target, clock })).toBeUndefined();
  expect(await flagFor("clock-control", { ...miniServer().target, clock })).toBeUndefined();
});

test("a law outside the profile names the profile that would do", async () => {
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(), target: remote };
  const plan = await planRun([lawFixture({ operations: ["list"] })], { ...options, profile: "core" });
  expect(plan.unjudged[0]?.unmet).toMatchObject({ cause: "profile", flag: "--profile deployment" });
});

test("only what is beyond the seed can be unsupported", async () => {
  const target = { ...remote, unsupported: ["list", "create"] };
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(), target };
  const laws = [lawFixture({ operations: ["list"] }), lawFixture({ operations: ["create"] })];
  const plan = await planRun(laws, options);
  expect(plan.unjudged.map(({ law }) => law.operations)).toEqual([["list"]]);
});

const scenario = { shared: 0, fresh: 0, creates: 3, scenario: "life" };
const laws = [
  lawFixture({ id: "a", requirement: "MAY", sandboxes: scenario }),
  lawFixture({ id: "b", sandboxes: scenario }),
  lawFixture({ id: "c", requirement: "SHOULD", sandboxes: { shared: 2, fresh: 1, creates: 1 } }),
];

test("shared sandboxes and scenarios cost once", () => {
  expect(countSandboxes(laws)).toEqual({ creates: 7, shared: 2 });
});

test("where not all fit the budget, the most binding come first", () => {
  const ids = (createsMax: number) => orderForBudget(laws, { judged: laws, createsMax }).map(({ id }) => id);
  expect(ids(7)).toEqual(["a", "b", "c"]);
  expect(ids(6)).toEqual(["b", "c", "a"]);
});

test("shards take every law once, and keep a scenario together", () => {
  const ids = (shard: number) => shardLaws(laws, { shard, of: 2 }).map(({ id }) => id);
  expect([ids(1), ids(2)]).toEqual([["a", "b"], ["c"]]);
});
