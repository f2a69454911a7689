import { operations } from "../../generated/opencomputer/operations.ts";
import type { Service } from "../kit/service.ts";
import { authenticate, credentialOf } from "./credentials.ts";
import { faults } from "./faults/index.ts";
import { tenants } from "./initial-state.ts";
import { hibernateSandbox, setSandboxTimeout, wakeSandbox } from "./life-handlers.ts";
import { notEmulated } from "./not-emulated.ts";
import type { OpenComputerParts } from "./parts.ts";
import { admitPreview, checkToken } from "./preview-gate.ts";
import { createPreview, deletePreview, listPreviews, rotatePreviewToken } from "./preview-handlers.ts";
import { acceptsPreviewToken } from "./preview-token.ts";
import { keepActive, visitPreview } from "./preview-visit.ts";
import { readBody } from "./request-body.ts";
import { sandboxStateAt, sandboxTable, viewSandbox } from "./sandbox.ts";
import { createSandbox, getSandbox, killSandbox, listSandboxes } from "./sandbox-handlers.ts";
import { getSandboxTags, replaceSandboxTags } from "./tag-handlers.ts";

const handlers = {
  createSandbox,
  listSandboxes,
  getSandbox,
  killSandbox,
  setSandboxTimeout,
  hibernateSandbox,
  wakeSandbox,
  getSandboxTags,
  replaceSandboxTags,
  createPreview,
  listPreviews,
  deletePreview,
  rotatePreviewToken,
} satisfies Record<keyof typeof operations, unknown>;

/** OpenComputer as the mock serves it. */
export const openComputerService: Service<OpenComputerParts> = {
  contract: "opencomputer",
  operations,
  tenants,
  parts: {
    authenticate,
    readBody,
    handlers,
    finish: (answer) => answer,
    sandboxes: (world) => world.table(sandboxTable),
    stateAt: sandboxStateAt,
    viewSandbox,
    find: async (world, organisationId, id) => {
      const record = await world.table(sandboxTable).get(id);
      return record?.tenantId === organisationId ? record : undefined;
    },
    acceptsToken: acceptsPreviewToken,
    checkToken,
    admitPreview,
    visit: visitPreview,
    keepActive,
  },
  faults,
  credentialOf,
  // Outside its operations the vendor speaks in its web framework's voice.
  pathUnknown: () => ({ status: 404, json: { message: "Not Found" } }),
  methodUnknown: (_, allowed) => ({
    status: 405,
    json: { message: "Method Not Allowed" },
    headers: { allow: allowed.join(", ") },
  }),
  notEmulated,
  headersFor: (request, world) => ({ "x-request-id": request.header("x-request-id") ?? world.random.hex(32) }),
};
