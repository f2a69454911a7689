import { formatHeader, type Origin } from "./header.ts";
import type { OperationModel, ParameterModel } from "./contract-model.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Schema } from "./schema-keywords.ts";
import { reachableDefinitions, referencedName, type SchemaSet } from "./schema-set.ts";
import { formatIndex, formatKey, formatLiteral, indent } from "./source-text.ts";
import { toZodDialect } from "./zod-dialect.ts";

export type EmittedSchemas = { readonly text: string; readonly warnings: readonly string[] };

/**
 * Writes zod schemas for all components, bodies, and parameters of path and query. They are converted on first use, so
 * that importing the file costs next to nothing.
 *
 * @param typesFrom - the module that has the types: `./types.ts`
 */
export function emitSchemas(set: SchemaSet, origin: Origin, typesFrom: string): EmittedSchemas {
  const warnings: string[] = [];
  const definitions = { ...set.definitions };
  const operations = set.operations.map((model) => emitOperation(model, definitions));
  const entries = Object.entries(definitions).map(([name, schema]) => {
    const needs = reachableDefinitions(schema, definitions);
    return [name, toZodDialect(schema, name, (warning) => warnings.push(warning)), needs] as const;
  });
  const components = Object.keys(set.definitions).map((name) => {
    const type = `components["schemas"][${JSON.stringify(name)}]`;
    return `  get ${formatKey(name)}() {\n    return schema<${type}>(${JSON.stringify(name)});\n  },\n`;
  });
  const text = [
    formatHeader(origin, ["Needs the package zod, 4.6 or newer.", ...warnings]),
    runtimeOf(typesFrom, operations.join("")),
    `/** The schemas of the document's components, by name. */\nexport const schemas = {\n${components.join("")}};\n`,
    `/** The schemas of what each operation takes and answers, by operation id. */`,
    `export const operationSchemas = {\n${operations.join("")}} satisfies Record<string, OperationSchemas>;\n`,
    `const definitions: Readonly<Record<string, Definition>> = {\n${entries.map(formatDefinition).join("")}};\n`,
  ];
  return { text: text.join("\n"), warnings };
}

function formatDefinition([name, schema, needs]: readonly [string, Schema, readonly string[]]): string {
  const literal = indent(formatLiteral(schema), 4);
  return `  ${formatKey(name)}: {\n    schema: ${literal},\n    needs: ${JSON.stringify(needs)},\n  },\n`;
}

