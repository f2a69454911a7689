import fc from "fast-check";
import { expect, test } from "vitest";
import { ContractError } from "../../src/contract/contract-error.ts";
import { createManualClock } from "../../src/contract/clock.ts";
import { createWorldClock } from "./clock.ts";

test("reads what its base reads, unless told otherwise", () => {
  const base = createManualClock(5_000);
  const clock = createWorldClock({ base });
  expect([clock.now(), clock.scale()]).toEqual([5_000, 1]);
  base.advance(7);
  expect(clock.now()).toBe(5_007);
});

test("starts at another time and goes on from there", () => {
  const base = createManualClock(5_000);
  const clock = createWorldClock({ base, startMs: 1_000_000 });
  base.advance(7);
  expect(clock.now()).toBe(1_000_007);
});

test("stands still at scale 0 and moves when told to", () => {
  const base = createManualClock(5_000);
  const clock = createWorldClock({ base, startMs: 100, scale: 0 });
  base.advance(1_000);
  expect(clock.now()).toBe(100);
  clock.advance(50);
  clock.advance(0);
  expect(clock.now()).toBe(150);
});

test("makes a minute of each second at scale 60", () => {
  const base = createManualClock(0);
  const clock = createWorldClock({ base, startMs: 0, scale: 60 });
  base.advance(1_000);
  expect(clock.now()).toBe(60_000);
});

test("changes its speed without a jump", () => {
  const base = createManualClock(0);
  const clock = createWorldClock({ base, startMs: 0, scale: 60 });
  base.advance(1_000);
  clock.setScale(0);
  base.advance(1_000);
  expect(clock.now()).toBe(60_000);
  clock.setScale(2);
  expect(clock.now()).toBe(60_000);
  base.advance(10);
  expect(clock.now()).toBe(60_020);
});

test("steps ahead while it runs", () => {
  const base = createManualClock(0);
  const clock = createWorldClock({ base, scale: 2 });
  base.advance(10);
  clock.advance(1_000);
  base.advance(10);
  expect(clock.now()).toBe(1_040);
});

test("reads whole milliseconds and loses no part of one", () => {
  const base = createManualClock(0);
  const clock = createWorldClock({ base, startMs: 0, scale: 0 });
  for (let at = 0; at < 10; at += 1) {
    clock.advance(0.5);
    expect(Number.isInteger(clock.now())).toBe(true);
  }
  expect(clock.now()).toBe(5);
});

test("never goes back when its base does", () => {
  let baseMs = 1_000;
  const clock = createWorldClock({ base: { now: () => baseMs } });
  baseMs = 2_000;
  expect(clock.now()).toBe(2_000);
  baseMs = 1_500;
  expect(clock.now()).toBe(2_000);
  baseMs = 2_001;
  expect(clock.now()).toBe(2_001);
});

test("stops at the last moment that a date can name with four digits", () => {
  const clock = createWorldClock({ base: createManualClock(0), scale: 0 });
  for (const ms of [1e300, Number.MAX_VALUE, Number.MAX_VALUE, 1]) {
    clock.advance(ms);
    expect(new Date(clock.now()).toISOString()).toBe("9999-12-31T23:59:59.999Z");
  }
});

test.each([-1, NaN, Infinity, -Infinity])(
  "refuses %d as a step, a speed or a start, and goes on as before",
  (value) => {
    const base = createManualClock(1_000);
    const clock = createWorldClock({ base });
    expect(() => clock.advance(value)).toThrow(ContractError);
    expect(() => clock.setScale(value)).toThrow(ContractError);
    expect(() => createWorldClock({ base, scale: value })).toThrow(ContractError);
    expect(() => createWorldClock({ base, startMs: value })).toThrow(ContractError);
    base.advance(10);
    expect([clock.now(), clock.scale()]).toEqual([1_010, 1]);
  },
);

const step = fc.oneof(
  fc.record({ kind: fc.constant("advance" as const), by: fc.double({ min: 0, max: 1e9, noNaN: true }) }),
  fc.record({ kind: fc.constant("scale" as const), by: fc.double({ min: 0, max: 1_000, noNaN: true }) }),
  fc.record({ kind: fc.constant("base" as const), by: fc.integer({ min: -1_000, max: 100_000 }) }),
);
const seed = 20_261_122;

test(`its readings never fall, whatever happens (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let baseMs = 1_000_000;
      const clock = createWorldClock({ base: { now: () => baseMs } });
      let before = clock.now();
      for (const { kind, by } of steps) {
        if (kind === "advance") clock.advance(by);
        else if (kind === "scale") clock.setScale(by);
        else baseMs += by;
        const now = clock.now();
        expect(now).toBeGreaterThanOrEqual(before);
        expect(Number.isInteger(now)).toBe(true);
        before = now;
      }
    }),
    { seed, numRuns: 300 },
  );
});
