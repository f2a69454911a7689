import fc from "fast-check";
import { isObject, propertiesOf, resolveSchema } from "../law/schema.ts";
import type { JsonObject, JsonSchema } from "../law/schema.ts";
import type { SchemaSite } from "./schema-site.ts";
import { plainValue, validValue } from "./valid-value.ts";

/** A value that was made to break one keyword of its schema, and tells which. */
export type Broken = { readonly keyword: string; readonly pointer: string; readonly value: unknown };

/** How a keyword is broken: each way that there is, and values of chance beside them. They stand where the keyword stands. */
type Ways = { readonly each: readonly unknown[]; readonly chance?: fc.Arbitrary<unknown> };

type Context = { readonly document: JsonObject; readonly owner: JsonSchema };

const breakers: Readonly<Record<string, (schema: JsonSchema, context: Context) => Ways>> = {
  type: ({ type }) => ({
    each: typeSamples.filter((value) => !hasType(value, type)),
    chance: jsonValues.filter((value) => !hasType(value, type)),
  }),
  enum: ({ enum: allowed }) => otherThan(allowed as unknown[]),
  const: ({ const: allowed }) => otherThan([allowed]),
  minimum: ({ minimum }) => beyond(Number(minimum), -1),
  maximum: ({ maximum }) => beyond(Number(maximum), 1),
  exclusiveMinimum: ({ exclusiveMinimum }) => beyond(Number(exclusiveMinimum) + 1, -1),
  exclusiveMaximum: ({ exclusiveMaximum }) => beyond(Number(exclusiveMaximum) - 1, 1),
  multipleOf: ({ multipleOf }) => ({ each: [0.5, 1.5].map((times) => times * Number(multipleOf)) }),
  minLength: ({ minLength }) => ({
    // Fifteen characters are fifteen, whatever they take in bytes or in UTF-16 units.
    each: ["x", "🔑"].map((character) => character.repeat(Number(minLength) - 1)),
    chance: textOf(0, Number(minLength) - 1),
  }),
  maxLength: ({ maxLength }) => ({
    each: ["x".repeat(Number(maxLength) + 1)],
    chance: textOf(Number(maxLength) + 1, Number(maxLength) + 9),
  }),
  pattern: ({ pattern }) => {
    const isOther = (text: string) => !new RegExp(String(pattern), "u").test(text);
    return { each: textSamples.filter(isOther), chance: textOf(1, 12).filter(isOther) };
  },
  format: () => ({
    each: ["", "me", "00000000-0000-0000-0000-00000000000g", "00000000000000000000000000000000"],
    chance: textOf(1, 12),
  }),
  minItems: ({ minItems, items }, { document }) => ({
    each: Array.from({ length: Number(minItems) }, (_, count) => listOf(plainValue(document, items), count)),
  }),
  maxItems: ({ maxItems, items }, { document }) => ({
    each: [listOf(plainValue(document, items), Number(maxItems) + 1)],
  }),
  required: (schema, { document }) => ({
    each: (schema["required"] as string[]).map((name) => without(plainObject(document, schema), name)),
  }),
  additionalProperties: (schema, { document }) => ({
    each: [{ ...plainObject(document, schema), "x-not-in-contract": true }],
  }),
  anyOf: ({ anyOf }, context) => outsideBranches(anyOf, context),
  oneOf: ({ oneOf }, context) => outsideBranches(oneOf, context),
};

/** Keywords that can be broken. */
export const breakableKeywords: readonly string[] = Object.keys(breakers);

type BrokenOptions = {
  /** The valid value that is broken. */
  readonly base: unknown;
  readonly site: SchemaSite;
  /** Judges the whole value by the contract; whatever it accepts is thrown away, since a value may keep a rule by chance. */
  readonly isValid: (value: unknown) => boolean;
};

/**
 * Values that break the site's keyword, set into an otherwise valid one: `each` way to break it, the same for every seed, and
 * values of `chance`, which shrinking keeps broken. A null for a member that may be left out is not among them.
 */
export function brokenValues(
  document: JsonObject,
  { base, site, isValid }: BrokenOptions,
): { readonly each: readonly Broken[]; readonly chance?: fc.Arbitrary<Broken> } {
  const breaker = breakers[site.keyword];
  if (breaker === undefined) throw new RangeError(`no way is known to break the keyword "${site.keyword}"`);
  const { each, chance } = breaker(site.schema, { document, owner: site.owner });
  const isNullMember = (part: unknown) => part === null && site.isOptional;
  const broken = (part: unknown): Broken => brokenAt(base, site, part);
  return {
    each: each
      .filter((part) => !isNullMember(part))
      .map(broken)
      .filter(({ value }) => !isValid(value)),
    ...(chance && {
      chance: chance
        .filter((part) => !isNullMember(part))
        .map(broken)
        .filter(({ value }) => !isValid(value)),
    }),
  };
}

