import { httpMethods } from "../src/contract/operation.ts";
import { formatPointer } from "../src/contract/json-pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../src/generate/json.ts";

/** Something in an OpenAPI document that has a source: `schema` is any other schema, whose evidence is its holder's. */
export type DocumentNode = {
  readonly kind: "operation" | "parameter" | "header" | "property" | "schema";
  readonly pointer: string;
  readonly value: JsonObject;
};

type Path = readonly (string | number)[];

/** Lists what a self-contained OpenAPI 3.1 document describes, wherever it stands. */
export function* walkDocument(document: JsonObject): Generator<DocumentNode> {
  for (const [path, item] of objects(document["paths"])) {
    yield* parameters(item["parameters"], ["paths", path, "parameters"]);
    for (const method of httpMethods) {
      const operation = item[method];
      if (isJsonObject(operation)) yield* walkOperation(operation, ["paths", path, method]);
    }
  }
  const components = document["components"];
  if (!isJsonObject(components)) return;
  for (const [name, schema] of objects(components["schemas"])) {
    yield* walkSchema(schema, ["components", "schemas", name], "schema");
  }
  for (const [name, parameter] of objects(components["parameters"])) {
    yield* walkParameter(parameter, ["components", "parameters", name]);
  }
  yield* headers(components["headers"], ["components", "headers"]);
  for (const [name, response] of objects(components["responses"])) {
    yield* walkMessage(response, ["components", "responses", name]);
  }
  for (const [name, body] of objects(components["requestBodies"])) {
    yield* walkMessage(body, ["components", "requestBodies", name]);
  }
}

function* walkOperation(operation: JsonObject, at: Path): Generator<DocumentNode> {
  yield node("operation", operation, at);
  yield* parameters(operation["parameters"], [...at, "parameters"]);
  if (isJsonObject(operation["requestBody"])) yield* walkMessage(operation["requestBody"], [...at, "requestBody"]);
  for (const [status, response] of objects(operation["responses"])) {
    yield* walkMessage(response, [...at, "responses", status]);
  }
}

/** A request body or a response. */
function* walkMessage(message: JsonObject, at: Path): Generator<DocumentNode> {
  yield* headers(message["headers"], [...at, "headers"]);
  for (const [type, media] of objects(message["content"])) {
    if (isJsonObject(media["schema"])) yield* walkSchema(media["schema"], [...at, "content", type, "schema"], "schema");
  }
}

function* parameters(list: JsonValue | undefined, at: Path): Generator<DocumentNode> {
  for (const [index, entry] of (Array.isArray(list) ? list : []).entries()) {
    if (isJsonObject(entry)) yield* walkParameter(entry, [...at, index]);
  }
}

function* walkParameter(parameter: JsonObject, at: Path): Generator<DocumentNode> {
  yield node("parameter", parameter, at);
  if (isJsonObject(parameter["schema"])) yield* walkSchema(parameter["schema"], [...at, "schema"], "schema");
}

function* headers(value: JsonValue | undefined, at: Path): Generator<DocumentNode> {
  for (const [name, header] of objects(value)) {
    yield node("header", header, [...at, name]);
    if (isJsonObject(header["schema"])) yield* walkSchema(header["schema"], [...at, name, "schema"], "schema");
  }
}

const schemaLists = ["allOf", "anyOf", "oneOf", "prefixItems"] as const;
const conditions = ["not", "if", "then", "else"] as const;
const schemaPlaces = ["items", "additionalProperties", "contains", "propertyNames"] as const;

/**
 * @param described - names of properties that a schema around this one describes already: in `allOf`, `anyOf` or a
 *   condition they are not described again, only narrowed
 */
function* walkSchema(
  schema: JsonObject,
  at: Path,
  kind: "schema" | "property",
  described: ReadonlySet<string> = new Set(),
): Generator<DocumentNode> {
  yield node(kind, schema, at);
  const properties = objects(schema["properties"]);
  for (const [name, property] of properties) {
    yield* walkSchema(property, [...at, "properties", name], described.has(name) ? "schema" : "property");
  }
  const known = new Set([...described, ...properties.map(([name]) => name)]);
  for (const keyword of schemaLists) {
    for (const [index, entry] of (Array.isArray(schema[keyword]) ? schema[keyword] : []).entries()) {
      if (isJsonObject(entry)) yield* walkSchema(entry, [...at, keyword, index], "schema", known);
    }
  }
  for (const keyword of conditions) {
    const inner = schema[keyword];
    if (isJsonObject(inner)) yield* walkSchema(inner, [...at, keyword], "schema", known);
  }
  for (const keyword of schemaPlaces) {
    const inner = schema[keyword];
    if (isJsonObject(inner)) yield* walkSchema(inner, [...at, keyword], "schema");
  }
}

function node(kind: DocumentNode["kind"], value: JsonObject, at: Path): DocumentNode {
  return { kind, pointer: formatPointer(at), value };
}

function objects(value: JsonValue | undefined): [string, JsonObject][] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, entry]): [string, JsonObject][] =>
    isJsonObject(entry) ? [[key, entry]] : [],
  );
}
