import { expect, test } from "vitest";
import { judgeCases } from "./judge-cases.ts";
import { walkCases } from "./walk-cases.ts";

const steps = ["hibernate", "wake"];
const last = "kill";
const plenty = () => ({ creates: 200, minutes: 10 });

/** A server that forgets after some steps in a row, and how many walks it took to see that. */
function forgetfulAfter(row: readonly string[]) {
  let walks = 0;
  const judge = (walk: readonly string[]) => {
    walks += 1;
    const forgets = walk.some((_, index) => walk.slice(index, index + row.length).join() === row.join());
    return Promise.resolve(forgets ? { reason: "it forgot" } : undefined);
  };
  return { judge, walks: () => walks };
}

test("a random walk is made smaller by leaving steps out, and its path leads back to it", async () => {
  const row = ["hibernate", "hibernate", "wake", "wake"];
  const { judge } = forgetfulAfter(row);
  const cases = walkCases(steps, { last, seed: 5, left: plenty, length: 30 });
  const found = await judgeCases(cases, judge, { seed: 5, shrinksMax: 6 });
  expect(found?.counterexample).toEqual(row);
  const again = await judgeCases(cases, judge, { seed: 5, shrinksMax: 0, path: found?.path });
  expect(again?.counterexample).toEqual(row);
});

test("a replay path leads to a walk that the budget would not reach", async () => {
  const few = walkCases(steps, { last, seed: 5, left: () => ({ creates: 1, minutes: 10 }) });
  const judged: (readonly string[])[] = [];
  const judge = (walk: readonly string[]) => Promise.resolve(void judged.push(walk));
  await judgeCases(few, judge, { seed: 5, shrinksMax: 0, path: "57:0" });
  expect(judged).toHaveLength(1);
  expect(judged[0]).toHaveLength(51);
  expect(judged[0]?.at(-1)).toBe(last);
});

test.each([
  [40, 1, 40],
  [180, 0.25, 45],
  [0, 1, 1],
  [Infinity, 1, 1],
])("of %d creates that are left, a share of %d goes into %d random walks", async (creates, share, walks) => {
  let spent = 0;
  const left = () => ({ creates: creates - spent, minutes: 10 });
  const cases = walkCases(steps, { last, seed: 1, left, share });
  await judgeCases(cases, () => Promise.resolve(void (spent += 1)), { seed: 1, shrinksMax: 0 });
  expect(spent).toBe(walks);
});

test("random walks leave time for the laws to come", async () => {
  let minutes = 10;
  const cases = walkCases(steps, { last, seed: 1, left: () => ({ creates: 40, minutes }) });
  await judgeCases(cases, () => Promise.resolve(void (minutes -= 0.1)), { seed: 1, shrinksMax: 0 });
  expect(minutes).toBeCloseTo(9.6); // a thirtieth of the time, and what the last took
});

test("a bug that takes four steps in a row is found within 88 sandboxes, whatever the seed", async () => {
  const row = ["setTimeout", "rotate", "hibernate", "wake"];
  const all = [...row, "tag", "untag", "listPort", "unlistPort"];
  const found = [];
  for (const seed of Array.from({ length: 20 }, (_, index) => index + 1)) {
    const { judge, walks } = forgetfulAfter(row);
    const cases = walkCases(all, { last, seed, left: plenty });
    if ((await judgeCases(cases, judge, { seed, shrinksMax: 0 })) !== undefined) found.push(walks());
  }
  expect(found).toHaveLength(20);
  expect(Math.max(...found)).toBeLessThanOrEqual(88);
});
