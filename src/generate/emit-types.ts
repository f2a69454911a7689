import { ContractError } from "../contract/contract-error.ts";
import { formatHeader, type Origin } from "./header.ts";
import type { JsonObject } from "./json.ts";

/**
 * Writes the types of a document: `paths`, `components` and `operations`, in document order.
 *
 * @throws {@link ContractError} `SPEC_UNSUPPORTED` when openapi-typescript cannot express the document
 */
export async function emitTypes(document: JsonObject, origin: Origin): Promise<string> {
  const { default: openapiTypescript, astToString } = await import("openapi-typescript");
  try {
    // A copy: it writes into what it reads.
    const nodes = await openapiTypescript(
      structuredClone(document) as object as Parameters<typeof openapiTypescript>[0],
      {
        alphabetize: false,
        defaultNonNullable: false, // a default is what the server fills in: a caller may leave the member out
        emptyObjectsUnknown: true, // `type: object` alone allows any members
        silent: true,
      },
    );
    return `${formatHeader(origin)}\n${astToString(nodes)}`;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("SPEC_UNSUPPORTED", `${origin.source}: no types can be made of it: ${reason}`, { cause });
  }
}
