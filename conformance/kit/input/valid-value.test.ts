import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonSchema } from "../law/schema.ts";
import { plainValue, validValue } from "./valid-value.ts";

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const document = {
  schemas: {
    tree: { type: "object", properties: { leaf: { type: "string" }, inner: { $ref: "#/schemas/tree" } } },
  },
};

const schemas: readonly (readonly [string, JsonSchema])[] = [
  ["a bounded integer", { type: "integer", minimum: 3, maximum: 7 }],
  ["an integer between open bounds", { type: "integer", exclusiveMinimum: 0, exclusiveMaximum: 4 }],
  ["a multiple", { type: "integer", minimum: 10, multipleOf: 7 }],
  ["a text of some length", { type: "string", minLength: 2, maxLength: 5 }],
  ["a pattern", { type: "string", pattern: "^sb-[0-9a-f]{8}$" }],
  ["a UUID", { type: "string", format: "uuid" }],
  ["a time", { type: "string", format: "date-time" }],
  ["one of some values", { enum: [1, "a", null] }],
  ["null or text", { type: ["null", "string"] }],
  ["either of two", { anyOf: [{ type: "boolean" }, { type: "integer" }] }],
  ["a list", { type: "array", minItems: 1, maxItems: 2, items: { type: "boolean" } }],
  ["a map", { type: "object", additionalProperties: { type: "string" } }],
  [
    "members, some of them required",
    { type: "object", required: ["a"], properties: { a: { type: "integer" }, b: {} } },
  ],
];

test.each(schemas)("%s is generated as the schema says (seed 9)", (_, schema) => {
  const validate = ajv.compile(schema);
  fc.assert(
    fc.property(validValue(document, schema), (value) => validate(value)),
    { seed: 9 },
  );
  expect(validate(plainValue(document, schema))).toBe(true);
});

test("both edges of a range turn up (seed 9)", () => {
  const values = fc.sample(validValue({}, { type: "integer", minimum: 3, maximum: 300 }), { seed: 9, numRuns: 60 });
  expect(values).toContain(3);
  expect(values).toContain(300);
});

test("a schema that contains itself ends (seed 9)", () => {
  const tree = { $ref: "#/schemas/tree" };
  const validate = ajv.compile({ ...document, ...document.schemas.tree, properties: {} });
  for (const value of fc.sample(validValue(document, tree), { seed: 9 })) expect(validate(value)).toBe(true);
});

test("what no keyword says is left to the judge of the whole", () => {
  const odd = validValue({}, { type: "integer", minimum: 0 }, (value) => Number(value) % 2 === 1);
  expect(fc.sample(odd, { seed: 9 }).every((value) => Number(value) % 2 === 1)).toBe(true);
});

test("the plainest value is the schema's own example, else its default, else the least that is required", () => {
  expect(plainValue({}, { type: "string", default: "b", examples: ["a"] })).toBe("a");
  expect(plainValue({}, { type: "string", default: "b" })).toBe("b");
  expect(plainValue({}, { type: "object", required: ["a"], properties: { a: { const: 1 }, b: { const: 2 } } })).toEqual(
    {
      a: 1,
    },
  );
});
