import { credentialsLaws } from "../../kit/law/families/credentials.ts";
import { errorShapeLaw } from "../../kit/law/families/error-shape.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { pointer, sentOperations } from "../operations.ts";

type Sent = { readonly slug: string; readonly call: Omit<ApiCall, "operation" | "credentials"> };

/**
 * No operation acts for a stranger. Creating is the seed's; for the others the public pages say 401, and since the answer
 * guards a tenant's sandboxes and files, all of these are MUST.
 */
export const credentials: readonly Law[] = (Object.entries(sentOperations) as [OperationId, Sent][]).flatMap(
  ([operation, { slug, call }]) => [
    ...credentialsLaws({
      prefix: `recoup/${slug}`,
      operation,
      requirement: "MUST",
      source: pointer(operation, "responses", "401"),
      sandboxes: noSandboxes,
      call: () => Promise.resolve(call),
    }),
    errorShapeLaw({
      id: `recoup/${slug}/refusal-shape`,
      operation,
      requirement: operation === "createSandbox" ? "MUST" : "SHOULD",
      statement: `answer ${operation} to a stranger with a documented status and error body`,
      source: pointer(operation, "responses", "401"),
      sandboxes: noSandboxes,
      calls: (run) =>
        Promise.resolve([
          { ...call, credentials: "none" },
          { ...call, credentials: { key: "" } },
          { ...call, credentials: { key: run.unknownKey() } },
        ]),
    }),
  ],
);
