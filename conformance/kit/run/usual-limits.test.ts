import { expect, test } from "vitest";
import { concurrencyFor } from "./usual-limits.ts";

test.each([
  ["a target that answers at once", [3, 2, 2], 1],
  ["one whose first answer was late alone", [400, 20, 20], 1],
  ["one whose second answer was early alone", [120, 90, 120], 1],
  ["one that is late each time", [400, 100, 250], 8],
])("on %s as many laws go side by side as waiting is worth", async (_, [firstMs = 0, ...laterMs], concurrency) => {
  expect(await concurrencyFor(firstMs, () => Promise.resolve(laterMs.shift()!))).toBe(concurrency);
});
