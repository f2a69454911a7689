import { isJsonObject, mapMembers, type JsonObject, type JsonValue } from "./json.ts";
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
  return visitObject(document, root) as JsonObject;

  function visit(value: JsonValue, place: Place): JsonValue {
    if (Array.isArray(value)) return value.map((entry, index) => visit(entry, inside(place, String(index))));
    return isJsonObject(value) ? visitObject(value, place) : value;
  }

  function visitObject(node: JsonObject, place: Place): JsonValue {
    const replaced =
      typeof node["$ref"] === "string"
        ? reference(node, pathOf(place), (value, path) => visit(value, path.reduce(inside, root)))
        : undefined;
    if (replaced !== undefined) return replaced;
    const isLeft = (key: string) =>
      isExample(key, place) ? !keepExamples : !keepExtensions && isExtension(key, place);
    const kept = Object.keys(node).some(isLeft) ? withoutMembers(node, isLeft) : node;
    return mapMembers(kept, (value, key) => {
      if (typeof value !== "object" && typeof value !== "boolean") return value;
      if (isExample(key, place) || isExtension(key, place)) return value;
      const inner = inside(place, key);
      return isSchemaPlace(key, place) && isSchema(value) ? mapSchema(value, pathOf(inner)) : visit(value, inner);
    });
  }
}

function withoutMembers(node: JsonObject, isLeft: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(node).filter(([key]) => !isLeft(key)));
}

/** Where in a document a value is. Made for each value, so it is cheaper than a list of steps. */
type Place = {
  readonly key: string;
  readonly outer: Place | undefined;
  readonly depth: number;
  readonly isInComponents: boolean;
  readonly isMapOfNames: boolean;
};

const root: Place = { key: "", outer: undefined, depth: 0, isInComponents: false, isMapOfNames: false };

function inside(outer: Place, key: string): Place {
  const depth = outer.depth + 1;
  const isInComponents = depth === 1 ? key === "components" : outer.isInComponents;
  const isMapOfNames = (isInComponents && depth <= 2) || (mapsOfNames.has(key) && !outer.isMapOfNames);
  return { key, outer, depth, isInComponents, isMapOfNames };
}

function pathOf(place: Place): string[] {
  const path: string[] = [];
  for (let at = place; at.outer !== undefined; at = at.outer) path.push(at.key);
  return path.reverse();
}

/** Of `components`, `paths` and the answers of an operation, too, though the other members have names of the author's choice. */
function isExtension(key: string, place: Place): boolean {
  if (!key.startsWith("x-")) return false;
  const isOpen = place.key === "paths" || (place.key === "responses" && !isComponents(place, "responses"));
  return !place.isMapOfNames || isComponents(place) || isOpen;
}

function isSchemaPlace(key: string, place: Place): boolean {
  return isComponents(place, "schemas") || (key === "schema" && !place.isMapOfNames);
}

function isExample(key: string, place: Place): boolean {
  if (isComponents(place)) return key === "examples";
  return (key === "example" || key === "examples") && !place.isMapOfNames;
}

/** Whether a place is that of `components`, or of one of its sections. */
function isComponents({ isInComponents, depth, key }: Place, section?: string): boolean {
  return isInComponents && (section === undefined ? depth === 1 : depth === 2 && key === section);
}
