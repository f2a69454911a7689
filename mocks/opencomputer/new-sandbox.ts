import type { components } from "../../generated/opencomputer/types.ts";
import type { Answer, Call, Outcome } from "../kit/exchange.ts";
import { refuse } from "./answers.ts";
import type { OpenComputerParts } from "./parts.ts";
import { includedDiskMB, refuseByPlan } from "./plan.ts";
import { hashPreviewToken } from "./preview-token.ts";
import { idleAtMs, type OpenComputerSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";
import type { tiers } from "./tier.ts";
import { hasWebhooks, registerWebhook } from "./webhook.ts";
import { emitCreated } from "./webhook-events.ts";

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
export async function insertSandbox(
  { world, tenant, nowMs }: Call,
  parts: OpenComputerParts,
  { timeoutS, template, tier, diskMB = includedDiskMB, token, envs = {}, secretStoreId, origin }: SandboxOrder,
): Promise<Outcome<OpenComputerSandboxRecord>> {
  const refusal = refuseByPlan(world, tenant, { ...tier, diskMB });
  if (refusal !== undefined) return { refusal };
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
      template,
      region,
      workerID: `w-${region}-${world.random.hex(6)}`,
      cpuCount: tier.cpuCount,
      memoryMB: tier.memoryMB,
      tags: noTags,
      tagsUpdatedAtMs: undefined,
      tokenHash: token === undefined ? undefined : hashPreviewToken(token),
      previews: noPreviews,
      ...(Object.keys(envs).length === 0 ? {} : { envs }),
      ...(diskMB === includedDiskMB ? {} : { diskMB }),
      ...(secretStoreId === undefined ? {} : { secretStoreId }),
      ...(origin === undefined ? {} : { origin }),
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

/** Registers the webhooks of a create, and tells all that are there of its sandbox. */
export async function announce(
  call: Call,
  record: OpenComputerSandboxRecord,
  webhooks: readonly components["schemas"]["WebhookRequest"][] = [],
  parentId?: string,
): Promise<{ webhooks?: components["schemas"]["Webhook"][] }> {
  if (webhooks.length === 0 && !hasWebhooks(call.world)) return {};
  const made: components["schemas"]["Webhook"][] = [];
  for (const webhook of webhooks) {
    const { id, url, secret } = await registerWebhook(call, { ...webhook, sandboxId: record.id });
    made.push(webhook.secret ? { id, url } : { id, url, secret });
  }
  emitCreated(call.world, record, parentId);
  return made.length === 0 ? {} : { webhooks: made };
}
