import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { mapSubschemas, type Schema } from "./schema-keywords.ts";
import { sidesWithDefaults } from "./default-sides.ts";
import { definitionName, referenceTo, type SchemaSet } from "./schema-set.ts";
import { allTypes, toZodRules } from "./zod-rules.ts";

/** A schema as `z.fromJSONSchema` reads it. */
export type ZodReading = {
  readonly schema: Schema;
  /** Whether zod then accepts just what the schema allows. Otherwise it accepts that and more. */
  readonly exact: boolean;
};

export type ZodDialect = {
  readonly definitions: SchemaSet["definitions"];
  /** Whether the reading of a definition, and of all that it refers to, is exact. */
  readonly isExact: (definition: string) => boolean;
};

/** Added to the name of a definition of which the defaults are not wanted. */
export const withoutDefaults = " without defaults";

/** What is known of the place of a schema. */
type Place = {
  readonly types: readonly string[]; // that the value can have there
  readonly optional: boolean; // whether the value may be absent, so that a default applies
  readonly defaults: boolean; // whether defaults are kept
  readonly crossed: boolean; // whether other schemas apply to the same value
};

/**
 * Rewrites a canonical schema to the part of JSON Schema that `z.fromJSONSchema` reads rightly. What that refuses, ignores or
 * misreads is loosened, so that zod never refuses what the schema allows: left out, or an exclusive alternative made a plain one.
 *
 * @param defaults - whether defaults are kept, where the value may be absent
 */
export function toZodDialect(schema: Schema, dialect: ZodDialect, defaults = true): ZodReading {
  return convert(schema, { types: allTypes, optional: false, defaults, crossed: false });

  function convert(source: Schema, place: Place): ZodReading {
    if (typeof source === "boolean") return { schema: source, exact: true };
    if (isAlwaysTrue(source["not"])) return { schema: false, exact: true };
    const { default: preset, $ref, anyOf, oneOf, allOf, ...own } = source;
    const { rules, types, exact } = toZodRules(own, place.types);
    const sides = [
      ...(typeof $ref === "string" ? [{ $ref }] : []),
      ...(Object.keys(rules).length > 0 ? [rules] : []),
      ...(anyOf === undefined ? [] : [{ anyOf }]),
      ...(oneOf === undefined ? [] : [{ oneOf }]),
      ...(Array.isArray(allOf) ? allOf.map((part) => ({ allOf: [part] })) : []),
    ];
    const crossed = place.crossed || sides.length > 1;
    const keeps = sidesWithDefaults(sides, dialect.definitions);
    const readings = sides.map((side, index) =>
      convertSide(side, { types, crossed, optional: false, defaults: place.defaults && keeps.has(index) }),
    );
    const shaped = joined(readings.map((reading) => reading.schema));
    const filled = place.optional && place.defaults && preset !== undefined;
    return {
      schema: filled ? { ...shaped, default: preset } : shaped,
      exact: exact && readings.every((reading) => reading.exact),
    };
  }

  function convertSide(side: JsonObject, place: Place): { schema: JsonObject; exact: boolean } {
    // Where schemas cross, zod takes a member that one of them refuses as unknown if another does not.
    const closed = place.crossed && isClosed(side, dialect.definitions);
    const { $ref } = side;
    if (typeof $ref === "string") {
      const name = definitionName($ref);
      const schema = { $ref: place.defaults ? $ref : referenceTo(name + withoutDefaults) };
      return { schema, exact: !closed && dialect.isExact(name) };
    }
    const required = new Set(stringsOf(side["required"]));
    const readings: ZodReading[] = [];
    const schema = mapSubschemas(side, (child, [keyword = "", step = ""]) => {
      const optional = keyword === "properties" && !required.has(step);
      const isInside = !["allOf", "anyOf", "oneOf"].includes(keyword);
      const reading = convert(child, { ...place, optional, ...(isInside && { types: allTypes, crossed: false }) });
      readings.push(reading);
      return reading.schema;
    });
    if (readings.every(({ exact }) => exact)) return { schema, exact: !closed };
    const { oneOf, contains, minContains, maxContains, ...rest } = schema;
    void [contains, minContains, maxContains]; // of a loosened schema, too many values might be contained
    return { schema: oneOf === undefined ? rest : { anyOf: oneOf }, exact: false };
  }
}

/** One schema of several that apply to the same value, as zod reads it: beside a `$ref` none, without a `type` one of the rest. */
function joined(sides: readonly JsonObject[]): JsonObject {
  const [first = {}, ...others] = sides;
  const keywords = sides.flatMap((side) => Object.keys(side));
  const hasBase = ["type", "enum", "const"].some((keyword) => keyword in first);
  const isAlone = others.length === 0;
  const parts = sides.flatMap((side) => ("allOf" in side ? (side["allOf"] as JsonValue[]) : []));
  const isOnlyParts = sides.every((side) => "allOf" in side);
  if (isAlone) return first;
  if (isOnlyParts) return { allOf: parts };
  const apart = keywords.filter((keyword) => keyword !== "allOf");
  if (hasBase && new Set(apart).size === apart.length) {
    const beside = others.filter((side) => !("allOf" in side));
    return Object.assign({}, first, ...beside, parts.length > 0 ? { allOf: parts } : {}) as JsonObject;
  }
  return { allOf: sides.flatMap((side) => ("allOf" in side ? (side["allOf"] as JsonValue[]) : [side])) };
}

/** Whether a schema refuses members as unknown, itself or by what applies to the same value. */
function isClosed(
  schema: JsonValue | undefined,
  definitions: SchemaSet["definitions"],
  seen: readonly string[] = [],
): boolean {
  if (!isJsonObject(schema)) return false;
  if (schema["additionalProperties"] === false) return true;
  const { $ref } = schema;
  if (typeof $ref === "string" && !seen.includes($ref)) {
    const name = definitionName($ref);
    if (isClosed(definitions[name], definitions, [...seen, $ref])) return true;
  }
  return ["allOf", "anyOf", "oneOf"].some((keyword) => {
    const parts = schema[keyword];
    return Array.isArray(parts) && parts.some((part) => isClosed(part, definitions, seen));
  });
}

function isAlwaysTrue(schema: JsonValue | undefined): boolean {
  return schema === true || (isJsonObject(schema) && Object.keys(schema).length === 0);
}
