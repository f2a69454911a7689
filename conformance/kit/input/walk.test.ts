import { expect, test } from "vitest";
import { partCount, walkPart } from "./walk.ts";

const symbols = ["a", "b", "c"];
const size = { steps: 10, length: 3 };

function rows(parts: readonly (readonly string[])[], length: number): string[] {
  return parts.flatMap((part) => part.slice(length - 1).map((_, index) => part.slice(index, index + length).join("")));
}

test.each([1, 2, 3])("the parts of a walk hold each row of symbols, and few twice (seed %i)", (seed) => {
  const parts = Array.from({ length: partCount(3, size) }, (_, part) => walkPart(symbols, { seed, part, ...size }));
  const found = rows(parts, 3);
  expect(new Set(found).size).toBe(27);
  expect(found.length).toBeLessThan(27 + 8);
});

test("a part is the same whenever it is asked for, and another with another seed", () => {
  const part = (seed: number) => walkPart(symbols, { seed, part: 2, ...size });
  expect(part(4)).toEqual(part(4));
  expect(part(4)).not.toEqual(part(5));
});

test("after the last part another walk begins", () => {
  const parts = partCount(3, size);
  expect(walkPart(symbols, { seed: 4, part: parts, ...size })).toEqual(
    walkPart(symbols, { seed: 5, part: 0, ...size }),
  );
});
