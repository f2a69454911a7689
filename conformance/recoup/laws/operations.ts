import { operations } from "../../../generated/recoup/operations.ts";
import { operationPointer } from "../../kit/law/operation-pointer.ts";
import type { ApiCall } from "../../kit/target/transport.ts";

export type OperationId = keyof typeof operations;

/** The operations that may be sent, with the part of a law's id that names each, the same for good. */
export const sentOperations = {
  createSandbox: { slug: "create", call: { json: {} } },
  listSandboxes: { slug: "list", call: {} },
  getSandboxFile: { slug: "get-file", call: { query: { path: "README.md" } } },
  listTaskRuns: { slug: "list-runs", call: {} },
} as const satisfies Partial<
  Record<OperationId, { readonly slug: string; readonly call: Omit<ApiCall, "operation" | "credentials"> }>
>;

export function pointer(id: OperationId, ...rest: readonly string[]): string {
  return operationPointer(operations[id], ...rest);
}
