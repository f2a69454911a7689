import { expect, test } from "vitest";
import { createManualClock, systemSleep } from "../../../src/contract/clock.ts";
import { createBudget } from "./budget.ts";
import type { BudgetLimits } from "./budget.ts";
import { createLedger } from "./ledger.ts";

const create = { operation: "create", by: "own", purpose: "law" } as const;

function setUp(limits: Partial<BudgetLimits> = {}) {
  const clock = createManualClock(0);
  const ledger = createLedger({ clock });
  const waited: number[] = [];
  const sleep = (ms: number) => {
    waited.push(ms);
    clock.advance(ms);
    return Promise.resolve();
  };
  const all = { createsMax: 8, aliveMax: 2, minutesMax: 1, ratePerSecond: Infinity, ...limits };
  return { clock, ledger, waited, budget: createBudget({ clock, sleep, ledger, limits: all }) };
}

test("a create counts until it is proven to have made nothing", async () => {
  const { ledger, budget } = setUp({ createsMax: 1 });
  const first = await ledger.intend(create);
  expect(() => budget.admitCreate({ purpose: "a law", shrinking: false })).toThrow("the budget of 1 creates is spent");
  await ledger.note({ type: "refused", create: first, status: 400 });
  expect(() => budget.admitCreate({ purpose: "a law", shrinking: false })).toThrow(
    "1 of them on creates of which it is not known",
  );
  await ledger.note({ type: "nothing", create: first });
  budget.admitCreate({ purpose: "a law", shrinking: false });
  expect(budget.left().creates).toBe(1);
});

test("sandboxes at once are limited, until one is gone", async () => {
  const { ledger, budget } = setUp();
  await ledger.note({ type: "created", create: await ledger.intend(create), ids: ["a"] });
  await ledger.note({ type: "created", create: await ledger.intend(create), ids: ["b"] });
  expect(() => budget.admitCreate({ purpose: "a law", shrinking: false })).toThrow(
    "2 sandboxes may run at once already",
  );
  await ledger.note({ type: "gone", id: "a" });
  budget.admitCreate({ purpose: "a law", shrinking: false });
});

test("a sandbox whose end was agreed to takes no place, though the run has not seen it gone", async () => {
  const { ledger, budget } = setUp({ aliveMax: 1 });
  await ledger.note({ type: "created", create: await ledger.intend(create), ids: ["a"] });
  expect(budget.isFull()).toBe(true);
  await ledger.note({ type: "ending", id: "a" });
  expect(budget.isFull()).toBe(false);
  await ledger.note({ type: "revived", id: "a" });
  expect(budget.isFull()).toBe(true);
});

test("making counterexamples smaller has a share of its own", () => {
  const { budget } = setUp();
  budget.admitCreate({ purpose: "a law", shrinking: true });
  budget.admitCreate({ purpose: "a law", shrinking: true });
  expect(() => budget.admitCreate({ purpose: "a law", shrinking: true })).toThrow(
    "the 2 creates for making counterexamples smaller",
  );
  budget.admitCreate({ purpose: "a law", shrinking: false });
});

test("requests keep to the rate, and end with the time", async () => {
  const { clock, waited, budget } = setUp({ ratePerSecond: 2 });
  for (let times = 0; times < 3; times += 1) await budget.beforeRequest();
  expect(waited).toEqual([500, 500]);
  clock.advance(60_000);
  await expect(budget.beforeRequest()).rejects.toThrow("the 1 minutes of the run are over");
});

test("an interrupt does not wait for a turn", async () => {
  const clock = createManualClock(0);
  const limits = { createsMax: 8, aliveMax: 2, minutesMax: 60, ratePerSecond: 1 / 600 };
  const budget = createBudget({ clock, sleep: systemSleep, ledger: createLedger({ clock }), limits });
  await budget.beforeRequest();
  const stopped = new AbortController();
  const turn = budget.beforeRequest(stopped.signal);
  stopped.abort();
  await expect(turn).rejects.toMatchObject({ skipCause: "interrupted" });
});

test("what is optional leaves the creates that are set aside", async () => {
  const { ledger, budget } = setUp({ createsMax: 2 });
  budget.setAside(() => 1);
  expect([budget.left().creates, budget.spare("a law").creates]).toEqual([2, 1]);
  await budget.optional(async () => {
    budget.admitCreate({ purpose: "a law", shrinking: false });
    await ledger.note({ type: "created", create: await ledger.intend(create), ids: ["a"] });
    expect(() => budget.admitCreate({ purpose: "a law", shrinking: false })).toThrow(
      "the 1 creates that are left are for laws to come",
    );
  });
  expect(() => budget.admitCreate({ purpose: "a law", shrinking: true })).toThrow("for laws to come");
  budget.admitCreate({ purpose: "a law", shrinking: false });
  budget.widen(5);
  expect([budget.createsMax(), budget.spare("a law").creates]).toEqual([5, 3]);
});
