import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { z } from "zod";
import { canonicalSchema } from "./canonical-schema.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { readForZod } from "./zod-definitions.ts";

type Case = { title: string; schema: JsonObject; accepted: JsonValue[]; refused: JsonValue[] };
const cases: Case[] = [
  {
    title: "a required property that `properties` lacks is required",
    schema: { type: "object", properties: { a: {} }, required: ["b"] },
    accepted: [{ b: null }],
    refused: [{}, { a: 1 }],
  },
  {
    title: "a default does not excuse the absence of a required property",
    schema: { type: "object", properties: { a: { type: "string", default: "x" } }, required: ["a"] },
    accepted: [{ a: "y" }],
    refused: [{}],
  },
  {
    title: "alternatives that only require are told apart",
    schema: {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "string" } },
      oneOf: [{ required: ["a"] }, { required: ["b"] }],
    },
    accepted: [{ a: "x" }, { b: "x" }],
    refused: [{}, { a: "x", b: "x" }, { a: 1 }],
  },
  {
    title: "constraints beside a reference count",
    schema: { $ref: "#/$defs/Name", maxLength: 3, description: "A short name" },
    accepted: ["ab"],
    refused: ["", "abcd", 1],
  },
  {
    title: "anyOf, oneOf and allOf count side by side",
    schema: {
      anyOf: [{ type: "number", minimum: 10 }],
      oneOf: [{ type: "number", maximum: 20 }],
      allOf: [{ type: "number", multipleOf: 5 }],
    },
    accepted: [10, 15],
    refused: [5, 25, 11],
  },
  {
    title: "a composition beside a reference counts",
    schema: {
      $ref: "#/$defs/Name",
      anyOf: [
        { type: "string", maxLength: 3 },
        { type: "string", minLength: 6 },
      ],
    },
    accepted: ["ab", "abcdef"],
    refused: ["", "abcd"],
  },
  {
    title: "a list of types allows each",
    schema: { type: ["string", "null"], minLength: 2 },
    accepted: ["ab", null],
    refused: ["a", 1],
  },
  {
    title: "a cycle is followed",
    schema: { $ref: "#/$defs/Tree" },
    accepted: [{ children: [{ children: [] }] }],
    refused: [{ children: [{ children: [1] }] }, {}],
  },
  { title: "{ not: {} } allows nothing", schema: { not: {} }, accepted: [], refused: [1, null, {}] },
  {
    title: "members named like keywords are members",
    schema: {
      type: "object",
      properties: { title: { type: "string" }, default: { type: "number" } },
      required: ["title"],
    },
    accepted: [{ title: "x", default: 1 }],
    refused: [{ title: 1 }, { default: 1 }, { title: "x", default: "1" }],
  },
  {
    title: "a mixed enum is kept",
    schema: { enum: ["a", 1, null] },
    accepted: ["a", 1, null],
    refused: ["b", 2, false],
  },
  {
    title: "additional properties are refused where the schema says so",
    schema: { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
    accepted: [{}, { a: "x" }],
    refused: [{ b: 1 }],
  },
];

const $defs: Record<string, JsonObject> = {
  Odd: { type: "number", not: { multipleOf: 2 } },
  Off: { type: "object", properties: { on: { type: "boolean", default: false } } },
  Name: { type: "string", minLength: 1 },
  Tree: {
    type: "object",
    properties: { children: { type: "array", items: { $ref: "#/$defs/Tree" } } },
    required: ["children"],
  },
};

function readingOf(schema: JsonObject): { zod: z.ZodType; exact: boolean } {
  const { definitions, inexact } = readForZod({
    ...$defs,
    Test: canonicalSchema(schema, (warning) => expect.fail(warning)),
  });
  const { Test, ...others } = definitions;
  const document = typeof Test === "object" ? { ...Test, $defs: others } : (Test ?? false);
  const zod = z.fromJSONSchema(document as Parameters<typeof z.fromJSONSchema>[0]);
  return { zod, exact: !inexact.includes("Test") };
}

