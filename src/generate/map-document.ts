import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { isSchema, type Schema } from "./schema-keywords.ts";

export type DocumentMapping = {
  /** Replaces a schema; those inside it are up to the function. */
  readonly schema?: (schema: Schema, path: readonly string[]) => Schema;
  /** Replaces a `$ref` object outside of schemas; `undefined` leaves it. `visit` maps what is put in its place. */
  readonly reference?: (node: JsonObject, path: readonly string[], visit: Visit) => JsonValue | undefined;
  /** Whether examples outside of schemas stay; by default they do. */
  readonly keepExamples?: boolean;
  /** Whether extensions outside of schemas stay; by default they do. */
  readonly keepExtensions?: boolean;
};
type Visit = (value: JsonValue, path: readonly string[]) => JsonValue;

/** Members that map names of the author's choice to objects: in them, `schema` or `examples` is no keyword. */
const mapsOfNames = new Set(["callbacks", "content", "encoding", "headers", "links", "paths", "responses", "webhooks"]);

/** Copies an OpenAPI document with its schemas and references replaced. What extensions and examples hold is not looked at. */
export function mapDocument(document: JsonObject, mapping: DocumentMapping): JsonObject {
  const { schema: mapSchema = (schema) => schema, reference = () => undefined } = mapping;
  const { keepExamples = true, keepExtensions = true } = mapping;
  return visitObject(document, []) as JsonObject;

  function visit(value: JsonValue, path: readonly string[]): JsonValue {
    if (Array.isArray(value)) return value.map((entry, index) => visit(entry, [...path, String(index)]));
    return isJsonObject(value) ? visitObject(value, path) : value;
  }

  function visitObject(node: JsonObject, path: readonly string[]): JsonValue {
    const replaced = typeof node["$ref"] === "string" ? reference(node, path, visit) : undefined;
    if (replaced !== undefined) return replaced;
    const entries = Object.entries(node).flatMap(([key, value]): [string, JsonValue][] => {
      if (isExample(key, path)) return keepExamples ? [[key, value]] : [];
      if (isExtension(key, path)) return keepExtensions ? [[key, value]] : [];
      const inner = [...path, key];
      return [[key, isSchemaPlace(key, path) && isSchema(value) ? mapSchema(value, inner) : visit(value, inner)]];
    });
    return Object.fromEntries(entries);
  }
}

/** Of `components`, `paths` and the answers of an operation, too, though the other members have names of the author's choice. */
function isExtension(key: string, path: readonly string[]): boolean {
  if (!key.startsWith("x-")) return false;
  const isOpen = path.at(-1) === "paths" || (path.at(-1) === "responses" && !isComponents(path, "responses"));
  return !isMapOfNames(path) || isComponents(path) || isOpen;
}

function isSchemaPlace(key: string, path: readonly string[]): boolean {
  return isComponents(path, "schemas") || (key === "schema" && !isMapOfNames(path));
}

function isExample(key: string, path: readonly string[]): boolean {
  if (isComponents(path)) return key === "examples";
  return (key === "example" || key === "examples") && !isMapOfNames(path);
}

function isMapOfNames(path: readonly string[]): boolean {
  if (path[0] === "components" && path.length <= 2) return true;
  return mapsOfNames.has(path.at(-1) ?? "") && !isMapOfNames(path.slice(0, -1));
}

/** Whether a path is that of `components`, or of one of its sections. */
function isComponents(path: readonly string[], section?: string): boolean {
  return path[0] === "components" && path[1] === section && path.length === (section === undefined ? 1 : 2);
}
