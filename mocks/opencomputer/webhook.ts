import { createHash, createHmac } from "node:crypto";
import type { components } from "../../generated/opencomputer/types.ts";
import { neverMs, type StoredRecord, updateRecord } from "../kit/table.ts";
import type { Call } from "../kit/exchange.ts";
import type { TableName, World } from "../kit/world.ts";
import { formatTime } from "./answers.ts";
import { drawWebhookSecret } from "./preview-token.ts";

/** A destination as it is stored. A deleted one is no longer live. */
export type WebhookRecord = StoredRecord & {
  readonly url: string;
  readonly eventTypes: readonly string[]; // none: all
  readonly sandboxId: string | null; // null: all of the organisation's
  readonly name: string | null;
  readonly enabled: boolean;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly updatedAtMs: number;
  readonly requestHash: string; // of the body that made it
};

/** What is told to one destination, and how often that was tried. It is live while an attempt is due. */
export type MessageRecord = StoredRecord & {
  readonly webhookId: string;
  readonly eventType: string;
  readonly eventId: string;
  readonly payload: string;
  readonly dueAtMs: number; // of the next attempt; neverMs where none is
  readonly attempts: readonly WebhookAttempt[]; // oldest first
};

/** One request to a destination; status 0 where no answer came. */
export type WebhookAttempt = { readonly id: string; readonly atMs: number; readonly status: number };

/** What happened to a sandbox. */
export type SandboxEvent = {
  readonly type: string;
  readonly sandboxId: string;
  readonly tenantId: string;
  readonly id: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
};

export const webhookTable: TableName<WebhookRecord> = { name: "opencomputer/webhooks" };
export const messageTable: TableName<MessageRecord> = { name: "opencomputer/webhook-messages" };

/** Whether any destination was ever registered in a world: where none was, nothing is observed. */
export const hasWebhooks = (world: World) => (world.tables().get(webhookTable.name)?.size() ?? 0) > 0;

/** A record with some members changed, as the next version. */
export function change<R extends StoredRecord>(world: World, table: TableName<R>, id: string, members: Partial<R>) {
  return updateRecord(world.table(table), id, (current) => ({
    ...current,
    ...members,
    version: current.version + 1,
  }));
}

/** Stores a destination. */
export async function registerWebhook(
  { world, tenant, nowMs }: Pick<Call, "world" | "tenant" | "nowMs">,
  request: components["schemas"]["CreateWebhookRequest"],
  id = `whk_${world.random.hex(24)}`,
): Promise<WebhookRecord> {
  const { url, eventTypes = [], sandboxId = null, name = null, enabled = true, metadata = {}, secret } = request;
  const record: WebhookRecord = {
    ...{ id, tenantId: tenant.id, version: 1, createdAtMs: nowMs, liveUntilMs: neverMs, updatedAtMs: nowMs },
    ...{
      url,
      eventTypes,
      sandboxId,
      name,
      enabled,
      headers: metadata,
      requestHash: shortHash(JSON.stringify(request)),
    },
    secret: secret || drawWebhookSecret(world.secrets),
  };
  await world.table(webhookTable).insert(record);
  return record;
}

/** Writes a message for each destination that the event is for. One that was written before is not written again. */
export async function tell(world: World, event: SandboxEvent): Promise<readonly string[]> {
  const { tenantId, sandboxId, type, atMs } = event;
  const nowMs = world.clock.now();
  const all = await world.table(webhookTable).list(tenantId, { limit: Infinity, liveAtMs: nowMs });
  const told = all.filter((one) => one.enabled && (one.sandboxId ?? sandboxId) === sandboxId && takes(one, type));
  const { id: eventId, data } = event;
  const shown = { id: eventId, ts: formatTime(atMs), orgId: tenantId, sandboxId, type, data };
  const payload = JSON.stringify({ type, sandboxId, eventId, event: shown });
  const ids = told.map(({ id }) => `msg_${shortHash(`${id} ${eventId}`)}`);
  for (const [at, { id: webhookId }] of told.entries()) {
    await world.table(messageTable).insert({
      ...{ id: ids[at]!, tenantId, version: 1, createdAtMs: atMs, liveUntilMs: neverMs },
      ...{ webhookId, eventType: type, eventId, payload, dueAtMs: nowMs, attempts: [] },
    });
  }
  return ids;
}

/** Whether a destination is told of events of a type. */
function takes({ eventTypes }: WebhookRecord, type: string): boolean {
  if (eventTypes.length === 0) return true;
  return eventTypes.some((each) => each === type || (each.endsWith(".*") && type.startsWith(each.slice(0, -1))));
}

export const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 24);

/** Signs a delivery, as the Standard Webhooks scheme has it. */
export function signDelivery(secret: string, id: string, timestampS: number, body: string): string {
  const text = secret.replace(/^whsec_/, "");
  const decoded = Buffer.from(text, "base64");
  const isBase64 = decoded.length > 0 && decoded.toString("base64").replace(/=+$/, "") === text.replace(/=+$/, "");
  const key = isBase64 ? decoded : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(`${id}.${timestampS}.${body}`).digest("base64")}`;
}

const second = (ms: number) => formatTime(Math.floor(ms / 1000) * 1000);

/** A destination as its organisation sees it. */
export function viewWebhook(record: WebhookRecord): components["schemas"]["WebhookDestination"] {
  const { id, url, eventTypes, sandboxId, name, enabled, createdAtMs, updatedAtMs } = record;
  return {
    ...{ id, url, eventTypes: [...eventTypes], sandboxId, name, enabled, hasSecret: true },
    ...{ createdAt: second(createdAtMs), updatedAt: second(updatedAtMs) },
  };
}
