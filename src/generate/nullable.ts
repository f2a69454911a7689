import type { JsonObject } from "./json.ts";
import { mapDocument } from "./map-document.ts";
import { mapSubschemas, type Schema } from "./schema-keywords.ts";

/**
 * Removes what an upgrade from 3.0 leaves of `nullable`, a keyword that 3.1 does not have. Beside `anyOf` or `oneOf` it
 * becomes one more alternative, which is what generators of such documents mean; alone it says nothing, in 3.0 too.
 */
export function withoutNullable(document: JsonObject): JsonObject {
  return mapDocument(document, { schema: withNullType });
}

function withNullType(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const { nullable, ...rest } = mapSubschemas(schema, withNullType);
  if (nullable !== true) return rest;
  for (const keyword of ["anyOf", "oneOf"]) {
    const alternatives = rest[keyword];
    if (Array.isArray(alternatives)) return { ...rest, [keyword]: [...alternatives, { type: "null" }] };
  }
  return rest;
}
