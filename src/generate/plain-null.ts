import type { JsonObject, JsonValue } from "./json.ts";
import { mapDocument } from "./map-document.ts";
import { isAnnotation, mapSubschemas, type Schema } from "./schema-keywords.ts";

/**
 * Says in plain JSON Schema what a 3.0 or 3.1 document says by `nullable`, before an upgrade from 3.0 sees it.
 *
 * `nullable: true` adds null to what a schema allows, whatever it stands beside: `type`, `enum`, compositions, a `$ref`.
 * In 3.1 it is no keyword, but is written, and means the same. In 3.0 all else beside a `$ref` is ignored.
 *
 * @param document - with its `openapi` version; it is left as it is
 */
export function withPlainNull(document: JsonObject): JsonObject {
  const { openapi } = document;
  const isThreeZero = typeof openapi === "string" && openapi.startsWith("3.0");
  return mapDocument(document, { schema: (schema) => convert(schema) });

  function convert(schema: Schema): Schema {
    if (typeof schema === "boolean") return schema;
    const own = isThreeZero && typeof schema["$ref"] === "string" ? onlyReference(schema) : schema;
    const { nullable, ...rest } = mapSubschemas(own, (inner, [keyword]) =>
      isNullAlternative(inner, keyword) ? { type: "null" } : convert(inner),
    );
    return nullable === true ? withNull(rest) : rest;
  }
}

function onlyReference(schema: JsonObject): JsonObject {
  const kept = Object.entries(schema).filter(([key]) => key === "$ref" || key === "nullable" || isAnnotation(key));
  return Object.fromEntries(kept);
}

/** An alternative that says nothing but `nullable: true` is how some exporters spell "or null". */
function isNullAlternative(schema: Schema, keyword: string | undefined): boolean {
  if (typeof schema === "boolean" || schema["nullable"] !== true) return false;
  if (keyword !== "anyOf" && keyword !== "oneOf") return false;
  return Object.keys(schema).every((key) => key === "nullable" || isAnnotation(key));
}

function withNull(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema);
  const isNote = (key: string) => isAnnotation(key) && key !== "discriminator"; // which belongs to its alternatives
  const notes = Object.fromEntries(entries.filter(([key]) => isNote(key)));
  const rules = Object.fromEntries(entries.filter(([key]) => !isNote(key)));
  const keywords = Object.keys(rules);
  if (keywords.length === 0) return schema; // it allows everything
  const [only, list] = Object.entries(rules)[0] as [string, JsonValue];
  if (keywords.length === 1 && only === "anyOf" && Array.isArray(list)) {
    return { ...notes, anyOf: [...list, { type: "null" }] };
  }
  if ("type" in rules && !keywords.some((keyword) => aboutEveryType.has(keyword))) {
    const { type, enum: values } = rules;
    const withNullType = { ...schema, type: [...new Set([type ?? [], "null"].flat())] };
    return Array.isArray(values) ? { ...withNullType, enum: [...new Set([...values, null])] } : withNullType;
  }
  const single = keywords.length === 1 && only === "allOf" && Array.isArray(list) && list.length === 1;
  return { ...notes, anyOf: [single ? (list[0] as JsonValue) : rules, { type: "null" }] };
}

/** Keywords that may refuse null although `type` allows it; `enum` can have it added. */
const aboutEveryType: ReadonlySet<string> = new Set(["$ref", "allOf", "anyOf", "const", "if", "not", "oneOf"]);
