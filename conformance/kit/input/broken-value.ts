import fc from "fast-check";
import { isObject, resolveSchema } from "../law/schema.ts";
import type { JsonObject, JsonSchema } from "../law/schema.ts";
import type { SchemaSite } from "./schema-site.ts";
import { plainValue, validValue } from "./valid-value.ts";

/** A value that was made to break one keyword of its schema, and knows which. */
export type Broken = { readonly keyword: string; readonly pointer: string; readonly value: unknown };

/** How a breach of a keyword is made: values for the place where the keyword stands. */
type Breaker = (
  schema: JsonSchema,
  context: { readonly document: JsonObject; readonly owner: JsonSchema },
) => fc.Arbitrary<unknown>;

const breakers: Readonly<Record<string, Breaker>> = {
  type: ({ type }) => jsonValues.filter((value) => !hasType(value, type)),
  enum: ({ enum: allowed }) => otherThan(allowed as unknown[]),
  const: ({ const: allowed }) => otherThan([allowed]),
  minimum: ({ minimum }) => distance.map((by) => Number(minimum) - by),
  maximum: ({ maximum }) => distance.map((by) => Number(maximum) + by),
  exclusiveMinimum: ({ exclusiveMinimum }) => distance.map((by) => Number(exclusiveMinimum) + 1 - by),
  exclusiveMaximum: ({ exclusiveMaximum }) => distance.map((by) => Number(exclusiveMaximum) - 1 + by),
  multipleOf: ({ multipleOf }) => fc.integer({ min: 0, max: 9 }).map((times) => (times + 0.5) * Number(multipleOf)),
  minLength: ({ minLength }) => textOf(0, Number(minLength) - 1),
  maxLength: ({ maxLength }) => textOf(Number(maxLength) + 1, Number(maxLength) + 9),
  pattern: ({ pattern }) => textOf(1, 12).filter((text) => !new RegExp(String(pattern), "u").test(text)),
  format: () => fc.oneof(textOf(1, 12), fc.constant("00000000-0000-0000-0000-00000000000g")),
  minItems: ({ minItems, items }, { document }) => listOf(plainValue(document, items), 0, Number(minItems) - 1),
  maxItems: ({ maxItems, items }, { document }) =>
    listOf(plainValue(document, items), Number(maxItems) + 1, Number(maxItems) + 3),
  required: (schema, { document }) =>
    fc.constantFrom(...(schema["required"] as string[])).map((name) => without(plainObject(document, schema), name)),
  additionalProperties: (schema, { document }) =>
    fc.constant({ ...plainObject(document, schema), "x-not-in-contract": true }),
  anyOf: ({ anyOf }, context) => outsideBranches(anyOf, context),
  oneOf: ({ oneOf }, context) => outsideBranches(oneOf, context),
};

/** Keywords that {@link brokenValue} can break. */
export const breakableKeywords: readonly string[] = Object.keys(breakers);

/**
 * Values that break the site's keyword, set into an otherwise valid one. Shrinking keeps them broken.
 *
 * @param base - the valid value that is broken
 * @param isValid - judges the whole value by the contract; whatever it accepts is thrown away, since a random value may
 *   keep a rule by chance
 */
export function brokenValue(
  document: JsonObject,
  {
    base,
    site,
    isValid,
  }: { readonly base: unknown; readonly site: SchemaSite; readonly isValid: (value: unknown) => boolean },
): fc.Arbitrary<Broken> {
  const breaker = breakers[site.keyword];
  if (breaker === undefined) throw new RangeError(`no way is known to break the keyword "${site.keyword}"`);
  return breaker(site.schema, { document, owner: site.owner })
    .map((part) => placed(base, site.path, part))
    .filter((value) => !isValid(value))
    .map((value) => ({ keyword: site.keyword, pointer: site.pointer, value }));
}

const distance = fc.integer({ min: 1, max: 1000 });

const jsonValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom(0.5, -1.5),
  fc.string({ maxLength: 8 }),
  fc.array(fc.string({ maxLength: 4 }), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom("a", "b"), fc.integer(), { maxKeys: 1, noNullPrototype: true }),
);

function hasType(value: unknown, type: unknown): boolean {
  const names = Array.isArray(type) ? (type as unknown[]) : [type];
  return names.includes(typeName(value)) || (names.includes("number") && typeof value === "number");
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** Values of the same kind as the allowed ones, near misses among them. */
function otherThan(allowed: readonly unknown[]): fc.Arbitrary<unknown> {
  const sample = allowed[0];
  const near = allowed.flatMap((value) => (typeof value === "string" ? [value.toUpperCase(), `${value} `] : []));
  const others: fc.Arbitrary<unknown> =
    typeof sample === "number"
      ? fc.integer({ min: 1, max: 2 * Math.max(...allowed.map(Number)) })
      : fc.oneof(fc.constantFrom(...near, "other"), textOf(1, 8));
  return others.filter((value) => !allowed.includes(value));
}

function textOf(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ minLength, maxLength });
}

function listOf(item: unknown, minLength: number, maxLength: number): fc.Arbitrary<unknown[]> {
  return fc.array(fc.constant(item), { minLength, maxLength });
}

/**
 * Candidates that no branch allows; those that one does are filtered out with the whole value.
 *
 * Branches about members (this pair, or not both) are broken by members that are each valid alone. Others are broken by
 * breaking a keyword of one of them.
 */
function outsideBranches(
  branches: unknown,
  context: { readonly document: JsonObject; readonly owner: JsonSchema },
): fc.Arbitrary<unknown> {
  const { document, owner } = context;
  const schemas = (Array.isArray(branches) ? branches : []).map((branch) => resolveSchema(document, branch));
  const known = membersOf(owner);
  const names = [...new Set(schemas.flatMap((schema) => Object.keys(membersOf(schema))))];
  if (names.length > 0) {
    return fc.record(Object.fromEntries(names.map((name) => [name, validValue(document, known[name] ?? {})])));
  }
  return fc.oneof(
    ...schemas.flatMap((schema) => Object.keys(schema).flatMap((keyword) => candidates(keyword, schema, context))),
  );
}

function candidates(keyword: string, schema: JsonSchema, context: { document: JsonObject; owner: JsonSchema }) {
  const breaker = keyword === "type" ? undefined : breakers[keyword]; // another type would break the outer `type` too
  return breaker === undefined ? [] : [breaker(schema, context)];
}

function membersOf({ properties }: JsonSchema): JsonObject {
  return isObject(properties) ? properties : {};
}

function plainObject(document: JsonObject, schema: JsonSchema): JsonObject {
  const value = plainValue(document, schema);
  return isObject(value) ? value : {};
}

function without(value: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([own]) => own !== name));
}

/** Sets a part into a value at a site's path: "*" becomes the only item, "**" a member named `KEY`. */
function placed(value: unknown, path: readonly string[], part: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return part;
  if (step === "*") return [placed(undefined, rest, part)];
  const owner = isObject(value) ? value : {};
  const name = step === "**" ? "KEY" : step;
  return { ...owner, [name]: placed(owner[name], rest, part) };
}
