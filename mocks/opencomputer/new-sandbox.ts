import type { Answer, Call, Outcome } from "../kit/exchange.ts";
import { refuse } from "./answers.ts";
import type { OpenComputerParts } from "./parts.ts";
import { hashPreviewToken } from "./preview-token.ts";
import { idleAtMs, type OpenComputerSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";
import type { tiers } from "./tier.ts";

/** What a new sandbox is to be like. */
export type SandboxOrder = {
  readonly timeoutS: number;
  readonly template: string;
  readonly tier: (typeof tiers)[number];
  readonly token?: string | undefined; // of its preview gate
  readonly envs?: Readonly<Record<string, string>> | undefined;
  readonly origin?: OpenComputerSandboxRecord["origin"];
};

export const region = "use2";

/** Stores a new sandbox, under an id that no other has, where the quota leaves room for it. */
export async function insertSandbox(
  { world, tenant, nowMs }: Call,
  parts: OpenComputerParts,
  { timeoutS, template, tier, token, envs = {}, origin }: SandboxOrder,
): Promise<Outcome<OpenComputerSandboxRecord>> {
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
