import { ContractError } from "../contract/contract-error.ts";
import { formatHeader, type Origin } from "./header.ts";
import { mapDocument } from "./map-document.ts";
import type { JsonObject } from "./json.ts";
import { nameRecursiveTypes, type SyntaxNode } from "./recursive-types.ts";
import { toTypesDialect } from "./types-dialect.ts";

/**
 * Writes the types of a document: `paths`, `components` and `operations`, in document order.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` when openapi-typescript cannot express the document
 */
export async function emitTypes(document: JsonObject, origin: Origin): Promise<string> {
  const { astToString, oapiRef, resolveRef, scanDiscriminators, stringToAST, transformSchema } =
    await import("openapi-typescript");
  try {
    const described = mapDocument(document, { keepExamples: false, keepExtensions: false, schema: toTypesDialect });
    const source = described as object as Parameters<typeof transformSchema>[0];
    const options = {
      alphabetize: false,
      defaultNonNullable: false, // a default is what the server fills in: a caller may leave the member out
      emptyObjectsUnknown: true, // `type: object` alone allows any members
      silent: true,
    };
    // Past the function that the package exports by default: it would check and bundle what was checked and bundled before, in half of the
    // time, and follow what looks like a reference in an example or an extension.
    const nodes = transformSchema(source, {
      ...options,
      ...unusedOptions,
      discriminators: scanDiscriminators(source, options),
      injectFooter: [],
      resolve: ($ref: string) => resolveRef(source, $ref, { silent: true }),
    } as object as Parameters<typeof transformSchema>[1]);
    const recursive = nameRecursiveTypes(described, nodes as readonly SyntaxNode[], {
      print: (node) => astToString(node as (typeof nodes)[number]),
      nodeOf: (name) => oapiRef(`#/${name}`) as SyntaxNode,
    });
    const isHelper = (node: SyntaxNode) => node.name?.text === "WithRequired";
    const mended = nodes.flatMap((node) => {
      return isHelper(node as SyntaxNode) ? (stringToAST(withRequired) as typeof nodes) : [node];
    });
    return `${formatHeader(origin)}\n${astToString(mended)}${recursive}`;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("SPEC_UNSUPPORTED", `${origin.source}: no types can be made of it: ${reason}`, { cause });
  }
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
