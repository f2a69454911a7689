import fc from "fast-check";
import { expect, test } from "vitest";
import type { Breach } from "../law/case.ts";
import { judgeCases } from "./judge-cases.ts";

const numbers = [
  { name: "small", arbitrary: fc.integer({ min: 0, max: 10 }), runs: 20 },
  { name: "large", arbitrary: fc.integer({ min: 0, max: 100_000 }), runs: 20 },
];

function breachFrom(limit: number, judged: number[] = []) {
  return (value: number): Promise<Breach | undefined> => {
    judged.push(value);
    return Promise.resolve(value >= limit ? { reason: `${value} is too large` } : undefined);
  };
}

test("no breach in any case is no breach", async () => {
  const judged: number[] = [];
  expect(await judgeCases(numbers, breachFrom(1e9, judged), { seed: 1, shrinksMax: 10 })).toBeUndefined();
  expect(judged.length).toBe(40);
});

test("a breach is shrunk, and its reason is that of the smallest value", async () => {
  const breach = await judgeCases(numbers, breachFrom(500), { seed: 1, shrinksMax: 1_000 });
  expect(breach).toMatchObject({ reason: "500 is too large", counterexample: 500 });
  expect(breach).not.toHaveProperty("isUnshrunk");
});

test("a replay path leads straight to the counterexample", async () => {
  const found = await judgeCases(numbers, breachFrom(500), { seed: 1, shrinksMax: 1_000 });
  const judged: number[] = [];
  const again = await judgeCases(numbers, breachFrom(500, judged), { seed: 1, path: found?.path, shrinksMax: 0 });
  expect(again).toEqual(found);
  expect(judged).toEqual([500]);
});

test("shrinking stops at its bound, and what it found by then can be replayed", async () => {
  const judged: number[] = [];
  const found = await judgeCases(numbers.slice(1), breachFrom(500, judged), { seed: 1, shrinksMax: 3 });
  const first = judged.findIndex((value) => value >= 500);
  expect(judged.length - 1 - first).toBe(3);
  expect(found?.isUnshrunk).toBe(true);
  const again = await judgeCases(numbers.slice(1), breachFrom(500), { seed: 1, path: found?.path, shrinksMax: 0 });
  expect(again?.counterexample).toBe(found?.counterexample);
});

test("a failure on the way comes out as it is", async () => {
  const judge = () => Promise.reject(new RangeError("out of budget"));
  await expect(judgeCases(numbers, judge, { seed: 1, shrinksMax: 3 })).rejects.toThrow(RangeError);
});

test("the same seed draws the same values, alone or after other cases", async () => {
  const first: number[] = [];
  const second: number[] = [];
  await judgeCases(numbers, breachFrom(1e9, first), { seed: 5, shrinksMax: 0 });
  await judgeCases(numbers.slice(1), breachFrom(1e9, second), { seed: 5, shrinksMax: 0 });
  expect(first.slice(20)).toEqual(second);
});

test("a counterexample that was written down is judged though nothing generates it any more", async () => {
  const judged: number[] = [];
  const options = { seed: 1, path: "7:0", counterexample: 500, shrinksMax: 10 };
  expect(await judgeCases([], breachFrom(500, judged), options)).toEqual({
    reason: "500 is too large",
    counterexample: 500,
  });
  expect(judged).toEqual([500]);
  expect(await judgeCases(numbers, breachFrom(501), options)).toBeUndefined();
});
