import fc from "fast-check";
import type { JsonObject, JsonValue } from "./json.ts";

/** A document of schemas that have every keyword and every two keywords of a version, with arguments that derive from a seed. */
export type DrawnDocument = { readonly version: Version; readonly schemas: Readonly<Record<string, JsonObject>> };
export type Version = "3.0.3" | "3.1.0";

const reference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

/** Schemas that the drawn ones refer to. */
const shared: Readonly<Record<string, JsonObject>> = {
  Word: { type: "string", minLength: 2 },
  Count: { type: "integer", minimum: 0 },
  Tree: { type: "object", properties: { a: reference("Tree"), b: { type: "integer", default: 1 } } },
  Shut: { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
};

const leaf: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject>(
  {},
  { type: "string" },
  { type: "integer" },
  { type: "number", minimum: 1 },
  { type: "boolean" },
  { type: "array", items: { type: "integer" } },
  { type: "object", required: ["a"] },
  { type: "object", properties: { a: { type: "string", default: "a" } } },
  { type: "object", properties: { b: {} }, additionalProperties: false },
  { enum: ["a", 1] },
  { maxLength: 1 },
  { minimum: 2 },
  { required: ["b"] },
  { properties: { a: { type: "integer", default: 1 } } },
  { not: { type: "string" } },
  ...Object.keys(shared).map(reference),
);
const leaves = fc.array(leaf, { minLength: 1, maxLength: 3 });
const name = fc.constantFrom("a", "b", "x1", "constructor", "__proto__");
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const small = fc.integer({ min: 0, max: 3 });
const scalar = fc.constantFrom<JsonValue>("a", "ab", "", 0, 1, 2.5, true, false, null);
const value = fc.oneof(scalar, fc.constantFrom<JsonValue>([], [1], ["a", 1], {}, { a: 1 }, { a: "a" }));
const types = ["array", "boolean", "integer", "number", "object", "string"];
const members = fc.dictionary(name, leaf, { minKeys: 1, maxKeys: 3, noNullPrototype: true });

/** For each keyword, a piece of schema that has it. */
type Keywords = Readonly<Record<string, fc.Arbitrary<JsonObject>>>;
const as = <T extends JsonValue>(keyword: string, argument: fc.Arbitrary<T>) =>
  argument.map((one): JsonObject => ({ [keyword]: one }));

const both: Keywords = {
  $ref: fc.constantFrom(...Object.keys(shared)).map(reference),
  additionalProperties: as("additionalProperties", fc.oneof(leaf, fc.boolean())),
  allOf: as("allOf", leaves),
  anyOf: as("anyOf", leaves),
  default: as("default", value),
  enum: as(
    "enum",
    fc.uniqueArray(value, {
      minLength: 1,
      maxLength: 3,
      comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b),
    }),
  ),
  format: as("format", fc.constantFrom("date", "date-time", "email", "ipv4", "uri", "uuid")),
  items: as("items", leaf),
  maxItems: as("maxItems", small),
  maxLength: as("maxLength", small),
  maxProperties: as("maxProperties", small),
  maximum: as("maximum", fc.constantFrom(0, 1, 2.5)),
  minItems: as("minItems", small),
  minLength: as("minLength", small),
  minProperties: as("minProperties", small),
  minimum: as("minimum", fc.constantFrom(0, 1, 2.5)),
  multipleOf: as("multipleOf", fc.constantFrom(1, 2, 0.5, 0.01)),
  not: as("not", leaf),
  oneOf: as("oneOf", leaves),
  pattern: as("pattern", fc.constantFrom("^a", "b$", "^.$", "^[^a]+$", "^\\p{L}+$", "a|1", "^[\\w-]*$")),
  properties: as("properties", members),
  required: as("required", names),
  type: as("type", fc.constantFrom(...types)),
  uniqueItems: as("uniqueItems", fc.boolean()),
};

