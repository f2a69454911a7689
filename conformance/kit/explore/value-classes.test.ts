import { expect, test } from "vitest";
import { valueClasses } from "./value-classes.ts";

const namesOf = (schema: unknown) => valueClasses({}, schema).map(({ name }) => name);
const valueOf = (schema: unknown, name: string) => valueClasses({}, schema).find((each) => each.name === name)?.value;

test("a number has both sides of each bound, and what is beyond 32 and 53 bits", () => {
  const values = valueClasses({}, { type: "integer", minimum: 1, maximum: 65_535 }).map(({ value }) => value);
  expect(values).toEqual(expect.arrayContaining([0, 1, 2, 65_534, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 53]));
});

test("the default is named, and so is each value of an enum", () => {
  expect(namesOf({ type: "integer", default: 300, enum: [300, 60] }).slice(0, 2)).toEqual(["default 300", "enum 60"]);
});

test("a text is as long in characters, in UTF-16 units and in bytes", () => {
  const schema = { type: "string", maxLength: 4 };
  expect(valueOf(schema, "length 4 (ASCII)")).toBe("xxxx");
  expect(valueOf(schema, "length 4 (two units)")).toBe("🔑🔑🔑🔑");
  expect(valueOf(schema, "length 4 in four-byte characters")).toBe("🔑");
  expect(valueOf(schema, "length 4 + 1 (ASCII)")).toBe("xxxxx");
});

test("each member stands beside what is required, and each required one is left out once", () => {
  const schema = { type: "object", required: ["a"], properties: { a: { type: "boolean" }, b: { type: "string" } } };
  expect(valueOf(schema, "without a")).toEqual({});
  expect(valueOf(schema, "b: null")).toEqual({ a: expect.any(Boolean) as unknown, b: null });
});

test("a map is empty, full and too full, and has a valid entry before a broken one", () => {
  const schema = { type: "object", maxProperties: 3, additionalProperties: { type: "string" } };
  const counts = ["2 entries", "3 entries", "4 entries"].map((name) => Object.keys(valueOf(schema, name) as object));
  expect(counts.map(({ length }) => length)).toEqual([2, 3, 4]);
  expect(valueOf(schema, "second value, null")).toEqual({ valid: "1", a: null });
});

test("no value comes twice, and another type is never left out", () => {
  const classes = valueClasses({}, { type: "string" });
  expect(new Set(classes.map(({ value }) => JSON.stringify(value))).size).toBe(classes.length);
  expect(classes.map(({ value }) => value)).toEqual(expect.arrayContaining([null, true, 0.5, [], {}]));
});
