import type { components } from "../../generated/control/types.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import { showValue } from "../../src/contract/printable.ts";
import { definedMembers } from "../kit/caller-input.ts";
import type { ContractFacts } from "../kit/contract.ts";
import type { JournalEntry } from "../kit/journal.ts";
import type { SandboxFacts } from "../kit/sandbox-facts.ts";
import { usageOf } from "../kit/usage.ts";
import type { World } from "../kit/world.ts";

type Schemas = components["schemas"];
type Page = Schemas["SandboxLifePage"];
type PastState = Schemas["PastState"];
type Listed = Omit<Schemas["SandboxLife"], "past">;

/** Which sandboxes are wanted. */
export type SandboxQuery = { readonly text?: string; readonly state?: string; readonly limit?: number };

const limitMax = 1_000;

/**
 * Reads the query of a list.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a limit that is none
 */
export function parseSandboxQuery({ text, state, limit }: Readonly<Record<string, string>>): SandboxQuery {
  const count = limit === undefined ? undefined : Number(limit);
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= limitMax)) {
    throw new ContractError("CONFIG_INVALID", `limit is a whole number from 1 to ${limitMax}, not ${showValue(limit)}`);
  }
  return definedMembers({ text, state, limit: count }) as SandboxQuery;
}

/** The sandboxes of a world, the newest first, with what each tenant uses. */
export function listSandboxLives(
  world: World,
  contracts: readonly ContractFacts[],
  { text = "", state, limit = 100 }: SandboxQuery = {},
): Page {
  const nowMs = world.clock.now();
  const all = listAll(world, contracts, nowMs).sort((one, other) => other.createdAtMs - one.createdAtMs);
  const facts = new Map<string, SandboxFacts>(contracts.map(({ contract, sandboxes }) => [contract, sandboxes]));
  const events = eventsOf(world, facts);
  const states: Record<string, number> = {};
  for (const one of all) states[one.state] = (states[one.state] ?? 0) + 1;
  const found = all.filter((one) => (state === undefined || one.state === state) && hasText(one, text));
  const pastOf = (one: Listed) => pastStates(one, facts.get(one.contract)!.firstState, events.get(one.id) ?? [], nowMs);
  return {
    nowMs,
    total: all.length,
    found: found.length,
    states,
    use: useOf(world, contracts),
    sandboxes: found.slice(0, limit).map((one) => ({ ...one, past: [...pastOf(one)] })),
  };
}

function hasText({ id, tags }: Listed, text: string): boolean {
  return id.includes(text) || Object.entries(tags).some(([name, value]) => `${name}=${value}`.includes(text));
}

function listAll(world: World, contracts: readonly ContractFacts[], nowMs: number): Listed[] {
  const names = new Map(world.tenants.map(({ contract, id, name }) => [`${contract} ${id}`, name]));
  return contracts.flatMap(({ contract, sandboxes: { table, at } }) => {
    const records = [...(world.tables().get(table.name)?.records() ?? [])];
    return records.map((record): Listed => {
      const { state, timed, gated = false, ports = [], tags = {} } = at(record, nowMs);
      return {
        ...{ id: record.id, contract: contract as Listed["contract"], state, timed: [...timed] },
        ...{ createdAtMs: record.createdAtMs, gated, ports: [...ports], tags },
        tenant: names.get(`${contract} ${record.tenantId}`) ?? record.tenantId,
      };
    });
  });
}

type SandboxEvent = { readonly atMs: number; readonly state: string; readonly cause: string };

/** Calls that changed sandboxes, by id, as far back as the journal reaches. */
function eventsOf(
  { journal, tenants }: World,
  facts: ReadonlyMap<string, SandboxFacts>,
): ReadonlyMap<string, readonly SandboxEvent[]> {
  const byId = new Map<string, SandboxEvent[]>();
  for (const entry of journal.entries()) {
    const sandboxes = facts.get(entry.contract);
    const state = sandboxes?.stateAfter[entry.operation];
    const id = sandboxes?.idPattern.exec(entry.url)?.[0];
    if (state === undefined || id === undefined || entry.status >= 300) continue;
    const events = byId.get(id) ?? [];
    byId.set(id, events);
    events.push({ atMs: entry.atMs, state, cause: causeOf(entry, tenants) });
  }
  return byId;
}

function causeOf({ tenantId, method, url }: JournalEntry, tenants: World["tenants"]): string {
  const name = tenants.find(({ id }) => id === tenantId)?.name ?? tenantId;
  return `${name}: ${method} ${url.split("?")[0]!}`;
}

/** The states that a sandbox was in: by calls, and by time up to now. */
function pastStates(
  { tenant, createdAtMs, timed }: Listed,
  firstState: string,
  events: readonly SandboxEvent[],
  nowMs: number,
): readonly PastState[] {
  const past: PastState[] = [{ state: firstState, fromMs: createdAtMs, cause: `made by ${tenant}` }];
  for (const { atMs, state, cause } of events) {
    // What a wake found hibernated without a call had been idle; since when, no record says any more.
    if (state === "running" && past.at(-1)!.state === "running") past.push({ state: "hibernated", cause: "idle" });
    past.push({ state, fromMs: atMs, cause });
  }
  for (const { state, fromMs, rule } of timed) if (fromMs <= nowMs) past.push({ state, fromMs, cause: rule });
  return past;
}

function useOf(world: World, contracts: readonly ContractFacts[]): Page["use"] {
  const facts = new Map(contracts.map(({ contract, sandboxes }) => [contract, sandboxes]));
  return usageOf(world, contracts).map((usage) => {
    const { contract, tenant: name } = usage;
    const tenant = world.tenants.find((one) => one.contract === contract && one.name === name)!;
    const quota = facts.get(contract)?.quotaOf?.(world, tenant) ?? null;
    return { ...usage, contract: contract as Listed["contract"], ...(quota === null ? {} : { quota }) };
  });
}

/** What the tenants of a world have used so far, and together. */
export function viewUsage(world: World, contracts: readonly ContractFacts[]): Schemas["Usage"] {
  const tenants = useOf(world, contracts);
  const sum = (member: "creates" | "running" | "sandboxSeconds" | "hibernatedSeconds") =>
    tenants.reduce((all, one) => all + one[member], 0);
  return {
    nowMs: world.clock.now(),
    ...{ creates: sum("creates"), running: sum("running") },
    ...{ sandboxSeconds: sum("sandboxSeconds"), hibernatedSeconds: sum("hibernatedSeconds") },
    tenants,
  };
}
