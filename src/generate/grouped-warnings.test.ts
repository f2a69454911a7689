import { expect, test } from "vitest";
import { groupWarnings } from "./grouped-warnings.ts";

test("places of which the same is said share a line, and a place is counted once", () => {
  expect(groupWarnings(["a:1: x: y", "b: z", "c:3: x: y", "a:1: x: y", "alone"])).toEqual([
    "a:1: x: y (and at 1 more)",
    "b: z",
    "alone",
  ]);
});
