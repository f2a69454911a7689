import { operations } from "../../generated/recoup/operations.ts";
import type { OperationId } from "../../generated/recoup/operations.ts";
import { operationPointer } from "../kit/law/operation-pointer.ts";
import type { ApiCall } from "../kit/law/call.ts";

/** The operations, those that change an account for good in the profile `full` only, with the part of a law's id that names each, the same for good. */
export const sentOperations = {
  createSandbox: { slug: "create", call: { json: {} } },
  listSandboxes: { slug: "list", call: {} },
  getSandboxFile: { slug: "get-file", call: { query: { path: "README.md" } } },
  listTaskRuns: { slug: "list-runs", call: {} },
  getAccountId: { slug: "account-id", call: {} },
  updateSandboxSnapshot: { slug: "update", call: { json: {} } },
  deleteSandboxes: { slug: "delete", call: { json: {} } },
  setupSandbox: { slug: "setup", call: { json: {} } },
  uploadSandboxFiles: {
    slug: "upload",
    call: { json: { files: [{ url: "data:,sandglass", name: "sandglass.txt" }] } },
  },
} as const satisfies Record<
  OperationId,
  { readonly slug: string; readonly call: Omit<ApiCall, "operation" | "credentials"> }
>;

export function pointer(id: OperationId, ...rest: readonly string[]): string {
  return operationPointer(operations[id], ...rest);
}
