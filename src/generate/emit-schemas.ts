import { type Emission, formatHeader } from "./header.ts";
import type { OperationModel, ParameterModel } from "./contract-model.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { typeName } from "./operation-id.ts";
import { encodingsOf } from "./parameter-encodings.ts";
import type { Schema } from "./schema-keywords.ts";
import { reachableDefinitions, referencedName, type SchemaSet } from "./schema-set.ts";
import { formatRuntime } from "./schemas-runtime.ts";
import { formatIndex, formatKey, formatLine, formatLiteral, indent } from "./source-text.ts";
import { readForZod } from "./zod-definitions.ts";

/**
 * Writes zod schemas for all components, bodies, and parameters of path and query. They are converted on first use, so
 * that importing the file costs next to nothing.
 *
 * @param typesFrom - the module that has the types: `./types.ts`
 * @returns what zod cannot express, by the name that it has in the text: the validators have to be there
 */
export function emitSchemas(set: SchemaSet, { origin, typesFrom, write }: Emission): Readonly<Record<string, Schema>> {
  const added = new Map<string, Schema>();
  const operations = [...set.operations, ...set.webhooks].map((model) => emitOperation(model, set.definitions, added));
  const all = Object.fromEntries([...Object.entries(set.definitions), ...added]);
  const { definitions, inexact } = readForZod(all);
  const body = operations.join("");
  const checks = inexact.length > 0;
  const packages = checks ? "packages zod, 4.6 or newer, and those of `validators.js`" : "package zod, 4.6 or newer";
  const uses = ["components", ...(body.includes("operations[") ? ["operations"] : [])];
  write(`${formatHeader(origin, [`Needs the ${packages}.`, ...set.warnings])}\n`);
  write(`${formatRuntime({ typesFrom, uses, decodes: body.includes("decoded("), checks })}\n`);
  write("/** The schemas of the document's components, by name. */\nexport const schemas = {\n");
  for (const name of Object.keys(set.definitions)) {
    const type = `components["schemas"][${JSON.stringify(name)}]`;
    write(`  get ${formatKey(name)}() {\n    return schema<${type}>(${JSON.stringify(name)});\n  },\n`);
  }
  write("};\n\n/** The schemas of what each operation takes and answers, by operation id. */\n");
  write(`export const operationSchemas = {\n${body}} satisfies Record<string, OperationSchemas>;\n\n`);
  write("const definitions: Readonly<Record<string, Definition>> = {\n");
  for (const [name, schema] of Object.entries(definitions)) {
    write(formatDefinition(name, schema, reachableDefinitions(schema, definitions)));
  }
  write("};\n");
  return Object.fromEntries(inexact.map((name) => [name, all[name] ?? true]));
}

function formatDefinition(name: string, schema: Schema, needs: readonly string[]): string {
  const literal = indent(formatLiteral(schema), 4);
  return `  ${formatKey(name)}: {\n    schema: ${literal},\n    needs: ${JSON.stringify(needs)},\n  },\n`;
}

/** Adds the operation's own schemas to `added`, under names that no `$ref` has. */
function emitOperation(
  model: OperationModel,
  definitions: SchemaSet["definitions"],
  added: Map<string, Schema>,
): string {
  const { id } = model.operation;
  const operationType = `operations${formatIndex([typeName(id)])}`;
  const reference = (schema: Schema, label: string, type: string): string => {
    const known = referencedName(schema);
    const name = known ?? `${id} ${label}`;
    if (known === undefined) added.set(name, schema);
    return `schema<${type}>(${JSON.stringify(name)})`;
  };
  const getter = (name: string, expression: string) => `get ${formatKey(name)}() {\n  return ${expression};\n},\n`;

  const parameters = (["path", "query"] as const).flatMap((place) => {
    const inPlace = model.parameters.filter((parameter) => parameter.in === place);
    if (inPlace.length === 0) return [];
    const type = `NonNullable<${operationType}["parameters"]["${place}"]>`;
    const expression = reference(objectOf(inPlace), place, type);
    const encodings = encodingsOf(inPlace, definitions);
    return [getter(place, encodings === undefined ? expression : `decoded(${expression}, ${formatLine(encodings)})`)];
  });
  const body = model.requestBody && [
    getter(
      "body",
      reference(
        model.requestBody.schema,
        "body",
        `NonNullable<${operationType}["requestBody"]>${formatIndex(["content", model.requestBody.contentType])}`,
      ),
    ),
  ];
  const responses = Object.entries(model.responseBodies).map(([status, { contentType, schema }]) =>
    getter(
      status,
      reference(schema, status, operationType + formatIndex(["responses", status, "content", contentType])),
    ),
  );
  const members = [
    ...parameters,
    ...(body ?? []),
    `bodyRequired: ${model.operation.requestBodyRequired},\n`,
    responses.length === 0 ? "responses: {},\n" : `responses: {\n  ${indent(responses.join(""), 2)}},\n`,
  ];
  return `  ${formatKey(id)}: {\n    ${indent(members.join(""), 4)}  },\n`;
}

function objectOf(parameters: readonly ParameterModel[]): JsonObject {
  return {
    type: "object",
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema as JsonValue])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
  };
}
