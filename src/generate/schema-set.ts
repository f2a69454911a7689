import { ContractError } from "../contract/contract-error.ts";
import { listOperations, type OperationModel } from "./contract-model.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";
import { isAnnotation, mapSubschemas, type Schema } from "./schema-keywords.ts";

/** The schemas of a document, cut loose from it: every `$ref` in them is `#/$defs/<name>`, and `definitions` has it. */
export type SchemaSet = {
  /** Every component schema by its name. */
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly operations: readonly OperationModel[];
};

/**
 * Collects the component schemas and those of all operations, of a document in which each `$ref` leads to a component.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` for schemas of another dialect
 */
export function collectSchemas(document: JsonObject): SchemaSet {
  assertDialect(document["jsonSchemaDialect"]);
  const components = isJsonObject(document["components"]) ? document["components"]["schemas"] : undefined;
  const schemas = (isJsonObject(components) ? components : {}) as Record<string, Schema>;
  return {
    definitions: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, toDefinition(schema)])),
    operations: listOperations(document).map(withDefinitions),
  };
}

/** The name of the definition that a schema stands for, when it is a reference that adds no constraint. */
export function referencedName(schema: Schema): string | undefined {
  if (typeof schema === "boolean" || typeof schema["$ref"] !== "string") return undefined;
  const constraints = Object.keys(schema).filter((keyword) => keyword !== "$ref" && !isAnnotation(keyword));
  return constraints.length === 0 ? definitionName(schema["$ref"]) : undefined;
}

/** The name in a `$ref` of a {@link SchemaSet}. */
export function definitionName(ref: string): string {
  return ref.slice("#/$defs/".length);
}

/** The definitions that a schema needs, directly or through others, in the order of `definitions`. */
export function reachableDefinitions(schema: Schema, definitions: SchemaSet["definitions"]): string[] {
  const found = new Set<string>();
  const visit = (inner: Schema): Schema => {
    if (typeof inner === "boolean") return inner;
    const name = typeof inner["$ref"] === "string" ? definitionName(inner["$ref"]) : undefined;
    if (name !== undefined && !found.has(name)) {
      found.add(name);
      visit(definitions[name] ?? true);
    }
    mapSubschemas(inner, visit);
    return inner;
  };
  visit(schema);
  return Object.keys(definitions).filter((name) => found.has(name));
}

/** Points to definitions instead of components, and leaves out local `$defs`, which nothing refers to. */
function toDefinition(schema: Schema): Schema {
  if (typeof schema === "boolean") return schema;
  const { $ref } = schema;
  const own = { ...schema };
  if (typeof $ref === "string") own["$ref"] = $ref.replace("#/components/schemas/", "#/$defs/");
  delete own["$defs"];
  return mapSubschemas(own, toDefinition);
}

function withDefinitions({ operation, parameters, requestBody, responseBodies }: OperationModel): OperationModel {
  const responses = Object.entries(responseBodies).map(
    ([status, body]) => [status, { ...body, schema: toDefinition(body.schema) }] as const,
  );
  return {
    operation,
    parameters: parameters.map((parameter) => ({ ...parameter, schema: toDefinition(parameter.schema) })),
    requestBody: requestBody && { ...requestBody, schema: toDefinition(requestBody.schema) },
    responseBodies: Object.fromEntries(responses),
  };
}

function assertDialect(dialect: JsonValue | undefined): void {
  const text = JSON.stringify(dialect ?? "https://spec.openapis.org/oas/3.1/dialect/base");
  if (/json-schema\.org\/draft\/2020-12|spec\.openapis\.org\/oas/.test(text)) return;
  const message = `/jsonSchemaDialect: ${text} is not supported: schemas have to be JSON Schema 2020-12`;
  throw new ContractError("SPEC_UNSUPPORTED", message);
}
