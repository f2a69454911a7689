import fc from "fast-check";
import { expect, test } from "vitest";
import { droppingItems, droppingMembers } from "./droppable.ts";

function smallest<Value>(arbitrary: fc.Arbitrary<Value>, breaks: (value: Value) => boolean) {
  const tried: Value[] = [];
  const { counterexample } = fc.check(
    fc.property(arbitrary, (value) => {
      tried.push(value);
      return !breaks(value);
    }),
    { seed: 5, numRuns: 1 },
  );
  return { found: counterexample?.[0], tries: tried.length - 1 };
}

test("a body is made smaller down to the members that matter, whose values stay", () => {
  const body = droppingMembers(fc.record({ a: fc.constant(7), b: fc.constant(8), c: fc.constant(9) }));
  const has = (value: unknown, name: string) => Object.hasOwn(value as object, name);
  expect(smallest(body, (value) => has(value, "b") && has(value, "c")).found).toEqual({ b: 8, c: 9 });
});

test("a list of 24 is made smaller to the three items that matter, in their order, with few tries", () => {
  const items = droppingItems(fc.constant(Array.from({ length: 24 }, (_, index) => index)));
  const { found, tries } = smallest(items, (value) => [3, 4, 20].every((item) => value.includes(item)));
  expect(found).toEqual([3, 4, 20]);
  expect(tries).toBeLessThan(60);
});

test("what is drawn is as before (seed 9)", () => {
  const lists = fc.array(fc.nat(), { minLength: 3, maxLength: 3 });
  expect(fc.sample(droppingItems(lists), { seed: 9, numRuns: 4 })).toEqual(fc.sample(lists, { seed: 9, numRuns: 4 }));
});
