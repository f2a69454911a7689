import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { mapDocument } from "./map-document.ts";
import { mapSubschemas, type Schema } from "./schema-keywords.ts";

const dataKeywords = new Set(["const", "default", "enum", "example", "examples"]);

/**
 * Copies a document without what says nothing about types: extensions, examples outside of schemas, and data in which
 * something looks like a reference. A library that follows references wherever they are would read files for them.
 */
export function typedPart(document: JsonObject): JsonObject {
  return mapDocument(document, { schema: withoutData, keepExamples: false, keepExtensions: false });
}

function withoutData(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const entries = Object.entries(schema).filter(
    ([keyword, value]) => !keyword.startsWith("x-") && !(dataKeywords.has(keyword) && looksLikeReference(value)),
  );
  return mapSubschemas(Object.fromEntries(entries), withoutData);
}

function looksLikeReference(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  return (isJsonObject(value) && typeof value["$ref"] === "string") || Object.values(value).some(looksLikeReference);
}
