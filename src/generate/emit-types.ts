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
  const { default: openapiTypescript, astToString, oapiRef } = await import("openapi-typescript");
  try {
    // Without examples, which say nothing about types, and in which it would follow what looks like a reference.
    const described = mapDocument(document, { keepExamples: false, schema: toTypesDialect });
    const nodes = await openapiTypescript(
      structuredClone(described) as object as Parameters<typeof openapiTypescript>[0],
      {
        alphabetize: false,
        defaultNonNullable: false, // a default is what the server fills in: a caller may leave the member out
        emptyObjectsUnknown: true, // `type: object` alone allows any members
        silent: true,
      },
    );
    const recursive = nameRecursiveTypes(described, nodes as readonly SyntaxNode[], {
      print: (node) => astToString(node as (typeof nodes)[number]),
      nodeOf: (name) => oapiRef(`#/${name}`) as SyntaxNode,
    });
    return `${formatHeader(origin)}\n${astToString(nodes)}${recursive}`;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("SPEC_UNSUPPORTED", `${origin.source}: no types can be made of it: ${reason}`, { cause });
  }
}
