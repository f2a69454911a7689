import { formatPointer, parsePointer } from "../../../src/contract/json-pointer.ts";

export type JsonObject = { readonly [key: string]: unknown };

/** A JSON Schema 2020-12 object as it stands in an OpenAPI 3.1 document. */
export type JsonSchema = JsonObject;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members that a schema names, with their schemas. */
export function propertiesOf({ properties }: JsonSchema): JsonObject {
  return isObject(properties) ? properties : {};
}

/**
 * The value that a JSON pointer leads to, or undefined.
 *
 * @see RFC 6901
 */
export function atPointer(document: unknown, pointer: string): unknown {
  return parsePointer(pointer).reduce<unknown>(
    (value, step) => (isObject(value) || Array.isArray(value) ? (value as JsonObject)[step] : undefined),
    document,
  );
}

/** Follows `$ref`s inside the document until a schema of its own stands there; bounded, since references may circle. */
export function resolveSchema(document: JsonObject, schema: unknown): JsonSchema {
  let current = schema;
  for (let hops = 0; hops < 16; hops += 1) {
    if (!isObject(current)) return {};
    const reference = current["$ref"];
    if (typeof reference !== "string") return current;
    current = { ...(atPointer(document, reference) as object), ...withoutReference(current) };
  }
  return {};
}

/** The schema and pointer of the JSON request body of an operation, or undefined where it has none. */
export function requestBodySchema(
  document: JsonObject,
  { method, path }: { readonly method: string; readonly path: string },
): { readonly schema: JsonSchema; readonly pointer: string; readonly required: boolean } | undefined {
  const bodyPointer = formatPointer(["paths", path, method, "requestBody"]);
  const body = resolveSchema(document, atPointer(document, bodyPointer));
  const inBody = formatPointer(["content", "application/json", "schema"]);
  const schema = atPointer(body, inBody);
  if (!isObject(schema)) return undefined;
  return { schema, pointer: `${bodyPointer}${inBody}`, required: body["required"] === true };
}

function withoutReference(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$ref"));
}
