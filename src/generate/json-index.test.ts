import fc from "fast-check";
import { expect, test } from "vitest";
import { createJsonIndex } from "./json-index.ts";
import { valueAt, type JsonValue } from "./json.ts";

const text = `{
  "a\\"b": [1, {"c": "}]\\\\"}, true],
  "d": { "e" : null }
}`;

test.each([
  [[], "{"],
  [['a"b'], '"a\\"b"'],
  [['a"b', "1"], '{"c"'],
  [['a"b', "1", "c"], '"c"'],
  [['a"b', "2"], "true"],
  [["d", "e"], '"e"'],
  [["d", "nothing", "there"], '"d"'],
])("%j is found at its own name, or at what is nearest around it", (steps, start) => {
  const found = text.slice(createJsonIndex(text).offsetAt(steps));
  expect(found.slice(0, start.length)).toBe(start);
});

test("every value of any document is found, however it is spaced (seed 7)", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
      const json = JSON.stringify(value, null, space);
      const index = createJsonIndex(json);
      for (const [steps, inner] of listValues(JSON.parse(json) as JsonValue)) {
        const offset = index.offsetAt(steps);
        const name = steps.length > 0 && !Array.isArray(valueAt(JSON.parse(json) as JsonValue, steps.slice(0, -1)));
        const rest = json.slice(offset);
        expect(
          name ? rest.startsWith(JSON.stringify(steps.at(-1))) : rest.startsWith(JSON.stringify(inner)[0] ?? ""),
        ).toBe(true);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

function* listValues(value: JsonValue, steps: string[] = []): Generator<[string[], JsonValue]> {
  yield [steps, value];
  if (typeof value !== "object" || value === null) return;
  for (const [step, inner] of Object.entries(value)) yield* listValues(inner, [...steps, step]);
}