/** Null for each member that may be left out and whose type has no null: many servers read it as left out. */
export function nullMembers(
  sites: readonly SchemaSite[],
  { base, isValid }: Omit<BrokenOptions, "site">,
): readonly Broken[] {
  return sites
    .filter(({ keyword, isOptional }) => keyword === "type" && isOptional)
    .map((site) => brokenAt(base, site, null))
    .filter(({ value }) => !isValid(value));
}

function brokenAt(base: unknown, { keyword, pointer, path }: SchemaSite, part: unknown): Broken {
  return { keyword, pointer, value: placed(base, path, part) };
}

/** One value of each type. */
const typeSamples: readonly unknown[] = [null, true, 7, 0.5, "text", ["text"], { a: 1 }];
/** Texts that break one pattern or another. */
const textSamples: readonly string[] = ["", " ", "text", "-1", "http://example.com/", "https://", "//example.com/"];

const distance = fc.integer({ min: 1, max: 1000 });

/** What lies on the wrong side of a bound: next to it, far away, and where 32 bits would wrap it round to the bound. */
function beyond(bound: number, sign: 1 | -1): Ways {
  return {
    each: [1, 1e9, 2 ** 32].map((by) => bound + sign * by),
    chance: distance.map((by) => bound + sign * by),
  };
}

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

/** Values of the same kind as the allowed ones: those next to them, and others. Zero is what some servers read as none. */
function otherThan(allowed: readonly unknown[]): Ways {
  const isOther = (value: unknown) => !allowed.includes(value) && value !== 0;
  if (typeof allowed[0] !== "number") {
    const near = allowed.flatMap((value) => (typeof value === "string" ? [value.toUpperCase(), `${value} `] : []));
    return { each: [...near, "other"].filter(isOther), chance: textOf(1, 8).filter(isOther) };
  }
  const numbers = allowed.map(Number);
  const max = Math.max(...numbers);
  return {
    each: [...new Set([-1, ...numbers.flatMap((number) => [number - 1, number + 1]), 2 * max])].filter(isOther),
    chance: fc.integer({ min: 1, max: 2 * max }).filter(isOther),
  };
}

function textOf(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ minLength, maxLength });
}

function listOf(item: unknown, length: number): unknown[] {
  return Array.from({ length }, () => item);
}

/**
 * Candidates that no branch allows; those that one does are filtered out with the whole value.
 *
 * Branches about members (this pair, or not both) are broken by members that are each valid alone: each combination of
 * them. Others are broken by breaking a keyword of one of them.
 */
function outsideBranches(branches: unknown, context: Context): Ways {
  const { document, owner } = context;
  const schemas = (Array.isArray(branches) ? branches : []).map((branch) => resolveSchema(document, branch));
  const known = propertiesOf(owner);
  const names = [...new Set(schemas.flatMap((schema) => Object.keys(propertiesOf(schema))))];
  if (names.length > 0) {
    const chance = fc.record(Object.fromEntries(names.map((name) => [name, validValue(document, known[name] ?? {})])));
    return { each: combinations(names, (name) => valuesOf(document, known[name])), chance };
  }
  const ways = schemas.flatMap((schema) =>
    Object.keys(schema)
      // Another type would break the outer `type` too.
      .flatMap((keyword) => (keyword === "type" ? [] : (breakers[keyword]?.(schema, context) ?? []))),
  );
  const chances = ways.flatMap(({ chance }) => chance ?? []);
  return {
    // Branches that are told apart by their types alone are left by a value of another type.
    each:
      ways.length > 0
        ? ways.flatMap(({ each }) => each)
        : typeSamples.filter((value) => schemas.every(({ type }) => !hasType(value, type))),
    ...(chances.length > 0 && { chance: fc.oneof(...chances) }),
  };
}

/** Every object that has, of each name, one of its values or none. */
function combinations(names: readonly string[], valuesFor: (name: string) => readonly unknown[]): JsonObject[] {
  return names.reduce<JsonObject[]>(
    (objects, name) => [
      ...objects,
      ...objects.flatMap((object) => valuesFor(name).map((value) => ({ ...object, [name]: value }))),
    ],
    [{}],
  );
}

/** Values that a schema allows: all where it names them, else the plainest. */
function valuesOf(document: JsonObject, unresolved: unknown): readonly unknown[] {
  const schema = resolveSchema(document, unresolved);
  if (Array.isArray(schema["enum"])) return schema["enum"] as unknown[];
  return schema["type"] === "boolean" ? [true, false] : [plainValue(document, schema)];
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
