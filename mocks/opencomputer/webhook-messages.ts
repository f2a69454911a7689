import type { components } from "../../generated/opencomputer/types.ts";
import type { Call, Handler, Outcome } from "../kit/exchange.ts";
import { neverMs } from "../kit/table.ts";
import { formatTime } from "./answers.ts";
import type { OpenComputerParts } from "./parts.ts";
import { change, type MessageRecord, messageTable, shortHash } from "./webhook.ts";
import { keepDelivering } from "./webhook-delivery.ts";
import { findWebhook, refuseUnknownWebhook } from "./webhook-handlers.ts";

type Schemas = components["schemas"];

const listMax = 50;

export const listWebhookDeliveries: Handler<OpenComputerParts> = async (call) => {
  const found = await findWebhook(call);
  if ("refusal" in found) return found.refusal;
  const { world, tenant } = call;
  const messages = await world.table(messageTable).list(tenant.id, { limit: Infinity });
  const own = messages.filter(({ webhookId }) => webhookId === found.value.id);
  return { status: 200, json: { data: own.flatMap(viewAttempts).slice(0, listMax) } };
};

/** The attempts of a message, the newest first: one that is due is pending. */
function viewAttempts({ id, attempts, dueAtMs }: MessageRecord): Schemas["WebhookDelivery"][] {
  const made = attempts.map(({ id: attemptId, atMs, status }): Schemas["WebhookDelivery"] => ({
    ...{ id, attemptId, status: status >= 200 && status < 300 ? "success" : "failed" },
    ...{ responseStatusCode: status, timestamp: formatTime(atMs) },
  }));
  if (dueAtMs === neverMs) return made.reverse();
  const attemptId = `atmpt_${shortHash(`${id} ${attempts.length}`)}`;
  const due = { id, attemptId, status: "pending" as const, responseStatusCode: 0, timestamp: formatTime(dueAtMs) };
  return [due, ...made.reverse()];
}

async function findMessage(call: Call): Promise<Outcome<MessageRecord>> {
  const found = await findWebhook(call);
  if ("refusal" in found) return found;
  const record = await call.world.table(messageTable).get(call.request.params["messageId"]!);
  return record?.webhookId === found.value.id ? { value: record } : { refusal: refuseUnknownWebhook() };
}

export const getWebhookDelivery: Handler<OpenComputerParts> = async (call) => {
  const found = await findMessage(call);
  if ("refusal" in found) return found.refusal;
  const { id, eventType, eventId, payload, createdAtMs } = found.value;
  const json = { id, eventType, eventId, payload: JSON.parse(payload) as unknown, timestamp: formatTime(createdAtMs) };
  return { status: 200, json };
};

export const redeliverWebhook: Handler<OpenComputerParts> = async (call) => {
  const found = await findMessage(call);
  if ("refusal" in found) return found.refusal;
  await change(call.world, messageTable, found.value.id, { dueAtMs: call.nowMs, liveUntilMs: neverMs });
  keepDelivering(call.world);
  return { status: 200, json: { ok: true } };
};