/** Adds the operation's own schemas to `definitions`, under names that no `$ref` can have. */
function emitOperation(model: OperationModel, definitions: Record<string, Schema>): string {
  const { id } = model.operation;
  const operationType = `operations${formatIndex([id])}`;
  const reference = (schema: Schema, label: string, type: string): string => {
    const known = referencedName(schema);
    const name = known ?? `${id} ${label}`;
    if (known === undefined) definitions[name] = schema;
    return `schema<${type}>(${JSON.stringify(name)})`;
  };
  const getter = (name: string, expression: string) => `get ${formatKey(name)}() {\n  return ${expression};\n},\n`;

  const parameters = (["path", "query"] as const).flatMap((place) => {
    const inPlace = model.parameters.filter((parameter) => parameter.in === place);
    if (inPlace.length === 0) return [];
    const type = `NonNullable<${operationType}["parameters"]["${place}"]>`;
    const expression = reference(objectOf(inPlace), place, type);
    const encodings = encodingsOf(inPlace, definitions);
    return [getter(place, encodings === undefined ? expression : `decoded(${expression}, ${encodings})`)];
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

/** How a parameter's text becomes the value that its schema describes, where that is not the text itself. */
type Encoding = "number" | "boolean" | "json" | { readonly list: Encoding | "text"; readonly separator?: string };

function encodingsOf(parameters: readonly ParameterModel[], definitions: SchemaSet["definitions"]): string | undefined {
  const encodings = parameters.flatMap(({ name, schema, commaSeparated, json }): [string, Encoding][] => {
    const encoding = json ? "json" : encodingOf(schema, definitions, commaSeparated);
    return encoding === "text" ? [] : [[name, encoding]];
  });
  return encodings.length === 0 ? undefined : JSON.stringify(Object.fromEntries(encodings));
}

function encodingOf(schema: Schema, definitions: SchemaSet["definitions"], commaSeparated = false): Encoding | "text" {
  const types = typesOf(schema, definitions, 8);
  if (types.includes("string")) return "text";
  if (types.includes("number") || types.includes("integer")) return "number";
  if (types.includes("boolean")) return "boolean";
  if (!types.includes("array")) return "text";
  const items = typeof schema === "object" ? (schema["items"] as Schema | undefined) : undefined;
  const list = encodingOf(items ?? true, definitions);
  return commaSeparated ? { list, separator: "," } : { list };
}

/** The types a value can have, through references and compositions down to `depth`. */
function typesOf(schema: Schema, definitions: SchemaSet["definitions"], depth: number): string[] {
  if (typeof schema === "boolean" || depth === 0) return [];
  const name = referencedName(schema);
  if (name !== undefined) return typesOf(definitions[name] ?? true, definitions, depth - 1);
  const inner = ["allOf", "anyOf", "oneOf"].flatMap((keyword) => (schema[keyword] ?? []) as Schema[]);
  return [schema["type"] ?? []]
    .flat()
    .map(String)
    .concat(inner.flatMap((one) => typesOf(one, definitions, depth - 1)));
}

function runtimeOf(typesFrom: string, operations: string): string {
  const uses = ["components", ...(operations.includes("operations[") ? ["operations"] : [])];
  return `import { z } from "zod";
import type { ${uses.join(", ")} } from ${JSON.stringify(typesFrom)};

/** What one operation takes and answers; \`responses\` by status key. */
export type OperationSchemas = {
  readonly path?: z.ZodType; // reads the texts that a URL has: "5" is a number where the document says so
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly bodyRequired: boolean;
  readonly responses: Readonly<Record<string, z.ZodType>>;
};

/** A JSON Schema, and the names of the definitions that its references lead to. */
type Definition = { readonly schema: unknown; readonly needs: readonly string[] };
type JsonSchema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;

const converted = new Map<string, z.ZodType>();
const registry = z.registry();

/** Converts a definition when it is asked for the first time, and compiles it, which makes reading a value twice as fast. */
function schema<T>(name: string): z.ZodType<T> {
  let result = converted.get(name);
  if (result === undefined) {
    const { schema: root, needs } = definitions[name] as Definition;
    const $defs = Object.fromEntries(needs.map((need) => [need, definitions[need]?.schema]));
    const document = typeof root === "boolean" ? root : ({ ...(root as object), $defs } as JsonSchema);
    result = z.compile(z.fromJSONSchema(document, { registry }));
    converted.set(name, result);
  }
  return result as z.ZodType<T>;
}
${operations.includes("decoded(") ? decoderText : ""}`;
}

const decoderText = `
type Encoding = "text" | "number" | "boolean" | "json" | { readonly list: Encoding; readonly separator?: string };

/** Reads the texts of a URL as the values that the schema describes; a text that is none stays, for the schema to refuse. */
function decoded<T>(inner: z.ZodType<T>, encodings: Readonly<Record<string, Encoding>>): z.ZodType<T> {
  return z.preprocess((value) => {
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, decode(text, encodings[name] ?? "text")]));
  }, inner) as unknown as z.ZodType<T>;
}

function decode(value: unknown, encoding: Encoding): unknown {
  if (typeof encoding === "object") {
    const { list, separator } = encoding;
    const entries = Array.isArray(value) ? value : typeof value === "string" && separator ? value.split(separator) : [value];
    return value === undefined ? value : entries.map((entry) => decode(entry, list));
  }
  if (typeof value !== "string") return value;
  if (encoding === "number") return /^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$/.test(value) ? Number(value) : value;
  if (encoding === "boolean") return value === "true" ? true : value === "false" ? false : value;
  if (encoding === "json") return parsed(value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
`;
