import { isJsonObject, stringsOf, type JsonObject, type JsonValue } from "./json.ts";
import { isAnnotation, mapSubschemas, type Schema } from "./schema-keywords.ts";

/** Keywords that `z.fromJSONSchema` refuses. */
const refusedKeywords = [
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "unevaluatedItems",
  "unevaluatedProperties",
];

/** Which type the keywords of a schema without `type` speak about. */
const typeByKeyword: Readonly<Record<string, string>> = {
  additionalProperties: "object",
  maxProperties: "object",
  minProperties: "object",
  patternProperties: "object",
  properties: "object",
  propertyNames: "object",
  required: "object",
  contains: "array",
  items: "array",
  maxItems: "array",
  minItems: "array",
  prefixItems: "array",
  uniqueItems: "array",
  format: "string",
  maxLength: "string",
  minLength: "string",
  pattern: "string",
  exclusiveMaximum: "number",
  exclusiveMinimum: "number",
  maximum: "number",
  minimum: "number",
  multipleOf: "number",
};

/**
 * Rewrites a JSON Schema 2020-12 to the part of it that `z.fromJSONSchema` reads rightly, with the same meaning as far
 * as that goes:
 *
 * - annotations go, except a `default` where the value may be absent; a required value's default would excuse its absence
 * - constraints beside `$ref`, and `anyOf`, `oneOf` and `allOf` side by side, move into one `allOf`: zod reads just one
 * - a missing `type` is taken from the other keywords, since zod ignores those of a schema without one
 * - a required property that `properties` lacks is listed there, since zod forgets it otherwise
 * - what zod refuses (`not`, `if`, …) or misreads is left out and reported
 *
 * @param name - what messages call the schema
 * @param warn - takes one message for each constraint that is left out
 */
export function toZodDialect(schema: Schema, name: string, warn: (message: string) => void): Schema {
  return convert(schema, [], { optional: false });

  function convert(source: Schema, path: readonly string[], { optional }: { optional: boolean }): Schema {
    if (typeof source === "boolean") return source;
    const leaveOut = (keyword: string, reason: string) => {
      warn(`${[name, ...path].join("/")}: \`${keyword}\` is left out of the zod schema: ${reason}`);
    };
    const own = constraintsOf(source, leaveOut);
    const required = new Set(stringsOf(own["required"]));
    const inner = mapSubschemas(own, (child, step) =>
      convert(child, [...path, ...step], { optional: step[0] === "properties" && !required.has(step[1] ?? "") }),
    );
    const shaped = inOneComposition(withType(withRequiredProperties(inner)));
    return optional && "default" in source ? { ...shaped, default: source["default"] } : shaped;
  }
}

function constraintsOf(source: JsonObject, leaveOut: (keyword: string, reason: string) => void): JsonObject {
  const own = { ...source };
  for (const keyword of Object.keys(own)) {
    if (isAnnotation(keyword)) delete own[keyword];
  }
  for (const keyword of refusedKeywords) {
    const isNever = keyword === "not" && isJsonObject(own["not"]) && Object.keys(own["not"]).length === 0;
    if (keyword in own && !isNever) {
      delete own[keyword];
      leaveOut(keyword, "zod's converter does not know it");
    }
  }
  if (own["format"] === "uri-reference") {
    delete own["format"];
    leaveOut("format: uri-reference", "zod's converter takes it for an absolute URL");
  }
  if (typeof own["pattern"] === "string" && !meansTheSameWithoutUnicode(own["pattern"])) {
    leaveOut(`pattern: ${own["pattern"]}`, "zod's converter reads patterns without the Unicode flag");
    delete own["pattern"];
  }
  for (const keyword of ["const", "enum"]) {
    const values = [own[keyword]].flat();
    if (values.some((value) => typeof value === "object" && value !== null)) {
      delete own[keyword];
      leaveOut(keyword, "zod compares plain values only");
    }
  }
  return own;
}

/** `\p{L}` and `\u{1F600}` are other patterns without the flag, and some are none. */
function meansTheSameWithoutUnicode(pattern: string): boolean {
  if (/\\[pPu]\{/.test(pattern)) return false;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

function withRequiredProperties(schema: JsonObject): JsonObject {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const missing = stringsOf(schema["required"]).filter((name) => !Object.hasOwn(properties, name));
  if (missing.length === 0) return schema;
  return { ...schema, properties: { ...properties, ...Object.fromEntries(missing.map((name) => [name, {}])) } };
}

function withType(schema: JsonObject): JsonObject {
  if (["type", "enum", "const", "$ref"].some((keyword) => keyword in schema)) return schema;
  const types = [...new Set(Object.keys(schema).flatMap((keyword) => typeByKeyword[keyword] ?? []))];
  if (types.length === 0) return schema;
  return { type: types.length === 1 ? (types[0] as string) : types, ...schema };
}

/** With a `type`, zod reads all of them; without one only the last, and beside a `$ref` none of the rest. */
function inOneComposition(schema: JsonObject): JsonObject {
  const keywords = Object.keys(schema);
  const hasRef = "$ref" in schema;
  const compositions = keywords.filter((keyword) => ["anyOf", "oneOf", "allOf"].includes(keyword));
  const hasBase = ["type", "enum", "const"].some((keyword) => keyword in schema);
  if (keywords.length < 2 || (!hasRef && (hasBase || compositions.length < 2))) return schema;
  if (!hasRef) return { allOf: compositions.map((keyword) => ({ [keyword]: schema[keyword] as JsonValue })) };
  const { $ref, ...rest } = schema;
  return { allOf: [{ $ref: $ref as string }, inOneComposition(withType(rest))] };
}
