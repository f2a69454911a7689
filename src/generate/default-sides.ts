import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { type Schema, visitSubschemas } from "./schema-keywords.ts";
import { definitionName, reachableDefinitions, type SchemaSet } from "./schema-set.ts";

/**
 * Which of the schemas of one value keep their defaults. zod merges what they make of the value, and throws where two fill in one
 * place; so of those that do, what the schema says itself comes first, then the last.
 */
export function sidesWithDefaults(
  sides: readonly JsonObject[],
  definitions: SchemaSet["definitions"],
): ReadonlySet<number> {
  if (sides.length === 1) return new Set([0]);
  const isOwn = (side: JsonObject | undefined) =>
    side !== undefined && !sameValueKeywords.some((keyword) => keyword in side);
  const order = [...sides.keys()].toSorted((a, b) => Number(isOwn(sides[b])) - Number(isOwn(sides[a])) || b - a);
  const kept = new Set<number>();
  const filled = new Set<string>();
  for (const index of order) {
    const places = filledPlaces(sides[index], definitions, new Set());
    const isFree = !places.some((place) => filled.has(place));
    const mayMeet = [...filled, ...places].includes(anyMember) && filled.size > 0 && places.length > 0;
    if (!isFree || mayMeet) continue;
    kept.add(index);
    for (const place of places) filled.add(place);
  }
  return kept;
}

const sameValueKeywords = ["$ref", "allOf", "anyOf", "oneOf"];
const anyMember = "*";

/** The members and entries of a value in which a schema fills something in. */
function filledPlaces(
  schema: JsonValue | undefined,
  definitions: SchemaSet["definitions"],
  seen: Set<string>,
): string[] {
  if (!isJsonObject(schema)) return [];
  const { $ref, properties, items, prefixItems, additionalProperties } = schema;
  const fills = (inner: JsonValue | undefined) => isJsonObject(inner) && fillsIn(inner, definitions);
  const places = isJsonObject(properties)
    ? Object.entries(properties).flatMap(([name, inner]) => (fills(inner) ? [`/${name}`] : []))
    : [];
  if ([items, ...(Array.isArray(prefixItems) ? prefixItems : [])].some(fills)) places.push("items");
  if (fills(additionalProperties)) places.push(anyMember);
  const parts = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => (schema[keyword] ?? []) as JsonValue[]);
  if (typeof $ref === "string" && !seen.has($ref)) {
    seen.add($ref);
    parts.push(definitions[definitionName($ref)] ?? true);
  }
  return [...places, ...parts.flatMap((part) => filledPlaces(part, definitions, seen))];
}

/** Whether a schema, or one that it refers to, has a default. */
function fillsIn(schema: JsonObject, definitions: SchemaSet["definitions"]): boolean {
  return (
    hasDefault(schema) ||
    reachableDefinitions(schema, definitions).some((name) => hasDefault(definitions[name] ?? true))
  );
}

const known = new WeakMap<JsonObject, boolean>();

function hasDefault(schema: Schema): boolean {
  if (typeof schema === "boolean") return false;
  let result = known.get(schema);
  if (result === undefined) {
    let isFound = "default" in schema;
    visitSubschemas(schema, (inner) => {
      isFound ||= hasDefault(inner);
    });
    result = isFound;
    known.set(schema, result);
  }
  return result;
}
