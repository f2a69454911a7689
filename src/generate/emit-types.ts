import { ContractError } from "../contract/contract-error.ts";
import { type Emission, formatHeader } from "./header.ts";
import { mapDocument } from "./map-document.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { createRecursiveTypes, type SyntaxNode } from "./recursive-types.ts";
import { toTypesDialect } from "./types-dialect.ts";

/**
 * Writes the types of a document: `paths`, `components` and `operations`, in document order.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` when openapi-typescript cannot express the document
 */
export async function emitTypes(document: JsonObject, { origin, write }: Omit<Emission, "typesFrom">): Promise<void> {
  const { astToString, oapiRef, resolveRef, stringToAST, transformSchema } = await import("openapi-typescript");
  try {
    const described = mapDocument(document, { keepExamples: false, keepExtensions: false, schema: toTypesDialect });
    const source = described as object as Parameters<typeof transformSchema>[0];
    const options = {
      alphabetize: false,
      defaultNonNullable: false, // a default is what the server fills in: a caller may leave the member out
      emptyObjectsUnknown: true, // `type: object` alone allows any members
      silent: true,
    };
    const injectFooter: SyntaxNode[] = []; // helpers that any part may ask for
    const context = {
      ...options,
      ...unusedOptions,
      discriminators: { objects: {}, refsHandled: [] }, // the dialect has none
      injectFooter,
      resolve: ($ref: string) => resolveRef(source, $ref, { silent: true }),
    } as object as Parameters<typeof transformSchema>[1];
    // Past the function that the package exports by default: it would check and bundle what was checked and bundled before, in half of the
    // time, and follow what looks like a reference in an example or an extension.
    const transform = (part: object) => transformSchema(part as typeof source, context) as readonly SyntaxNode[];
    const print = (nodes: readonly SyntaxNode[]) => astToString(nodes as Parameters<typeof astToString>[0]);
    const recursive = createRecursiveTypes(described, {
      print: (node) => print([node]),
      nodeOf: (name) => oapiRef(`#/${name}`) as SyntaxNode,
    });
    const { rest, batches } = inBatches(described);
    const nodes = transform(rest);
    const mended = (all: readonly SyntaxNode[]) =>
      all.flatMap((node) =>
        node.name?.text === "WithRequired" ? (stringToAST(withRequired) as SyntaxNode[]) : [node],
      );
    const [before = "", after = ""] = print(mended(nodes)).split(placeLine);
    write(`${formatHeader(origin)}\n${before}`);
    const aliases: string[] = [];
    for (const schemas of batches) {
      const components = transform({ components: { schemas } }).find(({ name }) => name?.text === "components");
      aliases.push(recursive.declare(components?.members?.[0]?.type?.members ?? []));
      write(membersIn(print(components === undefined ? [] : [components])));
    }
    write(after + print(mended(injectFooter.filter((node) => !nodes.includes(node)))));
    for (const alias of aliases) write(alias);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("SPEC_UNSUPPORTED", `${origin.source}: no types can be made of it: ${reason}`, { cause });
  }
}

/** A syntax tree takes many times the memory of its text, and is dropped once it is printed. */
const schemasPerBatch = 1_000;

/** What stands for all component schemas in the text of the rest. */
const placeName = "the component schemas";
const placeLine = `        "${placeName}": unknown;\n`;

function inBatches(document: JsonObject): { rest: JsonObject; batches: readonly JsonObject[] } {
  const components = isJsonObject(document["components"]) ? document["components"] : {};
  const entries = Object.entries(isJsonObject(components["schemas"]) ? components["schemas"] : {});
  if (entries.length === 0) return { rest: document, batches: [] };
  const batches: JsonObject[] = [];
  for (let at = 0; at < entries.length; at += schemasPerBatch) {
    batches.push(Object.fromEntries(entries.slice(at, at + schemasPerBatch)));
  }
  return { rest: { ...document, components: { ...components, schemas: { [placeName]: {} } } }, batches };
}

/** The lines of the schemas in the text of `components`, which has no other section. */
function membersIn(text: string): string {
  const head = "    schemas: {\n";
  return text.slice(text.indexOf(head) + head.length, text.lastIndexOf("    };\n    responses: never;"));
}

/** openapi-typescript's helper for `required` beside `allOf`, for parts too that are unions, as a nullable one is: that one finds no names in these. */
const withRequired =
  "type WithRequired<T, K extends PropertyKey> = T extends object ? T & Required<Pick<T, K & keyof T>> : T;";

/** The rest of what openapi-typescript asks for, as its own defaults have it. */
const unusedOptions = {
  additionalProperties: false,
  arrayLength: false,
  conditionalEnums: false,
  dedupeEnums: false,
  enum: false,
  enumValues: false,
  excludeDeprecated: false,
  exportType: false,
  generatePathParams: false,
  immutable: false,
  makePathsEnum: false,
  pathParamsAsTypes: false,
  propertiesRequiredByDefault: false,
  readWriteMarkers: false,
  rootTypes: false,
  rootTypesKeepCasing: false,
  rootTypesNoSchemaPrefix: false,
};
