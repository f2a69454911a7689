import fc from "fast-check";
import { isObject, propertiesOf, resolveSchema } from "../law/schema.ts";
import type { JsonObject, JsonSchema } from "../law/schema.ts";

/** Beyond this depth optional members are left out, so that a schema that contains itself ends. */
const depthMax = 3;
const itemsMax = 3;
const textLengthMax = 40;

/** Lengths in JSON Schema count code points; a grapheme can be several. */
const codePoint = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 1 })
  .filter((character) => [...character].length === 1);

/**
 * Values that a schema allows, edges included.
 *
 * Combining keywords (`anyOf`, `not`, `if`) are not solved but left to `isValid`, which throws away what they forbid.
 */
export function validValue(
  document: JsonObject,
  schema: unknown,
  isValid: (value: unknown) => boolean = () => true,
): fc.Arbitrary<unknown> {
  return arbitraryFor(document, schema, 0).filter(isValid);
}

/**
 * One value that a schema allows: its own example where it has one, else the plainest. The same each time.
 */
export function plainValue(document: JsonObject, schema: unknown): unknown {
  const resolved = resolveSchema(document, schema);
  const candidates = [resolved["const"], firstOf(resolved["examples"]), resolved["default"], firstOf(resolved["enum"])];
  const value = candidates.find((candidate) => candidate !== undefined);
  if (value !== undefined) return value;
  if (typeOf(resolved) === "object") return plainObject(document, resolved);
  if (typeOf(resolved) === "array") {
    return Array.from({ length: Number(resolved["minItems"] ?? 0) }, () => plainValue(document, resolved["items"]));
  }
  return fc.sample(arbitraryFor(document, resolved, depthMax), { numRuns: 1, seed: 1 })[0];
}

function plainObject(document: JsonObject, schema: JsonSchema): JsonObject {
  const properties = propertiesOf(schema);
  return Object.fromEntries(requiredOf(schema).map((name) => [name, plainValue(document, properties[name])]));
}

function arbitraryFor(document: JsonObject, unresolved: unknown, depth: number): fc.Arbitrary<unknown> {
  const schema = resolveSchema(document, unresolved);
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as unknown[]));
  const branches = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(branches) && schema["type"] === undefined) {
    return fc.oneof(...branches.map((branch) => arbitraryFor(document, branch, depth)));
  }
  switch (typeOf(schema)) {
    case "object":
      return objectArbitrary(document, schema, depth);
    case "array":
      return arrayArbitrary(document, schema, depth);
    case "integer":
    case "number":
      return integerArbitrary(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "string":
      return stringArbitrary(schema);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function objectArbitrary(document: JsonObject, schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const required = requiredOf(schema);
  const named = Object.entries(propertiesOf(schema)).filter(
    ([name, property]) => property !== false && (depth < depthMax || required.includes(name)),
  );
  const known = fc.record(
    Object.fromEntries(named.map(([name, property]) => [name, arbitraryFor(document, property, depth + 1)])),
    { requiredKeys: required.filter((name) => named.some(([own]) => own === name)) },
  );
  const extra = schema["additionalProperties"];
  if (!isObject(extra)) return known;
  const names = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== "__proto__");
  const more = fc.dictionary(names, arbitraryFor(document, extra, depth + 1), {
    maxKeys: itemsMax,
    noNullPrototype: true,
  });
  return fc.tuple(more, known).map(([rest, values]) => ({ ...rest, ...values }));
}

function arrayArbitrary(document: JsonObject, schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  const minLength = numberOr(schema["minItems"], 0);
  const maxLength = Math.min(numberOr(schema["maxItems"], minLength + itemsMax), minLength + itemsMax);
  return fc.array(arbitraryFor(document, schema["items"], depth + 1), { minLength, maxLength });
}

function integerArbitrary(schema: JsonSchema): fc.Arbitrary<unknown> {
  const step = numberOr(schema["multipleOf"], 1);
  const min = Math.max(numberOr(schema["minimum"], -1000), numberOr(schema["exclusiveMinimum"], -Infinity) + 1);
  const max = Math.min(
    numberOr(schema["maximum"], Math.max(min, 0) + 1000),
    numberOr(schema["exclusiveMaximum"], Infinity) - 1,
  );
  const low = Math.ceil(min / step);
  const high = Math.max(low, Math.floor(max / step));
  const edges = fc.constantFrom(low * step, high * step);
  return fc.oneof(
    { weight: 1, arbitrary: edges },
    { weight: 2, arbitrary: fc.integer({ min: low, max: high }).map((n) => n * step) },
  );
}

function stringArbitrary(schema: JsonSchema): fc.Arbitrary<unknown> {
  const format = schema["format"];
  if (format === "uuid") return fc.uuid();
  if (format === "date-time")
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((d) => d.toISOString());
  if (format === "uri") return fc.webUrl();
  const pattern = schema["pattern"];
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern, "u"));
  const minLength = numberOr(schema["minLength"], 0);
  const maxLength = Math.min(numberOr(schema["maxLength"], minLength + textLengthMax), minLength + textLengthMax);
  const edges = fc.constantFrom("a".repeat(minLength), "a".repeat(maxLength));
  const text = fc.string({ unit: codePoint, minLength, maxLength });
  return fc.oneof({ weight: 1, arbitrary: edges }, { weight: 2, arbitrary: text });
}

/** The type of a schema; of several, the first that is not null. */
function typeOf(schema: JsonSchema): string | undefined {
  const type = schema["type"];
  if (Array.isArray(type)) return (type as string[]).find((name) => name !== "null") ?? "null";
  if (typeof type === "string") return type;
  return isObject(schema["properties"]) ? "object" : undefined;
}

function requiredOf(schema: JsonSchema): readonly string[] {
  return Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
}

function firstOf(list: unknown): unknown {
  return Array.isArray(list) ? (list as unknown[])[0] : undefined;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" ? value : fallback;
}
