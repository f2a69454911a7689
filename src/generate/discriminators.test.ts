import { expect, test } from "vitest";
import { withPlainDiscriminators } from "./discriminators.ts";
import type { JsonObject } from "./json.ts";

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const kind = (rule: JsonObject): JsonObject => ({ type: "object", properties: { kind: rule }, required: ["kind"] });

function converted(schemas: JsonObject): JsonObject {
  const document = withPlainDiscriminators({ openapi: "3.1.0", components: { schemas } });
  return (document["components"] as JsonObject)["schemas"] as JsonObject;
}

test("each alternative is for its own values: those of the mapping, or its name", () => {
  const discriminator = { propertyName: "kind", mapping: { a: "#/components/schemas/A", b: "#/components/schemas/A" } };
  const { One } = converted({ One: { oneOf: [ref("A"), ref("B")], discriminator }, A: {}, B: { type: "object" } });
  expect(One).toEqual({
    oneOf: [{ allOf: [ref("A"), kind({ enum: ["a", "b"] })] }, { allOf: [ref("B"), kind({ const: "B" })] }],
    discriminator,
  });
});

test("an alternative that lists values of its own keeps to them", () => {
  const discriminator = { propertyName: "kind" };
  const schemas = { A: kind({ enum: ["a"] }), B: { allOf: [ref("Base")] }, Base: kind({ enum: ["A", "B"] }) };
  const { One } = converted({ One: { oneOf: [ref("A"), ref("B")], discriminator }, ...schemas });
  expect(One).toEqual({ oneOf: [ref("A"), { allOf: [ref("B"), kind({ const: "B" })] }], discriminator });
});

test("alternatives without a name are told apart by what they say", () => {
  const One = { oneOf: [ref("A"), kind({ const: "b" })], discriminator: { propertyName: "kind" } };
  expect(converted({ One, A: {} })["One"]).toEqual(One);
});

test("heirs inherit what their parent says apart from its alternatives, over any number of generations", () => {
  const Animal = { ...kind({ type: "string" }), oneOf: [ref("Cat"), ref("Lion")] };
  const Cat = { allOf: [ref("Animal"), { properties: { tail: { type: "string" } } }] };
  const schemas = converted({
    Animal,
    Cat,
    Lion: { allOf: [ref("Cat")] },
    Cage: { properties: { animal: ref("Animal") } },
  });
  expect(schemas).toEqual({
    Animal,
    Cat: { allOf: [ref("Animal_base"), { properties: { tail: { type: "string" } } }] },
    Lion: { allOf: [ref("Cat")] },
    Cage: { properties: { animal: ref("Animal") } },
    Animal_base: kind({ type: "string" }),
  });
});

test("a schema that leads back to itself for the same value is refused by name, one that does so for a member is not", () => {
  const schemas = { A: { anyOf: [ref("B"), { type: "string" }] }, B: { not: ref("A") } };
  expect(() => converted(schemas)).toThrow(
    "/components/schemas/A: A → B → A leads back to itself: no value could ever",
  );
  expect(() => converted({ A: { properties: { next: ref("A") } }, B: { items: ref("B") } })).not.toThrow();
});
