import { isJsonObject, mapMembers, type JsonObject, type JsonValue } from "./json.ts";

/** A JSON Schema: an object of keywords, or `true` or `false`. */
export type Schema = JsonObject | boolean;

const oneSchema = new Set([
  "additionalProperties",
  "contains",
  "contentSchema",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);
const listOfSchemas = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const schemasByName = new Set(["$defs", "dependentSchemas", "patternProperties", "properties"]);

const otherConstraints = new Set([
  "$ref",
  "const",
  "dependentRequired",
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "maxContains",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minContains",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "pattern",
  "required",
  "type",
  "uniqueItems",
]);

/** Whether a keyword describes and does not constrain, as one that JSON Schema does not know; a validator behaves the same without it. */
export function isAnnotation(keyword: string): boolean {
  if (keyword === "$defs" || keyword === "contentSchema") return true;
  return ![oneSchema, listOfSchemas, schemasByName, otherConstraints].some((keywords) => keywords.has(keyword));
}

/** Copies a schema with each schema directly inside it replaced; `path` says where it is, from the schema. */
export function mapSubschemas(schema: JsonObject, replace: (inner: Schema, path: string[]) => Schema): JsonObject {
  return mapMembers(schema, (value, keyword) => {
    if (typeof value !== "object" && typeof value !== "boolean") return value;
    if (oneSchema.has(keyword)) return isSchema(value) ? replace(value, [keyword]) : value;
    if (listOfSchemas.has(keyword) && Array.isArray(value)) {
      return value.map((inner, index) => (isSchema(inner) ? replace(inner, [keyword, String(index)]) : inner));
    }
    if (schemasByName.has(keyword) && isJsonObject(value)) {
      return mapMembers(value, (inner, name) => (isSchema(inner) ? replace(inner, [keyword, name]) : inner));
    }
    return value;
  });
}

/** Looks at each schema directly inside a schema, and copies none of it. */
export function visitSubschemas(schema: JsonObject, visit: (inner: Schema) => void): void {
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword] as JsonValue;
    if (oneSchema.has(keyword)) visitOne(value, visit);
    else if (listOfSchemas.has(keyword) && Array.isArray(value)) for (const inner of value) visitOne(inner, visit);
    else if (schemasByName.has(keyword) && isJsonObject(value)) {
      for (const name of Object.keys(value)) visitOne(value[name], visit);
    }
  }
}

function visitOne(value: JsonValue | undefined, visit: (inner: Schema) => void): void {
  if (isSchema(value)) visit(value);
}

export function isSchema(value: JsonValue | undefined): value is Schema {
  return typeof value === "boolean" || isJsonObject(value);
}
