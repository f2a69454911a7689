import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { refuse, refuseUnknown } from "./answers.ts";
import { withBuildLog } from "./build-log.ts";
import { endInside } from "./inside.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import { drawPreviewToken, drawWebhookSecret, hashPreviewToken, isPresentableToken } from "./preview-token.ts";
import { previewTokenFault } from "./request-fault.ts";
import { defaultTimeoutS, idleAtMs, type OpenComputerSandboxRecord } from "./sandbox.ts";
import { resolveTier } from "./tier.ts";
import { settings } from "./settings.ts";

type Schemas = components["schemas"];
type CreateSandboxRequest = Schemas["CreateSandboxRequest"];

const listMax = 100;
const region = "use2";
const templates = new Set(["", "base", "python", "node", "default", "ubuntu"]);

// All that can refuse a create comes before the one step that stores it, so a refused create leaves nothing behind.
export const createSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const body = call.body as CreateSandboxRequest;
  const token = choosePreviewToken(call, parts, body.previewAuth);
  if ("refusal" in token) return token.refusal;
  const refusal = refuseSource(call, body);
  if (refusal !== undefined) return refusal;
  const stored = await insertSandbox(call, parts, body, token.value);
  if ("refusal" in stored) return stored.refusal;
  const { id, workerID } = stored.value;
  return withBuildLog(call.request, body, {
    status: 201,
    json: {
      sandboxID: id,
      status: "running",
      region,
      workerID,
      sandboxDomain: settings.of(call.world).previewDomain,
      ...(token.value === undefined ? {} : { previewAuthToken: token.value }),
      ...(body.webhooks?.length ? { webhooks: body.webhooks.map((webhook) => registerWebhook(call, webhook)) } : {}),
    },
    unread: Object.keys(body)
      .filter((field) => !knownFields.has(field))
      .map((field) => `/${field}`),
  });
};

// Webhooks are judged and answered, yet nothing is ever told to one: the journal says so by leaving them unread.
const knownFields = new Set(
  "templateID timeout cpuCount memoryMB diskMB burst envs metadata image snapshot secretStore previewAuth".split(" "),
);

function registerWebhook({ world }: Call, { url, secret }: Schemas["WebhookRequest"]): Schemas["Webhook"] {
  const id = `whk_${world.random.hex(24)}`;
  return secret ? { id, url } : { id, url, secret: drawWebhookSecret(world.secrets) };
}

function choosePreviewToken(
  { world }: Call,
  parts: OpenComputerParts,
  auth: CreateSandboxRequest["previewAuth"],
): Outcome<string | undefined> {
  if (auth === undefined) return { value: undefined };
  const { token } = auth;
  if (token === undefined || token === "" || token === "auto") return { value: drawPreviewToken(world.secrets) };
  if (parts.acceptsToken(token)) return { value: token };
  const { text, rule, hint } = previewTokenFault;
  const message = isPresentableToken(token) ? hint : "no header can carry control characters, or blanks at the ends";
  return { refusal: refuse(400, text, { rule, message, pointer: "/previewAuth/token" }) };
}

function refuseSource({ request }: Call, body: CreateSandboxRequest): Answer | undefined {
  const { templateID = "", snapshot, secretStore } = body;
  if (snapshot !== undefined && snapshot !== "") {
    const message = "the mock has no snapshots yet: build one from an image instead";
    const reason = { rule: "snapshot-unknown", message, pointer: "/snapshot" };
    return withBuildLog(request, body, refuse(400, `snapshot "${snapshot}" not found`, reason));
  }
  if (secretStore) {
    const reason = { rule: "secret-store-unknown", message: "the mock has no secret stores", pointer: "/secretStore" };
    return withBuildLog(request, body, refuse(400, `secret store not found: ${secretStore}`, reason));
  }
  if (!templates.has(templateID)) {
    const message = `templates are ${[...templates].filter(Boolean).join(", ")}`;
    const reason = { rule: "template-unknown", message, pointer: "/templateID" };
    return refuse(404, `template not found: ${templateID}`, reason);
  }
  return undefined;
}

async function insertSandbox(
  { world, tenant, nowMs }: Call,
  parts: OpenComputerParts,
  body: CreateSandboxRequest,
  token: string | undefined,
): Promise<Outcome<OpenComputerSandboxRecord>> {
  const timeoutS = body.timeout ?? defaultTimeoutS;
  const { cpuCount, memoryMB } = resolveTier(body);
  const { quota } = settings.of(world, tenant);
  for (;;) {
    const record: OpenComputerSandboxRecord = {
      id: `sb-${world.random.hex(8)}`,
      tenantId: tenant.id,
      version: 1,
      createdAtMs: nowMs,
      liveUntilMs: idleAtMs({ activeAtMs: nowMs, timeoutS }),
      phase: "running",
      activeAtMs: nowMs,
      timeoutS,
      template: body.templateID || "base",
      region,
      workerID: `w-${region}-${world.random.hex(6)}`,
      cpuCount,
      memoryMB,
      tags: noTags,
      tagsUpdatedAtMs: undefined,
      tokenHash: token === undefined ? undefined : hashPreviewToken(token),
      previews: noPreviews,
      ...(body.envs === undefined || Object.keys(body.envs).length === 0 ? {} : { envs: body.envs }),
    };
    const table = parts.sandboxes(world);
    const outcome = await (quota === null ? table.insert(record) : table.insert(record, { limit: quota, nowMs }));
    if (outcome.kind === "inserted") return { value: record };
    if (outcome.kind === "quota-full") return { refusal: refuseQuota(outcome.active, quota!) };
  }
}

const noTags = {};
const noPreviews: readonly [] = [];

function refuseQuota(active: number, limit: number): Answer {
  const text = `concurrent sandbox limit reached (${active}/${limit}) — hibernate or delete one before creating another`;
  const message = "hibernate or kill a sandbox, or give the world a higher quota";
  return refuse(429, text, { rule: "quota", message }, { active, limit });
}

export const listSandboxes: Handler<OpenComputerParts> = async ({ world, tenant, nowMs }, parts) => {
  const records = await parts.sandboxes(world).list(tenant.id, { limit: listMax, liveAtMs: nowMs });
  const { previewDomain } = settings.of(world);
  return {
    status: 200,
    json: records.map((record) => parts.viewSandbox(record, parts.stateAt(record, nowMs), previewDomain)),
  };
};

export const getSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const found = await findSandbox(call, parts);
  if (found === undefined) return refuseUnknown();
  return { status: 200, json: parts.viewSandbox(found.record, found.state, settings.of(call.world).previewDomain) };
};

export const killSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const killed = await decideOnSandbox(call, parts, (_, state) =>
    state === "stopped" ? {} : { change: { phase: "stopped", previews: [] } },
  );
  if ("refusal" in killed) return killed.refusal;
  await endInside(call.world, killed.value.id);
  return { status: 204 };
};
