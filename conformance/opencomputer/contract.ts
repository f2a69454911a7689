import type { Operation } from "../../src/contract/operation.ts";
import document from "../../generated/opencomputer/openapi.json" with { type: "json" };
import { operations } from "../../generated/opencomputer/operations.ts";
import { requestBodies, responseBodies } from "../../generated/opencomputer/validators.js";
import type { Contract } from "../kit/contract.ts";
import { isObject } from "../kit/schema.ts";
import { laws } from "./laws/index.ts";

/** Seconds. Longer than any run that only looks; the sandboxes are killed at its end, this is for runs that die. */
const sharedTimeout = 120;

export const opencomputer: Contract = {
  name: "opencomputer",
  document,
  operations: Object.values<Operation>(operations),
  requestBodies,
  responseBodies,
  keyHeader: "X-API-Key",
  allowedOperations: Object.keys(operations), // each acts on one sandbox, and a run touches its own only
  probeOperation: "listSandboxes",
  create: {
    operation: "createSandbox",
    body: { timeout: sharedTimeout },
    idsIn: ({ response: { json } }) =>
      isObject(json) && typeof json["sandboxID"] === "string" ? [json["sandboxID"]] : [],
  },
  reap: { by: "delete", operation: "killSandbox" },
  secretFields: ["previewAuthToken", "token"],
  absentId: (hex) => `sb-${hex}`,
  laws,
};
