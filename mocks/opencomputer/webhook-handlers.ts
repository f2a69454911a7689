import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import { refuse } from "./answers.ts";
import type { OpenComputerParts } from "./parts.ts";
import { drawWebhookSecret } from "./preview-token.ts";
import { change, registerWebhook, shortHash, tell, viewWebhook, type WebhookRecord, webhookTable } from "./webhook.ts";
import { keepDelivering } from "./webhook-delivery.ts";

type Schemas = components["schemas"];

export const createWebhook: Handler<OpenComputerParts> = async (call) => {
  const { world, tenant, request } = call;
  const body = call.body as Schemas["CreateWebhookRequest"];
  const key = request.header("idempotency-key") || undefined; // an empty one is none
  const id = key === undefined ? undefined : `whk_${shortHash(`${tenant.id} ${key}`)}`;
  const made = id === undefined ? undefined : await world.table(webhookTable).get(id);
  if (made === undefined || made.liveUntilMs === 0) {
    const record = await registerWebhook(call, body, id);
    return { status: 201, json: { ...viewWebhook(record), secret: record.secret } };
  }
  if (made.requestHash === shortHash(JSON.stringify(body))) {
    return { status: 200, json: { ...viewWebhook(made), secret: made.secret } };
  }
  const reason = { rule: "idempotency-key", message: "another body needs another key" };
  return refuse(409, "Idempotency-Key already used with a different request body", reason);
};

export const listWebhooks: Handler<OpenComputerParts> = async ({ world, tenant, nowMs }) => {
  const records = await world.table(webhookTable).list(tenant.id, { limit: Infinity, liveAtMs: nowMs });
  return { status: 200, json: { data: records.map(viewWebhook) } };
};

/** The caller's destination that the path names. */
export async function findWebhook({ world, tenant, request }: Call): Promise<Outcome<WebhookRecord>> {
  const record = await world.table(webhookTable).get(request.params["webhookId"]!);
  const isIts = record?.tenantId === tenant.id && record.liveUntilMs > 0;
  return isIts ? { value: record } : { refusal: refuseUnknownWebhook() };
}

export function refuseUnknownWebhook(): Answer {
  const message = "no destination of this organisation has that id, or no message of it";
  return refuse(404, "webhook not found", { rule: "webhook-unknown", message });
}

export const getWebhook: Handler<OpenComputerParts> = async (call) => {
  const found = await findWebhook(call);
  return "refusal" in found ? found.refusal : { status: 200, json: viewWebhook(found.value) };
};

export const getWebhookSecret: Handler<OpenComputerParts> = async (call) => {
  const found = await findWebhook(call);
  return "refusal" in found ? found.refusal : { status: 200, json: { secret: found.value.secret } };
};

export const updateWebhook: Handler<OpenComputerParts> = async (call) => {
  const found = await findWebhook(call);
  if ("refusal" in found) return found.refusal;
  const { url, eventTypes, name, enabled, rotateSecret } = call.body as Schemas["UpdateWebhookRequest"];
  const secret = rotateSecret === true ? drawWebhookSecret(call.world.secrets) : undefined;
  const changed = await change(call.world, webhookTable, found.value.id, {
    ...(url === undefined ? {} : { url }),
    ...(eventTypes === undefined ? {} : { eventTypes: eventTypes ?? [] }),
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(secret === undefined ? {} : { secret }),
    updatedAtMs: call.nowMs,
  });
  return { status: 200, json: { ...viewWebhook(changed!), ...(secret === undefined ? {} : { secret }) } };
};

export const deleteWebhook: Handler<OpenComputerParts> = async (call) => {
  const found = await findWebhook(call);
  if ("refusal" in found) return found.refusal;
  await change(call.world, webhookTable, found.value.id, { liveUntilMs: 0 });
  return { status: 204 };
};

export const testWebhook: Handler<OpenComputerParts> = async (call) => {
  const found = await findWebhook(call);
  if ("refusal" in found) return found.refusal;
  const { world, nowMs } = call;
  const { tenantId, sandboxId, eventTypes } = found.value;
  const first = eventTypes.find((each) => !each.endsWith(".*"));
  const type = first ?? "sandbox.created";
  const id = `test:${world.random.hex(16)}`;
  const event = { type, id, tenantId, sandboxId: sandboxId ?? "sb-test", atMs: nowMs, data: { test: true } };
  const [messageId = ""] = await tell(world, event);
  keepDelivering(world);
  return { status: 200, json: { ok: true, eventType: type, messageId } };
};
