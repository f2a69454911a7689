import { z } from "zod";
import { ContractError } from "../../src/contract/contract-error.ts";
import { showValue } from "../../src/contract/printable.ts";
import { closedObject, requireValid } from "./caller-input.ts";
import type { SandboxFacts, Span } from "./sandbox-facts.ts";
import type { Tenant, World } from "./world.ts";

/** What a tenant has used so far, by the world's clock. */
export type TenantUsage = {
  /** Whose API it calls. */
  readonly contract: string;
  /** Its name. */
  readonly tenant: string;
  /** How many sandboxes it has made. */
  readonly creates: number;
  /** How many of them run now. */
  readonly running: number;
  /** The most that ran at once. */
  readonly peakRunning: number;
  /** For how long they have run, all together, in seconds. */
  readonly sandboxSeconds: number;
  /** For how long they have been stored as hibernated, all together, in seconds. */
  readonly hibernatedSeconds: number;
};

/** Bounds of what a world may cost. Those that are left out are none. */
export type CostBounds = {
  /** Of the time for which sandboxes of all tenants ran, in seconds. */
  readonly maxSandboxSeconds?: number;
  /** Of the time for which they were stored as hibernated, in seconds. */
  readonly maxHibernatedSeconds?: number;
  /** Of the sandboxes that were made. */
  readonly maxCreates?: number;
  /** Of the sandboxes of one tenant that ran at once. */
  readonly maxRunning?: number;
};

/** One contract of which usage is told. */
export type UsedContract = { readonly contract: string; readonly sandboxes: SandboxFacts };

type Used = {
  readonly id: string;
  readonly tenantId: string;
  readonly isRunning: boolean;
  readonly running: readonly Span[];
  readonly hibernated: readonly Span[];
};

/** What each tenant of a world has used. It is worked out from the records when it is asked for. */
export function usageOf(world: UsedWorld, contracts: readonly UsedContract[]): readonly TenantUsage[] {
  const nowMs = world.clock.now();
  return contracts.flatMap(({ contract, sandboxes }) => {
    const byTenant = Map.groupBy(usedIn(world, sandboxes, nowMs), ({ tenantId }) => tenantId);
    const tenants = world.tenants.filter((tenant) => tenant.contract === contract);
    return tenants.map(({ id, name }) => ({ contract, tenant: name, ...sumUp(byTenant.get(id) ?? []) }));
  });
}

type UsedWorld = Pick<World, "clock" | "tenants" | "tables">;

function usedIn(world: UsedWorld, { table, spansOf, at }: SandboxFacts, nowMs: number): Used[] {
  const records = [...(world.tables().get(table.name)?.records() ?? [])];
  return records.map((record) => {
    const isRunning = at(record, nowMs).state === "running";
    return { id: record.id, tenantId: record.tenantId, isRunning, ...spansOf(record, nowMs) };
  });
}

function sumUp(used: readonly Used[]) {
  return {
    creates: used.length,
    running: used.filter(({ isRunning }) => isRunning).length,
    peakRunning: peakOf(used),
    sandboxSeconds: secondsOf(used.flatMap(({ running }) => running)),
    hibernatedSeconds: secondsOf(used.flatMap(({ hibernated }) => hibernated)),
  };
}

const secondsOf = (spans: readonly Span[]) => spans.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / 1000;

/** The most that ran at one moment. One that stops at the moment when another starts has stopped by then. */
function peakOf(used: readonly Used[]): number {
  const steps = used.flatMap(({ running, isRunning }) =>
    running.flatMap(({ fromMs, toMs }, index) => {
      if (isRunning && index === running.length - 1) return [{ atMs: fromMs, by: 1 }];
      return fromMs === toMs
        ? []
        : [
            { atMs: fromMs, by: 1 },
            { atMs: toMs, by: -1 },
          ];
    }),
  );
  let count = 0;
  let peak = used.some(({ running }) => running.length > 0) ? 1 : 0;
  for (const { by } of steps.sort((one, other) => one.atMs - other.atMs || one.by - other.by)) {
    count += by;
    peak = Math.max(peak, count);
  }
  return peak;
}

