import type { Operation } from "../../src/contract/operation.ts";
import { operations } from "../../generated/opencomputer/operations.ts";
import { plainValue } from "../kit/input/valid-value.ts";
import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import { operationPointer } from "../kit/law/operation-pointer.ts";
import { atPointer, isObject, requestBodySchema } from "../kit/law/schema.ts";
import type { ApiCall } from "../kit/law/call.ts";

/** The operations on sandboxes themselves. What is done inside one has laws of its own: `exec.ts` and `files.ts`. */
export type OperationId = keyof typeof slugs;

/** The part of a law's id that names its operation: short, and the same for good. */
export const slugs = {
  createSandbox: "create",
  listSandboxes: "list",
  getSandbox: "get",
  killSandbox: "kill",
  setSandboxTimeout: "set-timeout",
  hibernateSandbox: "hibernate",
  wakeSandbox: "wake",
  getSandboxTags: "get-tags",
  replaceSandboxTags: "replace-tags",
  createPreview: "create-preview",
  listPreviews: "list-previews",
  deletePreview: "delete-preview",
  rotatePreviewToken: "rotate-preview-token",
} as const satisfies Partial<Record<keyof typeof operations, string>>;

export const operationIds = Object.keys(slugs) as readonly OperationId[];

export function pointer(id: OperationId, ...rest: readonly string[]): string {
  return operationPointer(operations[id], ...rest);
}

/** The status that the document names for the operation on a sandbox in a state: 200, 204, 404, … */
export function answerIn(id: OperationId, state: string): number {
  const answers = atPointer(document, pointer(id, "x-answers-by-state"));
  const status = isObject(answers) ? answers[state] : undefined;
  if (typeof status !== "number") throw new RangeError(`the document names no answer of ${id} when ${state}`);
  return status;
}

/**
 * What an operation is about, for the ids of laws: sandboxes and what is inside them; what a run keeps beside sandboxes, under
 * ids that it was told, and takes away again; or what else the account has. A test of a webhook tells destinations of others.
 */
export function groupOf({ id, path }: Operation): "inside" | "record" | "account" {
  if (/^\/api\/sandboxes(?:\/\{id\}|$)/.test(path)) return "inside";
  return /^\/api\/(?:webhooks|secret-stores)/.test(path) && id !== "testWebhook" ? "record" : "account";
}

/** Whether the operation acts on one sandbox, named in its path. */
export function takesSandbox(id: OperationId): boolean {
  return operations[id].path.includes("{id}");
}

/** Whether the operation reads a body. */
export function takesBody(id: OperationId): boolean {
  return operations[id].requestContentTypes.length > 0;
}

/** A valid request of the operation on this sandbox, apart from the credentials. */
export function validCall(id: OperationId, sandbox: string): Omit<ApiCall, "operation" | "credentials"> {
  const operation: Operation = operations[id];
  const body = requestBodySchema(document, operation);
  return {
    ...(takesSandbox(id) ? { path: { id: sandbox, port: "3000" } } : {}),
    ...(body === undefined ? {} : { json: plainValue(document, body.schema) }),
  };
}
