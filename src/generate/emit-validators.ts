import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { compileApart } from "./compile-apart.ts";
import { type Emission, formatHeader } from "./header.ts";
import type { Schema } from "./schema-keywords.ts";
import { typeName } from "./operation-id.ts";
import { referencedName, type SchemaSet } from "./schema-set.ts";
import { formatIndex, formatKey, indent } from "./source-text.ts";
import { writeText } from "./text-file.ts";

type ValidatorsEmission = Pick<Emission, "origin" | "typesFrom"> & {
  /** Where the files go. */
  readonly folder: string;
  /** Further schemas by name, validators of which `schemas.ts` asks for. */
  readonly asked: Readonly<Record<string, Schema>>;
};

/**
 * Writes ajv validators of JSON Schema 2020-12 for all components and bodies, as an ES module without `require`, and their types.
 * Formats are checked; what is referred to twice is written once.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` for a schema that ajv refuses, with its name
 */
export async function emitValidators(
  set: SchemaSet,
  { origin, typesFrom, folder, asked }: ValidatorsEmission,
): Promise<void> {
  const listed = listUses(set);
  const uses = [
    ...listed,
    ...Object.entries(asked).map(([name, schema]): Use => {
      return { table: "forSchemas", keys: [name], target: name, schema, type: "unknown" };
    }),
  ];
  const schemas = new Map<string, Schema>(Object.entries(set.definitions));
  for (const { target, schema } of uses) if (schema !== undefined) schemas.set(target, schema);
  const distinct = [...new Set(uses.map(({ target }) => target))];
  const targets = new Map(distinct.map((target, index) => [target, `is${index}`]));
  const code = join(folder, "validators.js.part"); // what they import is known last, and stands first
  const imports = await compileApart({ schemas, targets, path: code });
  const header = formatHeader(origin, ["Needs the packages ajv 8 and ajv-formats 3.", ...set.warnings]);
  const used = tableNames.filter((name) => name !== "forSchemas" || Object.keys(asked).length > 0);
  const tables = treeOf(uses, ({ target }) => targets.get(target) ?? "");
  const types = treeOf(uses, ({ type }) => `Validate<${type}>`);
  await writeText(join(folder, "validators.js"), async (write) => {
    write(`${header}\n${imports}`);
    for await (const piece of createReadStream(code, "utf8") as AsyncIterable<string>) write(piece);
    for (const name of used) write(`\nexport const ${name} = ${formatTree(tables[name], "", ",")};\n`);
  });
  await rm(code);
  await writeText(join(folder, "validators.d.ts"), (write) => {
    write(`${header}\n${typesHead(typesFrom, listed.length > Object.keys(set.definitions).length)}`);
    for (const name of used) {
      write(`\n${tableNotes[name]}\nexport declare const ${name}: ${formatTree(types[name], "readonly ", ";")};\n`);
    }
  });
}

const tableNames = ["components", "requestBodies", "responseBodies", "forSchemas"] as const;
const tableNotes = {
  components: "/** By the name of the component schema. */",
  requestBodies: "/** By operation id; operations without a request body are left out. */",
  responseBodies: "/** By operation id and status key; answers without a body are left out. */",
  forSchemas: "/** Of what `schemas.ts` cannot say in zod's terms, by the name that it has there. */",
};

/** One entry of the generated tables: which validator it is, and the type of what passes. */
type Use = {
  readonly table: (typeof tableNames)[number];
  readonly keys: readonly string[];
  readonly target: string; // a definition, or a body of its own
  readonly schema: Schema | undefined; // of a body that is no mere reference
  readonly type: string;
};

function listUses({ definitions, operations, webhooks }: SchemaSet): Use[] {
  const components = Object.keys(definitions).map((name): Use => {
    const type = `components${formatIndex(["schemas", name])}`;
    return { table: "components", keys: [name], target: name, schema: undefined, type };
  });
  const bodies = [...operations, ...webhooks].flatMap(({ operation: { id }, requestBody, responseBodies }): Use[] => {
    const request = requestBody && {
      ...targetOf(requestBody.schema, `${id} body`),
      table: "requestBodies" as const,
      keys: [id],
      type: `NonNullable<operations${formatIndex([typeName(id), "requestBody"])}>${formatIndex(["content", requestBody.contentType])}`,
    };
    const responses = Object.entries(responseBodies).map(([status, { schema, contentType }]) => ({
      ...targetOf(schema, `${id} ${status}`),
      table: "responseBodies" as const,
      keys: [id, status],
      type: `operations${formatIndex([typeName(id), "responses", status, "content", contentType])}`,
    }));
    return [...(request ? [request] : []), ...responses];
  });
  return [...components, ...bodies];
}

function targetOf(schema: Schema, label: string): { target: string; schema: Schema | undefined } {
  const name = referencedName(schema);
  return name === undefined ? { target: label, schema } : { target: name, schema: undefined };
}

/** Names lead to a leaf, or to more names: of statuses, in an operation. */
type Tree = { readonly [name: string]: string | Tree };

function treeOf(uses: readonly Use[], leafOf: (use: Use) => string): Record<Use["table"], Tree> {
  const tables = new Map<string, Map<string, string | Map<string, string>>>(
    tableNames.map((name) => [name, new Map()]),
  );
  for (const use of uses) {
    const table = tables.get(use.table);
    const [name = "", status] = use.keys;
    const inner = table?.get(name);
    if (status === undefined) table?.set(name, leafOf(use));
    else if (inner instanceof Map) inner.set(status, leafOf(use));
    else table?.set(name, new Map([[status, leafOf(use)]]));
  }
  const plain = (entry: string | Map<string, string>) => (entry instanceof Map ? Object.fromEntries(entry) : entry);
  const trees = [...tables].map(
    ([name, table]) => [name, Object.fromEntries([...table].map(([key, entry]) => [key, plain(entry)]))] as const,
  );
  return Object.fromEntries(trees) as Record<Use["table"], Tree>;
}

function formatTree(tree: Tree, prefix: string, end: string): string {
  const lines = Object.entries(tree).map(([name, entry]) => {
    const value = typeof entry === "string" ? entry : indent(formatTree(entry, prefix, end), 2);
    return `  ${prefix}${formatKey(name)}: ${value}${end}\n`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}}`;
}

function typesHead(typesFrom: string, hasBodies: boolean): string {
  return `import type { ErrorObject } from "ajv";
import type { ${hasBodies ? "components, operations" : "components"} } from ${JSON.stringify(typesFrom)};

/** Says whether a value fits; if not, \`errors\` holds every reason until the next call. */
export type Validate<T = unknown> = {
  (data: unknown): data is T;
  readonly errors?: readonly ErrorObject[] | null;
};
`;
}
