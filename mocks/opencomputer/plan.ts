import type { Answer } from "../kit/exchange.ts";
import type { Tenant, World } from "../kit/world.ts";
import { refuse } from "./answers.ts";
import { settings } from "./settings.ts";

/** The disk that every sandbox has, in MB. */
export const includedDiskMB = 20_480;

const freeMemoryMB = 4096;
const freeCpuCount = 1;

/** Why an organisation's plan does not reach as far as a size, or for anything once its credit is used up. */
export function refuseByPlan(
  world: Pick<World, "settings">,
  tenant: Tenant,
  {
    memoryMB,
    cpuCount = 0,
    diskMB = includedDiskMB,
  }: { readonly memoryMB: number; readonly cpuCount?: number; readonly diskMB?: number | undefined },
): Answer | undefined {
  const { plan } = settings.of(world, tenant);
  if (plan === "halted") return refusePlan("credits exhausted — top up to resume");
  if (plan === "pro") return undefined;
  if (memoryMB > freeMemoryMB || cpuCount > freeCpuCount) return refusePlan("upgrade to pro for larger instances");
  return diskMB > includedDiskMB ? refusePlan("upgrade to pro for larger disk sizes") : undefined;
}

/** Up to which memory an organisation's sandboxes may scale. */
export const memoryMBMax = (world: Pick<World, "settings">, tenant: Tenant, most: number) =>
  settings.of(world, tenant).plan === "free" ? freeMemoryMB : most;

export function refusePlan(text: string): Answer {
  return refuse(402, text, {
    rule: "plan",
    message: "the world's setting plan, or the organisation's own, is not \"pro\"",
  });
}
