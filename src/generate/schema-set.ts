import { ContractError } from "../contract/contract-error.ts";
import { listOperations, type OperationModel } from "./contract-model.ts";
import { canonicalSchema } from "./canonical-schema.ts";
import { formatPointer, parsePointer } from "../contract/json-pointer.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { isAnnotation, mapSubschemas, type Schema, visitSubschemas } from "./schema-keywords.ts";

/**
 * The schemas of a document, cut loose from it: canonical, and every `$ref` in them is `#/$defs/<name>`, and `definitions` has it.
 */
export type SchemaSet = {
  /** Every component schema by its name. */
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly operations: readonly OperationModel[];
  /** The operations that a server calls; the path of each is the name of its webhook. */
  readonly webhooks: readonly OperationModel[];
  /** Constraints that were left out, for people. */
  readonly warnings: readonly string[];
};

/**
 * Collects the component schemas and those of all operations, of a document in which each `$ref` leads to a component.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` for schemas of another dialect
 */
export function collectSchemas(document: JsonObject): SchemaSet {
  assertDialect(document["jsonSchemaDialect"]);
  const warnings: string[] = [];
  const toDefinition = (schema: Schema, label: string): Schema => {
    return withDefinitionReferences(canonicalSchema(schema, (warning) => warnings.push(`${label}: ${warning}`)));
  };
  const components = isJsonObject(document["components"]) ? document["components"]["schemas"] : undefined;
  const schemas = (isJsonObject(components) ? components : {}) as Record<string, Schema>;
  const convert = (model: OperationModel) => withDefinitions(model, toDefinition);
  const definitions = Object.entries(schemas).map(([name, schema]) => [name, toDefinition(schema, name)] as const);
  const operations = listOperations(document, "paths").map(convert);
  const webhooks = listOperations(document, "webhooks").map(convert);
  return { definitions: Object.fromEntries(definitions), operations, webhooks, warnings };
}

/** The name of the definition that a schema stands for, when it is a reference that adds no constraint. */
export function referencedName(schema: Schema): string | undefined {
  if (typeof schema === "boolean" || typeof schema["$ref"] !== "string") return undefined;
  const constraints = Object.keys(schema).filter((keyword) => keyword !== "$ref" && !isAnnotation(keyword));
  return constraints.length === 0 ? definitionName(schema["$ref"]) : undefined;
}

/** The `$ref` that leads to a definition of a {@link SchemaSet}; the inverse of {@link definitionName}. */
export function referenceTo(name: string): string {
  return `#/$defs${formatPointer([name])}`;
}

/** The name in a `$ref` of a {@link SchemaSet}. */
export function definitionName(ref: string): string {
  return ref.slice("#/$defs/".length).replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The definitions that a schema needs, directly or through others, in the order of `definitions`. */
export function reachableDefinitions(schema: Schema, definitions: SchemaSet["definitions"]): string[] {
  const found = new Set(referencesOf(schema));
  for (const name of found) for (const next of referencesOf(definitions[name] ?? true)) found.add(next);
  const order = orderOf(definitions);
  return [...found].filter((name) => order.has(name)).sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
}

const knownOrders = new WeakMap<SchemaSet["definitions"], ReadonlyMap<string, number>>();

function orderOf(definitions: SchemaSet["definitions"]): ReadonlyMap<string, number> {
  const order = knownOrders.get(definitions) ?? new Map(Object.keys(definitions).map((name, index) => [name, index]));
  knownOrders.set(definitions, order);
  return order;
}

const knownReferences = new WeakMap<JsonObject, readonly string[]>();

/** The definitions that a schema refers to itself. */
export function referencesOf(schema: Schema): readonly string[] {
  if (typeof schema === "boolean") return [];
  const known = knownReferences.get(schema);
  if (known !== undefined) return known;
  const found = new Set<string>();
  const visit = (inner: Schema): void => {
    if (typeof inner === "boolean") return;
    if (typeof inner["$ref"] === "string") found.add(definitionName(inner["$ref"]));
    visitSubschemas(inner, visit);
  };
  visit(schema);
  knownReferences.set(schema, [...found]);
  return [...found];
}

/** Points to definitions instead of components. */
function withDefinitionReferences(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const { $ref } = schema;
  const own = typeof $ref === "string" ? { ...schema, $ref: referenceTo(parsePointer($ref).at(-1) ?? "") } : schema;
  return mapSubschemas(own, withDefinitionReferences);
}

function withDefinitions(
  model: OperationModel,
  toDefinition: (schema: Schema, label: string) => Schema,
): OperationModel {
  const { operation, parameters, requestBody, responseBodies } = model;
  const label = (part: string) => `${operation.id} ${part}`;
  const responses = Object.entries(responseBodies).map(
    ([status, body]) => [status, { ...body, schema: toDefinition(body.schema, label(status)) }] as const,
  );
  return {
    operation,
    parameters: parameters.map((one) => ({ ...one, schema: toDefinition(one.schema, label(one.name)) })),
    requestBody: requestBody && { ...requestBody, schema: toDefinition(requestBody.schema, label("body")) },
    responseBodies: Object.fromEntries(responses),
  };
}

function assertDialect(dialect: JsonValue | undefined): void {
  const text = JSON.stringify(dialect ?? "https://spec.openapis.org/oas/3.1/dialect/base");
  if (/json-schema\.org\/draft\/2020-12|spec\.openapis\.org\/oas/.test(text)) return;
  const message = `/jsonSchemaDialect: ${text} is not supported: schemas have to be JSON Schema 2020-12`;
  throw new ContractError("SPEC_UNSUPPORTED", message);
}
