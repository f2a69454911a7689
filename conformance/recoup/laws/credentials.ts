import { credentialsLaws, refusalShapeLaw } from "../../kit/law/families/credentials.ts";
import type { KeyedOperation } from "../../kit/law/families/credentials.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { pointer, sentOperations } from "../operations.ts";

/**
 * No operation acts for a stranger. Creating is the seed's; for the others the public pages say 401, and since the answer
 * guards a tenant's sandboxes and files, all of these are MUST.
 */
export const credentials: readonly Law[] = (Object.keys(sentOperations) as OperationId[]).flatMap((id) => [
  ...credentialsLaws(keyed(id)),
  refusalShapeLaw({ ...keyed(id), requirement: id === "createSandbox" ? "MUST" : "SHOULD" }),
]);

/** An operation with a valid request, as laws about keys have it. */
export function keyed(operation: OperationId): KeyedOperation {
  const { slug, call } = sentOperations[operation];
  return {
    prefix: `recoup/${slug}`,
    operation,
    requirement: "MUST",
    source: pointer(operation, "responses", "401"),
    sandboxes: noSandboxes,
    call: () => Promise.resolve(call),
  };
}
