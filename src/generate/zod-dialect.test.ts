import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { z } from "zod";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Schema } from "./schema-keywords.ts";
import { toZodDialect } from "./zod-dialect.ts";

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
  Name: { type: "string", minLength: 1 },
  Tree: {
    type: "object",
    properties: { children: { type: "array", items: { $ref: "#/$defs/Tree" } } },
    required: ["children"],
  },
};

function zodOf(schema: JsonObject, warn: (message: string) => void = (message) => expect.fail(message)): z.ZodType {
  const converted: Schema = toZodDialect(schema, "Test", warn);
  return z.fromJSONSchema({ ...(converted as object), $defs });
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

const losses: { title: string; schema: JsonObject; warning: string; accepted: JsonValue }[] = [
  { title: "not", schema: { not: { type: "string" } }, warning: "`not` is left out", accepted: "x" },
  {
    title: "if",
    schema: { type: "number", if: { minimum: 1 }, then: { multipleOf: 2 } },
    warning: "`if` is left out",
    accepted: 3,
  },
  {
    title: "dependentRequired",
    schema: { type: "object", dependentRequired: { a: ["b"] } },
    warning: "`dependentRequired` is left out",
    accepted: { a: 1 },
  },
  {
    title: "unevaluatedProperties",
    schema: { type: "object", unevaluatedProperties: false },
    warning: "`unevaluatedProperties` is left out",
    accepted: { a: 1 },
  },
  {
    title: "uri-reference, which zod takes for a URL",
    schema: { type: "string", format: "uri-reference" },
    warning: "`format: uri-reference` is left out",
    accepted: "../up",
  },
  {
    title: "a pattern that needs the Unicode flag",
    schema: { type: "string", pattern: "^\\p{L}+$" },
    warning: "`pattern: ^\\p{L}+$` is left out",
    accepted: "é",
  },
  {
    title: "an object in an enum",
    schema: { enum: [{ a: 1 }] },
    warning: "`enum` is left out",
    accepted: { a: 1 },
  },
];

test.each(losses)("what zod cannot check is left out and reported: $title", ({ schema, warning, accepted }) => {
  const warnings: string[] = [];
  const converted = zodOf({ type: "object", properties: { deep: schema } }, (message) => warnings.push(message));
  expect(warnings[0]).toContain(`Test/properties/deep: ${warning}`);
  expect(converted.safeParse({ deep: accepted }).success).toBe(true);
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
