import { ContractError } from "../contract/contract-error.ts";
import { listOperations, type OperationModel } from "./contract-model.ts";
import { isJsonObject, parsePointer, valueAt, type JsonObject, type JsonValue } from "./json.ts";
import { isSchema, mapSubschemas, type Schema } from "./schema-keywords.ts";

/** The schemas of a document, cut loose from it: every `$ref` in them is `#/$defs/<name>`, and `definitions` has it. */
export type SchemaSet = {
  /** Every component schema by its name, then every other place that some `$ref` points to. */
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly componentNames: readonly string[];
  readonly operations: readonly OperationModel[];
};

/**
 * Collects the component schemas and those of all operations.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` for schemas with dynamic references or another dialect
 */
export function collectSchemas(document: JsonObject): SchemaSet {
  assertDialect(document["jsonSchemaDialect"]);
  const components = isJsonObject(document["components"]) ? document["components"]["schemas"] : undefined;
  const componentNames = isJsonObject(components) ? Object.keys(components) : [];
  const rewriter = createRewriter(document, componentNames);
  for (const name of componentNames) rewriter.define(name, ["components", "schemas", name]);
  const operations = listOperations(document).map((model) => rewriteModel(model, rewriter.rewrite));
  return { definitions: rewriter.definitions, componentNames, operations };
}

/** The name of the definition that a schema stands for, when it is a reference and nothing else. */
export function referencedName(schema: Schema): string | undefined {
  if (typeof schema === "boolean" || typeof schema["$ref"] !== "string" || Object.keys(schema).length > 1) return;
  return definitionName(schema["$ref"]);
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

function createRewriter(document: JsonObject, componentNames: readonly string[]) {
  const definitions: Record<string, Schema> = {};
  const nameByPointer = new Map(componentNames.map((name) => [`components/schemas/${name}`, name]));

  /** A component keeps its name; another place gets one from its pointer: `Sandbox_properties_status`. */
  function nameOf(ref: string): string {
    const steps = parsePointer(ref);
    const key = steps.join("/");
    const known = nameByPointer.get(key);
    if (known !== undefined) return known;
    const stem = steps
      .join("_")
      .replace(/^components_schemas_/, "")
      .replaceAll(/[^A-Za-z0-9._-]+/g, "_");
    let name = stem;
    for (let count = 2; [...nameByPointer.values()].includes(name); count += 1) name = `${stem}-${count}`;
    nameByPointer.set(key, name);
    define(name, steps);
    return name;
  }

  function define(name: string, steps: readonly string[]): void {
    const schema = valueAt(document, steps);
    if (!isSchema(schema)) throw unsupported(`#/${steps.join("/")}`, "a $ref in a schema has to lead to a schema");
    definitions[name] = true; // holds its place in the order, before what it refers to
    definitions[name] = rewrite(schema);
  }

  function rewrite(schema: Schema): Schema {
    if (typeof schema === "boolean") return schema;
    assertStaticReferences(schema);
    const { $ref } = schema;
    const own: JsonObject = typeof $ref === "string" ? { ...schema, $ref: `#/$defs/${nameOf($ref)}` } : { ...schema };
    delete own["$defs"]; // what they hold is defined where a $ref names it
    return mapSubschemas(own, rewrite);
  }

  return { definitions, define, rewrite };
}

function rewriteModel(model: OperationModel, rewrite: (schema: Schema) => Schema): OperationModel {
  const { operation, parameters, requestBody, responseBodies } = model;
  const bodies = Object.entries(responseBodies);
  return {
    operation,
    parameters: parameters.map((parameter) => ({ ...parameter, schema: rewrite(parameter.schema) })),
    requestBody: requestBody && { ...requestBody, schema: rewrite(requestBody.schema) },
    responseBodies: Object.fromEntries(
      bodies.map(([status, body]) => [status, { ...body, schema: rewrite(body.schema) }]),
    ),
  };
}

function assertStaticReferences(schema: JsonObject): void {
  for (const keyword of ["$dynamicRef", "$dynamicAnchor", "$recursiveRef"]) {
    if (keyword in schema) throw unsupported(`"${keyword}"`, "dynamic references are not supported: use $ref");
  }
  const { $ref } = schema;
  if (typeof $ref === "string" && !/^#(\/|$)/.test($ref)) {
    throw unsupported(`"$ref": "${$ref}"`, "only references by JSON pointer are supported: name the schema's place");
  }
}

function assertDialect(dialect: JsonValue | undefined): void {
  if (
    dialect === undefined ||
    /json-schema\.org\/draft\/2020-12|spec\.openapis\.org\/oas/.test(JSON.stringify(dialect))
  )
    return;
  throw unsupported("/jsonSchemaDialect", `${JSON.stringify(dialect)} is not JSON Schema 2020-12`);
}

function unsupported(where: string, message: string): ContractError {
  return new ContractError("SPEC_UNSUPPORTED", `${where}: ${message}`);
}