function zodOf(schema: JsonObject): z.ZodType {
  const { zod, exact } = readingOf(schema);
  expect(exact).toBe(true);
  return zod;
}

test.each(cases)("$title, to zod as to ajv", ({ schema, accepted, refused }) => {
  const fits = new Ajv2020({ strict: false }).compile({ ...schema, $defs });
  const converted = zodOf(schema);
  for (const [values, expected] of [
    [accepted, true],
    [refused, false],
  ] as const) {
    for (const value of values) {
      expect([value, converted.safeParse(value).success, fits(value)]).toEqual([value, expected, expected]);
    }
  }
});

const losses: { title: string; schema: JsonObject; accepted: JsonValue }[] = [
  { title: "not", schema: { not: { type: "string" } }, accepted: "x" },
  { title: "if", schema: { type: "number", if: { minimum: 1 }, then: { multipleOf: 2 } }, accepted: 3 },
  { title: "dependentRequired", schema: { type: "object", dependentRequired: { a: ["b"] } }, accepted: { a: 1 } },
  { title: "unevaluatedProperties", schema: { type: "object", unevaluatedProperties: false }, accepted: { a: 1 } },
  { title: "a pattern that needs the Unicode flag", schema: { type: "string", pattern: "^\\p{L}+$" }, accepted: "1" },
  { title: "an object in an enum", schema: { enum: [{ a: 1 }] }, accepted: { a: 2 } },
  {
    title: "alternatives, one of which it cannot tell",
    schema: { oneOf: [{ not: {} }, { not: { type: "null" } }, { type: "string" }] },
    accepted: "x",
  },
  { title: "a member that every object inherits", schema: { type: "object", required: ["constructor"] }, accepted: {} },
  {
    title: "a closed object beside another",
    schema: { type: "object", additionalProperties: false, allOf: [{ $ref: "#/$defs/Tree" }] },
    accepted: { children: [] },
  },
  { title: "a reference to such a schema", schema: { $ref: "#/$defs/Odd" }, accepted: 2 },
];

test.each(losses)("what zod cannot check is left out, never refused: $title", ({ schema, accepted }) => {
  const { zod, exact } = readingOf({ type: "object", properties: { deep: schema } });
  expect([exact, zod.safeParse({ deep: accepted }).success]).toEqual([false, true]);
});

test("defaults that parts of a schema do not agree on are no error: what the schema says itself comes first", () => {
  const flag = (preset: boolean): JsonObject => ({
    type: "object",
    properties: { on: { type: "boolean", default: preset } },
  });
  const defaults: [string, JsonObject, boolean][] = [
    ["own", { ...flag(true), allOf: [flag(false)] }, true],
    ["last", { allOf: [flag(false), flag(true)] }, true],
    ["beside a reference", { $ref: "#/$defs/Off", ...flag(true) }, true],
    ["one part alone", { allOf: [{ $ref: "#/$defs/Off" }, { $ref: "#/$defs/Tree", required: [] }] }, false],
  ];
  for (const [title, schema, expected] of defaults) {
    expect([title, zodOf(schema).parse({ children: [] })]).toEqual([title, { children: [], on: expected }]);
  }
});

test("a default fills in for an optional property", () => {
  const schema = { type: "object", properties: { seconds: { type: "integer", default: 300 } } };
  expect(zodOf(schema).parse({})).toEqual({ seconds: 300 });
});

test("a date and time may have an offset and fractions of a second, and must be one", () => {
  const schema = zodOf({ type: "string", format: "date-time" });
  for (const text of ["2024-01-15T10:30:00Z", "2024-01-15T10:30:00.123456Z", "2024-01-15T10:30:00.1+02:00"]) {
    expect([text, schema.safeParse(text).success]).toEqual([text, true]);
  }
  for (const text of ["2024-01-15", "2024-13-15T10:30:00Z", "yesterday"]) {
    expect([text, schema.safeParse(text).success]).toEqual([text, false]);
  }
});
