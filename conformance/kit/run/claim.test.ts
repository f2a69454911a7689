import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { lawFixture, miniContract, miniServer, operationFixture } from "../mini-contract.fixture.ts";
import { claimOf, hasRoom, orderForLanes } from "./claim.ts";
import { createSessionParts } from "./session-parts.ts";

const hook = operationFixture({ id: "createHook", method: "post", path: "/hooks", statuses: ["201"] });
const unhook = operationFixture({ id: "deleteHook", method: "delete", path: "/hooks/{hookId}", statuses: ["204"] });
const setUp = operationFixture({ id: "setUp", method: "post", path: "/boxes/setup", statuses: ["204"] });

function partsOf(aliveMax = 5) {
  const contract = miniContract();
  return createSessionParts({
    clock: createManualClock(0),
    seed: 1,
    contract: { ...contract, operations: [...contract.operations, hook, unhook, setUp] },
    target: miniServer().target,
    aliveMax,
  });
}

function law(id: string, { sandboxes = {}, ...rest }: Partial<Omit<Law, "sandboxes">> & { sandboxes?: object } = {}) {
  return lawFixture({ id, ...rest, sandboxes: { ...noSandboxes, ...sandboxes } });
}

const parts = partsOf();
const claimed = (of: Law) => claimOf(parts, of);

test("a law claims what it makes at once, not what it makes one after the other", () => {
  expect(claimed(law("a", { operations: ["get"], sandboxes: { creates: 3 } }))?.places).toBe(3);
  expect(claimed(law("a", { operations: ["get"], sandboxes: { creates: 3, atOnce: 1 } }))?.places).toBe(1);
});

test("what an account keeps beside sandboxes is changed by one law at a time, and what all creates depend on by one alone", () => {
  const uses = (...operations: readonly string[]) => claimed(law("a", { operations }))?.uses;
  expect(uses("createHook", "deleteHook")).toEqual(["/hooks"]);
  expect(uses("get", "kill")).toEqual([]);
  expect(uses("get", "setUp")).toBeUndefined();
});

test("a law that looks for sandboxes in a list is judged alone, one that is only refused there is not", () => {
  expect(claimed(law("a", { operations: ["list"], sandboxes: { shared: 1 } }))).toBeUndefined();
  expect(claimed(law("a", { operations: ["list"] }))).toMatchObject({ places: 0 });
});

test("creates that have to be refused are begun where each has a place, and share one with what makes sandboxes", () => {
  const refused = claimed(law("a", { operations: ["create"] }))!;
  const made = (places: number) => claimed(law("b", { operations: ["get"], sandboxes: { creates: places } }))!;
  expect(refused.refuses).toBe(true);
  const fits = (...claims: Parameters<typeof hasRoom>[1]) => hasRoom(parts, claims);
  expect(fits(made(3), refused, refused)).toBe(true);
  expect(fits(made(3), refused, refused, refused)).toBe(false);
  expect(fits(refused, refused, refused, made(4))).toBe(true);
  expect(fits(refused, refused, refused, made(5))).toBe(false);
});

test("first comes what only reads what there is before, and what is judged alone, then what has most need of places, and of what is refused the longest", () => {
  const laws = [
    law("short", { operations: ["create"], sandboxes: { refused: 2 } }),
    law("long", { operations: ["create"], sandboxes: { refused: 90 } }),
    law("one", { operations: ["get"], sandboxes: { creates: 4, atOnce: 1 } }),
    law("two", { operations: ["get"], sandboxes: { creates: 2 } }),
    law("looks", { operations: ["get"], sandboxes: { shared: 1 } }),
    law("looks-at-two", { operations: ["get"], sandboxes: { shared: 2 } }),
    law("time", { operations: ["get"], movesTime: true }),
    law("alone", { operations: ["setUp"] }),
    law("reads", { operations: ["get"] }),
    law("last", { operations: ["get"], isAfterOthers: true }),
  ].toReversed();
  const order = orderForLanes(parts, laws).map(({ id }) => id);
  expect(order).toEqual(["reads", "alone", "time", "looks-at-two", "looks", "two", "one", "long", "short", "last"]);
});
