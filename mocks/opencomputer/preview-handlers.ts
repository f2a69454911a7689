import type { components } from "../../generated/opencomputer/types.ts";
import type { Call, Handler } from "../kit/exchange.ts";
import { formatTime, refuse, refuseUnknown } from "./answers.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import { drawPreviewToken, hashPreviewToken } from "./preview-token.ts";
import type { PreviewRecord, OpenComputerSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";

type Schemas = components["schemas"];

export const createPreview: Handler<OpenComputerParts> = async (call, parts) => {
  const { port, domain, authConfig = {} } = call.body as Schemas["CreatePreviewRequest"];
  const preview: PreviewRecord = { id: call.world.random.uuid(), port, authConfig, createdAtMs: call.nowMs };
  const created = await decideOnSandbox(call, parts, ({ previews }, state) => {
    if (state !== "running") return { refusal: refuse(400, "sandbox is not running or not found", notRunning(state)) };
    if (previews.some((listed) => listed.port === port)) return {};
    if (domain) return { refusal: refuse(400, "org has no custom domain configured", noDomain) };
    return { change: { previews: [...previews, preview].sort((one, other) => one.port - other.port) } };
  });
  if ("refusal" in created) return created.refusal;
  const listed = created.value.previews.find((candidate) => candidate.port === port)!;
  return { status: listed.id === preview.id ? 201 : 200, json: viewPreview(call, created.value, listed) };
};

const noDomain = {
  rule: "preview-domain",
  message: "the mock's organisations have no domain of their own",
  pointer: "/domain",
};

function notRunning(state: string) {
  return { rule: "sandbox-not-running", message: `the sandbox is ${state}; a port is listed while it runs` };
}

export const listPreviews: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  return { status: 200, json: found.record.previews.map((preview) => viewPreview(call, found.record, preview)) };
};

export const deletePreview: Handler<OpenComputerParts> = async (call, parts) => {
  const port = readPort(call.request.params["port"]!);
  if (port === undefined) {
    const message = "the last part of the path is a port from 1 to 65535";
    return refuse(400, "invalid port", { rule: "port-range", message });
  }
  const deleted = await decideOnSandbox(call, parts, ({ previews }) => {
    if (!previews.some((listed) => listed.port === port)) {
      const reason = { rule: "preview-unknown", message: "the port is not listed" };
      return { refusal: refuse(404, "no preview URL for this port", reason) };
    }
    return { change: { previews: previews.filter((listed) => listed.port !== port) } };
  });
  return "refusal" in deleted ? deleted.refusal : { status: 204 };
};

/** Reads a port number written in full: digits alone, from 1 to 65535. */
function readPort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function viewPreview(
  { world, tenant }: Call,
  { id }: OpenComputerSandboxRecord,
  preview: PreviewRecord,
): Schemas["Preview"] {
  return {
    id: preview.id,
    sandboxId: id,
    orgId: tenant.id,
    hostname: `${id}-p${preview.port}.${settings.of(world).previewDomain}`,
    port: preview.port,
    sslStatus: "active",
    authConfig: preview.authConfig,
    createdAt: formatTime(preview.createdAtMs),
  };
}

export const rotatePreviewToken: Handler<OpenComputerParts> = async (call, parts) => {
  const token = drawPreviewToken(call.world.secrets);
  const rotated = await decideOnSandbox(call, parts, ({ id }, state) => {
    if (state !== "stopped") return { change: { tokenHash: hashPreviewToken(token) } };
    const reason = { rule: "sandbox-stopped", message: "stopped is final, so there is nothing left to guard" };
    return { refusal: refuse(410, `sandbox ${id} not found or not in a settable state`, reason) };
  });
  if ("refusal" in rotated) return rotated.refusal;
  return { status: 200, json: { previewAuthToken: token, scheme: "bearer" } };
};
