import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLiveCounter, type Slot } from "./live-counter.ts";
import { neverMs, type StoredRecord } from "./table.ts";

function slotFixture(liveUntilMs: number, order = 0): Slot<StoredRecord> {
  const record = { id: `${order}`, tenantId: "acme", version: 1, createdAtMs: 0, liveUntilMs };
  return { record, order, listed: true, countedUntilMs: -1 };
}

function put(slot: Slot<StoredRecord>, liveUntilMs: number): void {
  slot.record = { ...slot.record, version: slot.record.version + 1, liveUntilMs };
}

describe("a counter", () => {
  test("begins with the slots that it is given", () => {
    const counter = createLiveCounter([slotFixture(0), slotFixture(10), slotFixture(20), slotFixture(neverMs)]);
    expect([0, 9, 10, 19, 20, 1_000].map((nowMs) => counter.count(nowMs))).toEqual([3, 3, 2, 2, 1, 1]);
  });

  test.each([
    ["postponed", 10, 30, [1, 1, 0]],
    ["brought forward", 30, 10, [0, 0, 0]],
    ["ended", 30, 0, [0, 0, 0]],
    ["made endless", 10, neverMs, [1, 1, 1]],
    ["given an end", neverMs, 25, [1, 1, 0]],
    ["ended from endless", neverMs, 0, [0, 0, 0]],
    ["left as it is", 25, 25, [1, 1, 0]],
  ])("follows a deadline that is %s", (_, from, to, counts) => {
    const slot = slotFixture(from);
    const counter = createLiveCounter([slot]);
    put(slot, to);
    counter.update(slot, 5);
    expect([15, 20, 30].map((nowMs) => counter.count(nowMs))).toEqual(counts);
  });

  test("counts a slot again that came back after it was counted out", () => {
    const slot = slotFixture(10);
    const counter = createLiveCounter([slot]);
    expect(counter.count(20)).toBe(0);
    put(slot, 30);
    counter.update(slot, 20);
    expect([20, 29, 30].map((nowMs) => counter.count(nowMs))).toEqual([1, 1, 0]);
  });

  test("counts a slot once, however often it is postponed", () => {
    const slots = [slotFixture(10), slotFixture(10)];
    const counter = createLiveCounter(slots);
    for (let until = 11; until < 200; until += 1) {
      put(slots[0]!, until);
      counter.update(slots[0]!, until - 10);
      expect(counter.count(until - 10)).toBe(until - 10 < 10 ? 2 : 1);
    }
  });

  test("is right when a hundred thousand expire at once, and when they do one by one", () => {
    const slots = Array.from({ length: 100_000 }, (_, at) => slotFixture(at + 1, at));
    expect(createLiveCounter(slots).count(99_990)).toBe(10);
    const counter = createLiveCounter(slots);
    for (let nowMs = 0; nowMs <= 100_000; nowMs += 500) expect(counter.count(nowMs)).toBe(100_000 - nowMs);
  });
});

const life = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, neverMs) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 200 }) },
);
const step = fc.record({
  slot: fc.integer({ min: 0, max: 150 }),
  life,
  advance: fc.integer({ min: 0, max: 20 }),
  look: fc.boolean(),
});
const seed = 20_261_125;

test(`a counter counts what a look at every slot would count (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.array(life, { maxLength: 150, size: "max" }),
      fc.array(step, { maxLength: 80, size: "max" }),
      (lives, steps) => {
        const slots = lives.map((until, order) => slotFixture(until, order));
        const counter = createLiveCounter(slots);
        let nowMs = 0;
        const expectRight = () =>
          expect(counter.count(nowMs)).toBe(slots.filter(({ record }) => record.liveUntilMs > nowMs).length);
        expectRight();
        for (const { slot: at, life, advance, look } of steps) {
          nowMs += advance;
          const until = life === 0 || life === neverMs ? life : nowMs + life;
          const slot = slots[at] ?? slotFixture(until, slots.length);
          if (slots[at] === undefined) slots.push(slot);
          else put(slot, until);
          counter.update(slot, nowMs);
          if (look) expectRight();
        }
        nowMs += 50;
        expectRight();
      },
    ),
    { seed, numRuns: 500 },
  );
});
