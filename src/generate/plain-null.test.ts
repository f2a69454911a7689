import { expect, test } from "vitest";
import type { JsonObject, JsonValue } from "./json.ts";
import { withPlainNull } from "./plain-null.ts";

function converted(schema: JsonObject, openapi: string): JsonValue {
  const document = withPlainNull({ openapi, components: { schemas: { A: schema } } });
  return ((document["components"] as JsonObject)["schemas"] as JsonObject)["A"] as JsonValue;
}

const ref = { $ref: "#/components/schemas/B" };
const orNull = { type: "null" };
const cases: { title: string; schema: JsonObject; expected: JsonObject }[] = [
  { title: "a type", schema: { type: "string", maxLength: 3 }, expected: { type: ["string", "null"], maxLength: 3 } },
  { title: "types", schema: { type: ["string", "null"] }, expected: { type: ["string", "null"] } },
  {
    title: "a type and its values",
    schema: { type: "string", enum: ["a"], description: "One" },
    expected: { type: ["string", "null"], enum: ["a", null], description: "One" },
  },
  {
    title: "values without a type",
    schema: { enum: ["a"], title: "T" },
    expected: { title: "T", anyOf: [{ enum: ["a"] }, orNull] },
  },
  {
    title: "a constant",
    schema: { type: "string", const: "a" },
    expected: { anyOf: [{ type: "string", const: "a" }, orNull] },
  },
  { title: "a reference", schema: { ...ref, description: "B" }, expected: { description: "B", anyOf: [ref, orNull] } },
  { title: "one part", schema: { allOf: [ref] }, expected: { anyOf: [ref, orNull] } },
  {
    title: "a type and alternatives, with their discriminator",
    schema: { type: "object", oneOf: [ref], discriminator: { propertyName: "kind" }, default: null },
    expected: {
      default: null,
      anyOf: [{ type: "object", oneOf: [ref], discriminator: { propertyName: "kind" } }, orNull],
    },
  },
  { title: "nothing", schema: { description: "Any" }, expected: { description: "Any" } },
];

test.each(["3.0.3", "3.1.0"])("`nullable` adds null to whatever it stands beside, in %s", (version) => {
  for (const { title, schema, expected } of cases) {
    expect([title, converted({ nullable: true, ...schema }, version)]).toEqual([title, expected]);
    expect([title, converted({ nullable: false, ...schema }, version)]).toEqual([title, schema]);
  }
});

test("an alternative that says only `nullable` is null", () => {
  expect(converted({ oneOf: [{ nullable: true }, ref] }, "3.0.3")).toEqual({ oneOf: [orNull, ref] });
});

test("what stands beside a reference counts in 3.1 and is ignored in 3.0, but for descriptions", () => {
  const schema = { ...ref, maxLength: 3, description: "A" };
  expect(converted(schema, "3.0.3")).toEqual({ ...ref, description: "A" });
  expect(converted(schema, "3.1.0")).toEqual(schema);
});

test("a member that is called `nullable` is a member", () => {
  const schema = { type: "object", properties: { nullable: { type: "boolean" } }, required: ["nullable"] };
  expect(converted(schema, "3.0.3")).toEqual(schema);
});