const keywordsOf: Readonly<Record<Version, Keywords>> = {
  "3.0.3": {
    ...both,
    exclusiveMaximum: fc.constantFrom(0, 1, 2.5).map((maximum) => ({ maximum, exclusiveMaximum: true })),
    exclusiveMinimum: fc.constantFrom(0, 1, 2.5).map((minimum) => ({ minimum, exclusiveMinimum: true })),
    nullable: fc.constantFrom(...types).map((type): JsonObject => ({ type, nullable: true })),
  },
  "3.1.0": {
    ...both,
    const: as("const", value),
    contains: fc.record({ contains: leaf, minContains: small, maxContains: small }, { requiredKeys: ["contains"] }),
    dependentRequired: as(
      "dependentRequired",
      fc.dictionary(fc.constantFrom("a", "b"), names, { minKeys: 1, noNullPrototype: true }),
    ),
    dependentSchemas: as(
      "dependentSchemas",
      fc.dictionary(fc.constantFrom("a", "b"), leaf, { minKeys: 1, noNullPrototype: true }),
    ),
    exclusiveMaximum: as("exclusiveMaximum", fc.constantFrom(0, 1, 2.5)),
    exclusiveMinimum: as("exclusiveMinimum", fc.constantFrom(0, 1, 2.5)),
    if: fc.record({ if: leaf, then: leaf, else: leaf }, { requiredKeys: ["if"] }),
    patternProperties: as(
      "patternProperties",
      fc.dictionary(fc.constantFrom("^x", "a", "^.$"), leaf, { minKeys: 1, noNullPrototype: true }),
    ),
    prefixItems: as("prefixItems", leaves),
    propertyNames: as(
      "propertyNames",
      fc.constantFrom<JsonObject>({ maxLength: 1 }, { pattern: "^[ab]" }, { enum: ["a"] }, reference("Word")),
    ),
    types: as("type", fc.uniqueArray(fc.constantFrom(...types, "null"), { minLength: 1, maxLength: 3 })),
    unevaluatedItems: as("unevaluatedItems", fc.oneof(leaf, fc.constant(false))),
    unevaluatedProperties: as("unevaluatedProperties", fc.oneof(leaf, fc.constant(false))),
  },
};

/** Draws the documents of a version, with no more than `size` schemas each. */
export function drawDocuments(version: Version, { seed, size }: { seed: number; size: number }): DrawnDocument[] {
  const keywords = Object.entries(keywordsOf[version]);
  const pairs = keywords.flatMap(([first, one], index) => [
    [first, one] as const,
    ...keywords.slice(index + 1).map(([second, other]) => {
      return [`${first} ${second}`, fc.tuple(one, other).map(([a, b]): JsonObject => ({ ...a, ...b }))] as const;
    }),
  ]);
  const drawn = pairs.map(([title, arbitrary], index): [string, JsonObject] => {
    const [schema = {}] = fc.sample(arbitrary, { seed: seed + index, numRuns: 1 });
    return [title.replaceAll("$", "").replace(" ", "-"), schema];
  });
  const count = Math.ceil(drawn.length / size);
  return Array.from({ length: count }, (_, index) => ({
    version,
    schemas: { ...shared, ...Object.fromEntries(drawn.slice(index * size, (index + 1) * size)) },
  }));
}

const parsed = (text: string) => JSON.parse(text) as JsonValue;

/** Values inside, at the edge of and outside of what the drawn schemas allow. */
export const values: readonly JsonValue[] = [
  ...[null, true, false, 0, 1, -1, 2, 2.5, 3, 0.01, 19.99, 0.015, 1e300, 2 ** 53, -0.5],
  ...["", "a", "ab", "abc", "abcd", "1", "é", "😀", "😀😀", "a-b", "\n"],
  ...[
    "2024-02-29",
    "2023-02-29",
    "2024-01-15T10:30:00Z",
    "2024-01-15T25:00:00Z",
    "a@example.com",
    "a@",
    "127.0.0.1",
    "1.2.3",
  ],
  ...["https://example.com/a?b=c", "no uri", "12345678-1234-1234-1234-123456789012", "12345678"],
  ...[
    [],
    [1],
    [1, 1],
    [1, 2],
    ["a"],
    ["a", 1],
    ["ab", 1, true],
    [1, "a"],
    [{}, {}],
    [{ a: 1 }, { a: 1 }],
    [{ a: 1 }, { a: 2 }],
    [[1], [1]],
  ],
  ...[[0, false], ["a", "b", "c", "d"], [null], [[]]],
  ...[
    {},
    { a: 1 },
    { a: "a" },
    { a: "ab" },
    { b: 1 },
    { a: "a", b: 1 },
    { a: 1, b: "b" },
    { a: null },
    { x1: 1 },
    { x1: "a", a: "a" },
  ],
  ...[{ constructor: 1 }, { constructor: "a", a: 1 }, { a: { a: { b: 1 } } }, { a: { a: 1 } }, { a: [1] }, { ab: 1 }],
  ...[
    parsed('{"__proto__":1}'),
    parsed('{"__proto__":"a","a":1}'),
    { length: 1 },
    { a: 1, b: 2, x1: 3, constructor: 4 },
  ],
];
