import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { refuse, refuseSecretStore, refuseUnknown } from "./answers.ts";
import { withBuildLog } from "./build-log.ts";
import { endInside } from "./inside.ts";
import { decideOnSandbox, findSandbox, type OpenComputerParts } from "./parts.ts";
import { insertSandbox, region, type SandboxOrder } from "./new-sandbox.ts";
import { drawPreviewToken, drawWebhookSecret, isPresentableToken } from "./preview-token.ts";
import { previewTokenFault } from "./request-fault.ts";
import { defaultTimeoutS } from "./sandbox.ts";
import { resolveTier } from "./tier.ts";
import { settings } from "./settings.ts";

type Schemas = components["schemas"];
type CreateSandboxRequest = Schemas["CreateSandboxRequest"];

const listMax = 100;
const templates = new Set(["", "base", "python", "node", "default", "ubuntu"]);

// All that can refuse a create comes before the one step that stores it, so a refused create leaves nothing behind.
export const createSandbox: Handler<OpenComputerParts> = async (call, parts) => {
  const body = call.body as CreateSandboxRequest;
  const token = choosePreviewToken(call, parts, body.previewAuth);
  if ("refusal" in token) return token.refusal;
  const refusal = refuseSource(call, body);
  if (refusal !== undefined) return refusal;
  const { timeout: timeoutS = defaultTimeoutS, envs, templateID } = body;
  const order = { timeoutS, envs, token: token.value, tier: resolveTier(body) };
  const more = {
    ...(token.value === undefined ? {} : { previewAuthToken: token.value }),
    ...(body.webhooks?.length ? { webhooks: body.webhooks.map((webhook) => registerWebhook(call, webhook)) } : {}),
  };
  const answer =
    body.image === undefined && !body.snapshot
      ? await createPlain(call, parts, { ...order, template: templateID || "base" }, more)
      : await (await import("./boot-source.ts")).createFromSource(call, parts, order, more);
  return { ...answer, unread: unreadFields(body) };
};

async function createPlain(call: Call, parts: OpenComputerParts, order: SandboxOrder, more: object): Promise<Answer> {
  const stored = await insertSandbox(call, parts, order);
  if ("refusal" in stored) return stored.refusal;
  const { id, workerID } = stored.value;
  const sandboxDomain = settings.of(call.world).previewDomain;
  return { status: 201, json: { sandboxID: id, status: "running", region, workerID, sandboxDomain, ...more } };
}

// Webhooks are judged and answered, yet nothing is ever told to one: the journal says so by leaving them unread.
const knownFields = new Set(
  "templateID timeout cpuCount memoryMB diskMB burst envs metadata image snapshot secretStore previewAuth".split(" "),
);

function unreadFields(body: CreateSandboxRequest): string[] {
  return Object.keys(body)
    .filter((field) => !knownFields.has(field))
    .map((field) => `/${field}`);
}

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
  const { templateID = "" } = body;
  const refusal = refuseSecretStore(body);
  if (refusal !== undefined) return withBuildLog(request, body, refusal);
  if (!templates.has(templateID)) {
    const message = `templates are ${[...templates].filter(Boolean).join(", ")}`;
    const reason = { rule: "template-unknown", message, pointer: "/templateID" };
    return refuse(404, `template not found: ${templateID}`, reason);
  }
  return undefined;
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
