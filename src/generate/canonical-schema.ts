import { unicodePattern } from "./unicode-pattern.ts";
import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { isAnnotation, mapSubschemas, type Schema } from "./schema-keywords.ts";

/**
 * Reduces a JSON Schema 2020-12 to what constrains a value, and to its `default`. Both readings, zod's and ajv's, start from it, so
 * that what is left out is left out of both.
 *
 * @param warn - takes one message for each constraint that is left out
 */
export function canonicalSchema(source: Schema, warn: (message: string) => void): Schema {
  if (typeof source === "boolean") return source;
  const own = Object.fromEntries(Object.entries(source).filter(([key]) => key === "default" || !isAnnotation(key)));
  if (Array.isArray(own["enum"]) && own["enum"].length === 0) return false;
  if (Array.isArray(own["required"])) own["required"] = [...new Set(stringsOf(own["required"]))];
  if (!("if" in own)) dropKeywords(own, "then", "else");
  if (!("then" in own || "else" in own)) dropKeywords(own, "if");
  if (!("contains" in own)) dropKeywords(own, "minContains", "maxContains");
  withReadableFormat(own, warn);
  if (typeof own["pattern"] === "string") {
    const pattern = unicodePattern(own["pattern"], warn);
    if (pattern === undefined) delete own["pattern"];
    else own["pattern"] = pattern;
  }
  const inner = mapSubschemas(own, (child) => canonicalSchema(child, warn));
  return withPatternProperties(inner, warn);
}

/** Formats that nothing has to be checked for. */
const freeFormats: ReadonlySet<string> = new Set(["binary", "double", "float", "password"]);

/** Formats that the validators check; others are left out. */
const checkedFormats: ReadonlySet<string> = new Set([
  "byte",
  "date",
  "date-time",
  "duration",
  "email",
  "hostname",
  "int32",
  "int64",
  "ipv4",
  "ipv6",
  "iso-date-time",
  "iso-time",
  "json-pointer",
  "json-pointer-uri-fragment",
  "regex",
  "relative-json-pointer",
  "time",
  "uri",
  "uri-reference",
  "uri-template",
  "url",
  "uuid",
]);

function withReadableFormat(own: JsonObject, warn: (message: string) => void): void {
  const { format } = own;
  if (typeof format !== "string" || checkedFormats.has(format)) return;
  delete own["format"];
  if (!freeFormats.has(format)) warn(`format ${format} is unknown and not checked`);
}

/** Rewrites the patterns of names; a property called `__proto__`, which libraries skip, becomes a pattern too. */
function withPatternProperties(schema: JsonObject, warn: (message: string) => void): JsonObject {
  const { properties, patternProperties, ...rest } = schema;
  const patterns = isJsonObject(patternProperties) ? patternProperties : {};
  const named = isJsonObject(properties) ? Object.entries(properties) : [];
  const entries = Object.entries(patterns).flatMap(([pattern, inner]): [string, JsonValue][] => {
    const readable = unicodePattern(pattern, warn);
    return readable === undefined ? [] : [[readable, inner]];
  });
  for (const [name, inner] of named) if (name === "__proto__") entries.push(["^__proto__$", inner]);
  return {
    ...rest,
    ...(named.length > 0 && { properties: Object.fromEntries(named.filter(([name]) => name !== "__proto__")) }),
    ...(entries.length > 0 && { patternProperties: Object.fromEntries(entries) }),
  };
}

function dropKeywords(schema: JsonObject, ...keywords: string[]): void {
  for (const keyword of keywords) delete schema[keyword];
}
