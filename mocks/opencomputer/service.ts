import { operations } from "../../generated/opencomputer/operations.ts";
import type { Answer, MockRequest } from "../kit/exchange.ts";
import { later } from "../kit/later.ts";
import type { Service } from "../kit/service.ts";
import { andThen } from "../kit/table.ts";
import type { World } from "../kit/world.ts";
import { refuse } from "./answers.ts";
import { authenticate, worldCredentialOf } from "./credentials.ts";
import { createExecSocket } from "./exec-socket.ts";
import { faults } from "./faults/index.ts";
import { tenants } from "./initial-state.ts";
import { hibernateSandbox, refreshSandboxToken, setSandboxTimeout, wakeSandbox } from "./life-handlers.ts";
import { notEmulated } from "./not-emulated.ts";
import type { OpenComputerParts } from "./parts.ts";
import { admitPreview, checkToken, previewRequest, refuseUnknownPreview } from "./preview-gate.ts";
import { createPreview, deletePreview, listPreviews, rotatePreviewToken } from "./preview-handlers.ts";
import { createPreviewProxy } from "./preview-proxy.ts";
import { acceptsPreviewToken } from "./preview-token.ts";
import { keepActive, passGate } from "./preview-request.ts";
import { profiles } from "./profiles/index.ts";
import { records } from "./records.ts";
import { readBody } from "./request-body.ts";
import { sandboxStateAt, sandboxTable, viewSandbox } from "./sandbox.ts";
import { sandboxes } from "./sandbox-facts.ts";
import { createSandbox, getSandbox, killSandbox, listSandboxes } from "./sandbox-handlers.ts";
import { type OpenComputerSettings, settings } from "./settings.ts";
import { createDownloadUrl, createUploadUrl, downloadFile, uploadFile, worldOfSignedUrl } from "./signed-urls.ts";
import { getSandboxTags, replaceSandboxTags } from "./tag-handlers.ts";
import { hasWebhooks } from "./webhook.ts";
import { keepDelivering } from "./webhook-delivery.ts";
import { observeSandboxes } from "./webhook-events.ts";

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
  ...later(
    () => import("./exec-handlers.ts"),
    ["runCommand", "startCommand", "getCommandResult", "createExecSession", "listExecSessions", "killExecSession"],
  ),
  ...later(() => import("./file-handlers.ts"), ["readFile", "writeFile", "deleteFile", "listFiles", "makeDirectory"]),
  createDownloadUrl,
  createUploadUrl,
  downloadFile,
  uploadFile,
  ...later(
    () => import("./checkpoint-handlers.ts"),
    [
      "createCheckpoint",
      "listCheckpoints",
      "restoreCheckpoint",
      "deleteCheckpoint",
      "publishCheckpoint",
      "unpublishCheckpoint",
    ],
  ),
  ...later(() => import("./fork.ts"), ["forkCheckpoint"]),
  ...later(() => import("./patch-handlers.ts"), [
    ...["createCheckpointPatch", "listCheckpointPatches", "deleteCheckpointPatch"],
    ...["createSnapshotPatch", "listSnapshotPatches", "deleteSnapshotPatch"],
    ...["createImagePatch", "listImagePatches", "deleteImagePatch"],
  ] as const),
  ...later(() => import("./snapshot-handlers.ts"), [
    ...["createSnapshot", "listSnapshots", "getSnapshot", "deleteSnapshot"],
    ...["publishSnapshot", "unpublishSnapshot", "listImages"],
  ] as const),
  ...later(() => import("./log-handlers.ts"), ["readSandboxLogs"]),
  refreshSandboxToken,
  ...later(() => import("./terminal-handlers.ts"), ["createPty", "resizePty", "deletePty"]),
  ...later(
    () => import("./webhook-handlers.ts"),
    [
      "createWebhook",
      "listWebhooks",
      "getWebhook",
      "getWebhookSecret",
      "updateWebhook",
      "deleteWebhook",
      "testWebhook",
    ],
  ),
  ...later(() => import("./webhook-messages.ts"), ["listWebhookDeliveries", "getWebhookDelivery", "redeliverWebhook"]),
  ...later(
    () => import("./machine-handlers.ts"),
    [
      "rebootSandbox",
      "powerCycleSandbox",
      "scaleSandbox",
      "setLimits",
      "getAutoscale",
      "setAutoscale",
      "getScalingLock",
      "setScalingLock",
    ],
  ),
  ...later(() => import("./usage-handlers.ts"), ["getUsage", "getSandboxUsage", "listTagKeys", "whoami"]),
  ...later(
    () => import("./secret-store-handlers.ts"),
    [
      "createSecretStore",
      "listSecretStores",
      "getSecretStore",
      "updateSecretStore",
      "deleteSecretStore",
      "listSecrets",
      "setSecret",
      "deleteSecret",
      "getAllowedHosts",
    ],
  ),
} satisfies Record<keyof typeof operations, unknown>;

/** OpenComputer as the mock serves it. */
export const openComputerService: Service<OpenComputerParts, "opencomputer", OpenComputerSettings, "quota" | "plan"> = {
  contract: "opencomputer",
  title: "OpenComputer",
  port: 4020,
  operations,
  otherRequests: [previewRequest],
  settings: settings.table,
  tenantSettings: ["quota", "plan"],
  tenants,
  records,
  sandboxes,
  sample: { keyHeader: "X-API-Key", body: '{"previewAuth":{}}' },
  parts: {
    authenticate,
    readBody,
    handlers,
    finish: (answer) => answer,
    sandboxes: (world) => observeSandboxes(world, world.table(sandboxTable)),
    stateAt: sandboxStateAt,
    viewSandbox,
    find: (world, organisationId, id) =>
      andThen(world.table(sandboxTable).get(id), (record) =>
        record?.tenantId === organisationId ? record : undefined,
      ),
    acceptsToken: acceptsPreviewToken,
    checkToken,
    admitPreview,
    refuseUnknownPreview,
    passGate,
    keepActive,
  },
  faults,
  profiles,
  credentialOf: worldCredentialOf,
  worldNamedBy: worldOfSignedUrl,
  // To a path that it does not know, the vendor answers in the form of its web framework.
  pathUnknown: (request, world) =>
    refuseUnauthorized(request, world) ?? { status: 404, json: { message: "Not Found" } },
  methodUnknown: (request, allowed, world) => {
    const message = `this path has ${allowed.join(", ")}`;
    const refusal = refuse(405, "method not allowed", { rule: "method-unknown", message });
    const unauthorized = edgePaths.test(request.url) ? undefined : refuseUnauthorized(request, world);
    return unauthorized ?? { ...refusal, headers: { allow: allowed.join(", ") } };
  },
  notEmulated,
  hiddenBodies: ["setSecret"],
  resume: (world) => {
    if (hasWebhooks(world)) keepDelivering(world);
  },
  intercept: (context) => [createPreviewProxy(context), createExecSocket(context)],
  headersFor: (request, world) => ({ "x-request-id": request.header("x-request-id") ?? world.random.hex(32) }),
};

// The vendor's edge knows the methods of these paths; all others ask for a key first.
const edgePaths = /^\/api\/sandboxes(?:\/[^/?]+)?(?:\?|$)/;

function refuseUnauthorized(request: MockRequest, world: World): Answer | undefined {
  if (!/^\/api(?:[/?]|$)/.test(request.url)) return undefined;
  const caller = authenticate({ request, world });
  return "refusal" in caller ? caller.refusal : undefined;
}
