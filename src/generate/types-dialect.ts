import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { isAnnotation, mapSubschemas, type Schema } from "./schema-keywords.ts";

/**
 * Rewrites a schema so that openapi-typescript makes a type of it to which every value can be assigned that the schema allows:
 *
 * - a discriminator goes: what it says is said in the alternatives, of which openapi-typescript would leave a member out
 * - the start of a list (`prefixItems`) is a tuple only where it is the whole list; otherwise its entries are of any of the types
 * - the type of further members includes those of the named ones, as TypeScript asks
 * - `anyOf` beside the members of an object becomes a part, since openapi-typescript adds it as an alternative to them
 */
export function toTypesDialect(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const { discriminator: _discriminator, ...own } = mapSubschemas(schema, toTypesDialect);
  if ("required" in own) own["required"] = requiredNames(own);
  return "enum" in own || "const" in own ? withPlainValues(own) : withPartOfAlternatives(withIndex(withTuple(own)));
}

/** openapi-typescript finds what every object inherits, such as `constructor`, among the members of each part. */
function requiredNames({ required, properties }: JsonObject): string[] {
  const isOwn = (name: string) => isJsonObject(properties) && Object.hasOwn(properties, name);
  return stringsOf(required).filter((name) => !(name in Object.prototype) || isOwn(name));
}

/** Beside values nothing else matters to the type; of objects and lists, openapi-typescript makes no literal types. */
function withPlainValues(schema: JsonObject): JsonObject {
  const { enum: values, const: value, type, ...rest } = schema;
  const notes = Object.fromEntries(Object.entries(rest).filter(([keyword]) => isAnnotation(keyword)));
  const all = "const" in schema ? [value as JsonValue] : (values as JsonValue[]);
  const isMisread = type === "object" || "properties" in rest || "additionalProperties" in rest || value === null;
  if (all.every(isPlain)) return isMisread ? { ...notes, enum: all } : schema;
  const shapes = all.map((one): JsonObject =>
    isPlain(one) ? { enum: [one] } : { type: Array.isArray(one) ? "array" : "object" },
  );
  return { ...notes, anyOf: shapes };
}

function isPlain(value: JsonValue): boolean {
  return value === null || typeof value !== "object";
}

function withTuple(schema: JsonObject): JsonObject {
  const { prefixItems, items = true, minItems, maxItems, ...rest } = schema;
  if (!Array.isArray(prefixItems)) return schema;
  const count = prefixItems.length;
  if (minItems === count && (maxItems === count || items === false)) return { ...rest, prefixItems };
  if (items === true) return rest;
  return { ...rest, items: { anyOf: items === false ? prefixItems : [...prefixItems, items] } };
}

function withIndex(schema: JsonObject): JsonObject {
  const { patternProperties, additionalProperties, ...rest } = schema;
  const isOpen = additionalProperties === undefined || additionalProperties === true;
  const patterns = isJsonObject(patternProperties) ? Object.values(patternProperties) : [];
  if (isOpen) return patterns.length === 0 ? schema : rest;
  const further = [...(additionalProperties === false ? [] : [additionalProperties]), ...patterns];
  if (further.length === 0) return schema;
  const named = isJsonObject(rest["properties"]) ? Object.values(rest["properties"]) : [];
  const all = [...further, ...named].map(withoutNotes);
  const distinct = all.filter((one, index) => all.findIndex((other) => isSame(one, other)) === index);
  return { ...rest, additionalProperties: distinct.length === 1 ? (further[0] as JsonValue) : { anyOf: distinct } };
}

function withPartOfAlternatives(schema: JsonObject): JsonObject {
  const { anyOf, allOf, ...rest } = schema;
  const isObject = ["properties", "additionalProperties"].some((keyword) => keyword in rest) || allOf !== undefined;
  if (anyOf === undefined || !isObject) return schema;
  return { ...rest, allOf: [...(Array.isArray(allOf) ? allOf : []), { anyOf }] };
}

function withoutNotes(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const { description: _description, title: _title, default: _default, examples: _examples, ...rest } = schema;
  return rest;
}

function isSame(one: JsonValue, other: JsonValue): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
