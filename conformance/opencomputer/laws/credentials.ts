import { credentialsLaws } from "../../kit/families/credentials.ts";
import { errorShapeLaw } from "../../kit/families/error-shape.ts";
import type { Law } from "../../kit/law.ts";
import { noSandboxes } from "../../kit/law.ts";
import type { LawRun } from "../../kit/law-run.ts";
import type { OperationId } from "./operations.ts";
import { operationIds, pointer, slugs, takesSandbox, validCall } from "./operations.ts";

/**
 * No operation acts for a stranger. The public pages say 401 for a missing and for an unknown key; since the answer guards
 * somebody's sandboxes and money, all of these are MUST.
 */
export const credentials: readonly Law[] = operationIds.flatMap((operation) => [
  ...credentialsLaws({
    prefix: `opencomputer/${slugs[operation]}`,
    operation,
    requirement: "MUST",
    source: pointer(operation, "responses", "401"),
    sandboxes: sandboxesOf(operation),
    call: (run) => callOf(run, operation),
  }),
  errorShapeLaw({
    id: `opencomputer/${slugs[operation]}/refusal-shape`,
    operation,
    requirement: "SHOULD",
    statement: `answer ${operation} to a stranger with a documented status and error body`,
    source: pointer(operation, "responses", "401"),
    sandboxes: sandboxesOf(operation),
    calls: async (run) => {
      const call = await callOf(run, operation);
      return [
        { ...call, credentials: "none" },
        { ...call, credentials: { key: "" } },
        { ...call, credentials: { key: run.unknownKey() } },
      ];
    },
  }),
]);

function sandboxesOf(operation: OperationId): Law["sandboxes"] {
  return takesSandbox(operation) ? { ...noSandboxes, shared: 1 } : noSandboxes;
}

async function callOf(run: LawRun, operation: OperationId) {
  return validCall(operation, takesSandbox(operation) ? await run.sharedSandbox() : "");
}
