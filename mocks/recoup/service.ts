import { operations } from "../../generated/recoup/operations.ts";
import type { Service } from "../kit/service.ts";
import {
  deleteSandboxes,
  getAccountId,
  getSandboxFile,
  listTaskRuns,
  setupSandbox,
  updateSandboxSnapshot,
  uploadSandboxFiles,
} from "./account-handlers.ts";
import { authenticate, credentialOf } from "./credentials.ts";
import { faults } from "./faults/index.ts";
import { tenants } from "./initial-state.ts";
import { notEmulated } from "./not-emulated.ts";
import type { RecoupParts } from "./parts.ts";
import { profiles } from "./profiles/index.ts";
import { records } from "./records.ts";
import { readBody } from "./request-body.ts";
import { findRun, runTable } from "./run.ts";
import { findSandbox, sandboxTable, viewSandbox } from "./sandbox.ts";
import { sandboxes } from "./sandbox-facts.ts";
import { createSandbox, listSandboxes } from "./sandbox-handlers.ts";
import { type RecoupSettings, settings } from "./settings.ts";

const handlers = {
  createSandbox,
  listSandboxes,
  updateSandboxSnapshot,
  deleteSandboxes,
  setupSandbox,
  getSandboxFile,
  uploadSandboxFiles,
  listTaskRuns,
  getAccountId,
} satisfies Record<keyof typeof operations, unknown>;

/** Recoup as the mock serves it. */
export const recoupService: Service<RecoupParts, "recoup", RecoupSettings, never> = {
  contract: "recoup",
  title: "Recoup",
  port: 4010,
  operations,
  settings: settings.table,
  tenantSettings: [],
  tenants,
  records,
  sandboxes,
  sample: { keyHeader: "x-api-key", body: '{"command":"ls"}' },
  parts: {
    authenticate,
    readBody,
    handlers,
    finish: (answer) => answer,
    sandboxes: (world) => world.table(sandboxTable),
    runs: (world) => world.table(runTable),
    findSandbox,
    findRun,
    viewSandbox,
  },
  faults,
  profiles,
  credentialOf,
  // Outside its operations the vendor's answers are those of its web framework, not of its API.
  pathUnknown: ({ url }) => {
    const [path = "", query] = url.split("?");
    const trimmed = path.replace(/(?<=.)\/+$/, "");
    return trimmed === path
      ? { status: 404, text: "<!DOCTYPE html><title>404</title><p>Not found</p>\n", headers: html }
      : { status: 308, headers: { location: query === undefined ? trimmed : `${trimmed}?${query}` } };
  },
  // The vendor's 405 has no `Allow`; HTTP says that it has one, and no client is harmed by it.
  methodUnknown: ({ method }, allowed) =>
    method === "OPTIONS" ? { status: 200 } : { status: 405, headers: { allow: allowed.join(", ") } },
  notEmulated,
  headersFor: () => corsHeaders,
};

const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS, PATCH",
  "access-control-allow-headers": "Content-Type, Authorization, X-Requested-With, x-api-key",
};
const html = { "content-type": "text/html; charset=utf-8" };