const bound = z.number().min(0).optional();
const bounds = closedObject(
  { maxSandboxSeconds: bound, maxHibernatedSeconds: bound, maxCreates: bound, maxRunning: bound } satisfies Record<
    keyof CostBounds,
    z.ZodType
  >,
  "bound",
);

/** Throws where a world has cost more than it may. */
export function requireCost(world: UsedWorld, contracts: readonly UsedContract[], given: CostBounds): void {
  requireValid("expectCost", bounds, given);
  const { maxSandboxSeconds, maxHibernatedSeconds, maxCreates, maxRunning } = given;
  const usage = usageOf(world, contracts);
  const sum = (member: "sandboxSeconds" | "hibernatedSeconds" | "creates") =>
    usage.reduce((all, one) => all + one[member], 0);
  const nowMs = world.clock.now();
  const longest = (member: "running" | "hibernated") =>
    `The longest: ${listLongest(
      contracts.flatMap(({ sandboxes }) => usedIn(world, sandboxes, nowMs)),
      member,
    )}.`;
  const peak = Math.max(0, ...usage.map(({ peakRunning }) => peakRunning));
  const problems = [
    exceed(sum("sandboxSeconds"), maxSandboxSeconds, "sandbox-seconds", () => longest("running")),
    exceed(sum("hibernatedSeconds"), maxHibernatedSeconds, "seconds of hibernated storage", () =>
      longest("hibernated"),
    ),
    exceed(sum("creates"), maxCreates, "sandboxes made", () => ""),
    exceed(peak, maxRunning, "sandboxes of one tenant at once", () => ""),
  ].filter((problem) => problem !== undefined);
  if (problems.length === 0) return;
  const advice = "End sandboxes sooner, give them a shorter timeout, or raise the bound.";
  throw new ContractError("EXPECTATION_FAILED", `${problems.join("\n")}\n${advice}`);
}

function exceed(seen: number, max: number | undefined, unit: string, detail: () => string): string | undefined {
  if (max === undefined || seen <= max) return undefined;
  return `expected at most ${max} ${unit}, saw ${seen}. ${detail()}`.trimEnd();
}

const shownMax = 10;

function listLongest(used: readonly Used[], member: "running" | "hibernated"): string {
  return used
    .map((each) => ({ id: each.id, seconds: secondsOf(each[member]) }))
    .sort((one, other) => other.seconds - one.seconds)
    .slice(0, 3)
    .map(({ id, seconds }) => `${id} for ${seconds} s`)
    .join(", ");
}

/** Throws where a world holds sandboxes that cost on until a call ends them. */
export function requireNoLeaks(world: UsedWorld, contracts: readonly UsedContract[]): void {
  const nowMs = world.clock.now();
  const leaks = contracts.flatMap(({ contract, sandboxes: { table, at, isLeak } }) => {
    const left = [...(world.tables().get(table.name)?.records() ?? [])].filter((record) => isLeak(record, nowMs));
    return left.map((record) => {
      const ageS = (nowMs - record.createdAtMs) / 1000;
      return `  ${record.id}: ${at(record, nowMs).state}, made ${ageS} s ago by ${nameOf(world.tenants, contract, record.tenantId)}`;
    });
  });
  if (leaks.length === 0) return;
  const shown = leaks.slice(0, shownMax).join("\n");
  const more = leaks.length > shownMax ? `\n  and ${leaks.length - shownMax} more` : "";
  const noun = leaks.length === 1 ? "sandbox costs" : "sandboxes cost";
  throw new ContractError(
    "EXPECTATION_FAILED",
    `expected no sandbox that costs on, and ${leaks.length} ${noun} on until a call ends it:\n${shown}${more}\nKill what a test makes, also where it fails: client.sandboxes.kill(id) in a finally block.`,
  );
}

function nameOf(tenants: readonly Tenant[], contract: string, tenantId: string): string {
  return tenants.find((one) => one.contract === contract && one.id === tenantId)?.name ?? showValue(tenantId);
}
