import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeSyntaxError, isDeeperThan } from "./json-text.ts";

function syntaxErrorOf(text: string): SyntaxError {
  try {
    JSON.parse(text);
  } catch (error) {
    return error as SyntaxError;
  }
  throw new Error(`${text} is JSON`);
}

describe("what is said of a broken text", () => {
  test.each([
    `hunter2-hunter2`,
    `{"token":hunter2-hunter2}`,
    `{"token":"hunter2-hunter2" "more":1}`,
    `["hunter2-hunter2" x]`,
    `{"a":1}hunter2-hunter2`,
    `"hunter2-hunter2`,
    `[1,'hunter2-hunter2']`,
    `\u2028hunter2\n"hunter2" is not valid JSON`,
  ])("of %j quotes nothing", (text) => {
    const message = describeSyntaxError(syntaxErrorOf(text));
    expect(message).not.toMatch(/hunter|unter2|ter2/);
    expect(message.length).toBeGreaterThan(5);
  });

  test("tells the place where it is known", () => {
    expect(describeSyntaxError(syntaxErrorOf('{"a":1,}'))).toContain("position 7");
  });
});

describe("depth", () => {
  test.each([
    ["[[[]]]", 3, false],
    ["[[[]]]", 2, true],
    ['[{"a":[]}]', 3, false],
    ['[{"a":[]}]', 2, true],
    ['"[[[[[["', 1, false],
    ['["\\"[[[["]', 1, false],
    ['["\\\\",[]]', 1, true],
    ["[],[],[],[]", 1, false],
    ["", 0, false],
    ["1", 0, false],
    ["[]", 0, true],
  ])("%s is more than %i deep: %s", (text, levels, deeper) => {
    expect(isDeeperThan(text, levels)).toBe(deeper);
  });

  const seed = 20_261_123;
  test(`is that of the parsed value (seed ${seed})`, () => {
    const depthOf = (value: unknown): number =>
      typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const depth = depthOf(JSON.parse(text));
        expect(isDeeperThan(text, depth)).toBe(false);
        if (depth > 0) expect(isDeeperThan(text, depth - 1)).toBe(true);
      }),
      { seed, numRuns: 300 },
    );
  });
});
