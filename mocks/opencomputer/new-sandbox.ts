import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Outcome } from "../kit/exchange.ts";
import { andThen, type Awaitable } from "../kit/table.ts";
import { refuse } from "./answers.ts";
import type { OpenComputerParts } from "./parts.ts";
import { includedDiskMB, refuseByPlan } from "./plan.ts";
import { hashPreviewToken } from "./preview-token.ts";
import { idleAtMs, type OpenComputerSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";
import type { tiers } from "./tier.ts";
import { hasWebhooks, registerWebhook } from "./webhook.ts";
import { emitCreated } from "./webhook-events.ts";

type WebhookRequest = components["schemas"]["WebhookRequest"];
type Webhook = components["schemas"]["Webhook"];

/** What a new sandbox is to be like. */
export type SandboxOrder = {
  readonly timeoutS: number;
  readonly template: string;
  readonly tier: (typeof tiers)[number];
  readonly diskMB?: number | undefined;
  readonly token?: string | undefined; // of its preview gate
  readonly envs?: Readonly<Record<string, string>> | undefined;
  readonly secretStoreId?: string;
  readonly origin?: OpenComputerSandboxRecord["origin"];
};

export const region = "use2";

/** Stores a new sandbox, under an id that no other has, where the quota leaves room for it. */
export function insertSandbox(
  call: Call,
  parts: OpenComputerParts,
  order: SandboxOrder,
): Awaitable<Outcome<OpenComputerSandboxRecord>> {
  const { world, tenant, nowMs } = call;
  const refusal = refuseByPlan(world, tenant, { ...order.tier, diskMB: order.diskMB });
  if (refusal !== undefined) return { refusal };
  const { quota } = settings.of(world, tenant);
  const record = drawRecord(call, order);
  return andThen(
    parts.sandboxes(world).insert(record, quota === null ? undefined : { limit: quota, nowMs }),
    (outcome) => {
      if (outcome.kind === "inserted") return { value: record };
      if (outcome.kind === "quota-full") return { refusal: refuseQuota(outcome.active, quota!) };
      return insertSandbox(call, parts, order); // under another id
    },
  );
}

function drawRecord(
  { world, tenant, nowMs }: Call,
  { timeoutS, template, tier, diskMB = includedDiskMB, token, envs = {}, secretStoreId, origin }: SandboxOrder,
): OpenComputerSandboxRecord {
  const record: Mutable<OpenComputerSandboxRecord> = {
    id: `sb-${world.random.hex(8)}`,
    tenantId: tenant.id,
    version: 1,
    createdAtMs: nowMs,
    liveUntilMs: idleAtMs({ activeAtMs: nowMs, timeoutS }),
    phase: "running",
    activeAtMs: nowMs,
    timeoutS,
    template,
    region,
    workerID: `w-${region}-${world.random.hex(6)}`,
    cpuCount: tier.cpuCount,
    memoryMB: tier.memoryMB,
    tags: noTags,
    tagsUpdatedAtMs: undefined,
    tokenHash: token === undefined ? undefined : hashPreviewToken(token),
    previews: noPreviews,
  };
  if (Object.keys(envs).length > 0) record.envs = envs;
  if (diskMB !== includedDiskMB) record.diskMB = diskMB;
  if (secretStoreId !== undefined) record.secretStoreId = secretStoreId;
  if (origin !== undefined) record.origin = origin;
  return record;
}

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

const noTags = {};
const noPreviews: readonly [] = [];

function refuseQuota(active: number, limit: number): Answer {
  const text = `concurrent sandbox limit reached (${active}/${limit}) — hibernate or delete one before creating another`;
  const message = "hibernate or kill a sandbox, or give the world a higher quota";
  return refuse(429, text, { rule: "quota", message }, { active, limit });
}

/** Registers the webhooks of a create, and tells all that are there of its sandbox. */
export function announce(
  call: Call,
  record: OpenComputerSandboxRecord,
  webhooks: readonly WebhookRequest[] = [],
  parentId?: string,
): Awaitable<{ webhooks?: Webhook[] }> {
  return webhooks.length === 0 && !hasWebhooks(call.world) ? {} : announceTo(call, record, webhooks, parentId);
}

async function announceTo(
  call: Call,
  record: OpenComputerSandboxRecord,
  webhooks: readonly WebhookRequest[],
  parentId: string | undefined,
): Promise<{ webhooks?: Webhook[] }> {
  const made: Webhook[] = [];
  for (const webhook of webhooks) {
    const { id, url, secret } = await registerWebhook(call, { ...webhook, sandboxId: record.id });
    made.push(webhook.secret ? { id, url } : { id, url, secret });
  }
  emitCreated(call.world, record, parentId);
  return made.length === 0 ? {} : { webhooks: made };
}
