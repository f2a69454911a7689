import type { components } from "../../generated/control/types.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import { showValue } from "../../src/contract/printable.ts";
import { definedMembers } from "../kit/caller-input.ts";
import type { JournalEntry } from "../kit/journal.ts";
import type { World } from "../kit/world.ts";
import { settings as openComputerSettings } from "../opencomputer/settings.ts";
import { type OpenComputerSandboxRecord, sandboxTable as openComputerTable } from "../opencomputer/sandbox.ts";
import { type RecoupSandboxRecord, sandboxTable as recoupTable } from "../recoup/sandbox.ts";
import { openComputerLife, recoupLife, type SandboxLife } from "./sandbox-life.ts";

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
export function listSandboxLives(world: World, { text = "", state, limit = 100 }: SandboxQuery = {}): Page {
  const nowMs = world.clock.now();
  const all = listAll(world, nowMs).sort((one, other) => other.createdAtMs - one.createdAtMs);
  const events = eventsOf(world);
  const states: Record<string, number> = {};
  for (const one of all) states[one.state] = (states[one.state] ?? 0) + 1;
  const found = all.filter((one) => (state === undefined || one.state === state) && hasText(one, text));
  const pastOf = (one: Listed) => pastStates(one, events.byId.get(one.id) ?? [], nowMs);
  return {
    nowMs,
    total: all.length,
    found: found.length,
    states,
    use: useOf(world, all, pastOf, { nowMs, isExact: events.isWhole }),
    sandboxes: found.slice(0, limit).map((one) => ({ ...one, past: [...pastOf(one)] })),
  };
}

function hasText({ id, tags }: Listed, text: string): boolean {
  return id.includes(text) || Object.entries(tags).some(([name, value]) => `${name}=${value}`.includes(text));
}

function listAll(world: World, nowMs: number): Listed[] {
  const names = new Map(world.tenants.map(({ contract, id, name }) => [`${contract} ${id}`, name]));
  const listed = (life: SandboxLife, record: { readonly tenantId: string; readonly createdAtMs: number }) => ({
    ...{ id: life.id, contract: life.contract, state: life.state, timed: [...life.timed] },
    createdAtMs: record.createdAtMs,
    tenant: names.get(`${life.contract} ${record.tenantId}`) ?? record.tenantId,
  });
  const recordsOf = <R>(name: string) => [...(world.tables().get(name)?.records() ?? [])] as unknown as readonly R[];
  return [
    ...recordsOf<OpenComputerSandboxRecord>(openComputerTable.name).map((record) => ({
      ...listed(openComputerLife(record, nowMs), record),
      gated: record.tokenHash !== undefined,
      ports: record.previews.map(({ port }) => port),
      tags: record.tags,
    })),
    ...recordsOf<RecoupSandboxRecord>(recoupTable.name).map((record) => ({
      ...listed(recoupLife(record, nowMs), record),
      ...{ gated: false, ports: [], tags: {} },
    })),
  ];
}

/** The state that a call leaves a sandbox in, where it succeeds. */
const stateAfter: Readonly<Record<string, string>> = {
  hibernateSandbox: "hibernated",
  wakeSandbox: "running",
  killSandbox: "stopped",
};

type SandboxEvent = { readonly atMs: number; readonly state: string; readonly cause: string };
type SandboxEvents = { readonly byId: ReadonlyMap<string, readonly SandboxEvent[]>; readonly isWhole: boolean };

/** Calls that changed sandboxes, by id, as far back as the journal reaches. */
function eventsOf({ journal, tenants }: World): SandboxEvents {
  const byId = new Map<string, SandboxEvent[]>();
  let held = 0;
  for (const entry of journal.entries()) {
    held += 1;
    const state = stateAfter[entry.operation];
    const id = /\/(sb-[0-9a-f]+)/.exec(entry.url)?.[1];
    if (state === undefined || id === undefined || entry.status >= 300) continue;
    const events = byId.get(id) ?? [];
    byId.set(id, events);
    events.push({ atMs: entry.atMs, state, cause: causeOf(entry, tenants) });
  }
  return { byId, isWhole: held === journal.seen() };
}

function causeOf({ tenantId, method, url }: JournalEntry, tenants: World["tenants"]): string {
  const name = tenants.find(({ id }) => id === tenantId)?.name ?? tenantId;
  return `${name}: ${method} ${url.split("?")[0]!}`;
}

/** The states that a sandbox was in: by calls, and by time up to now. */
function pastStates(
  { contract, tenant, createdAtMs, timed }: Listed,
  events: readonly SandboxEvent[],
  nowMs: number,
): readonly PastState[] {
  const first = contract === "recoup" ? "pending" : "running";
  const past: PastState[] = [{ state: first, fromMs: createdAtMs, cause: `made by ${tenant}` }];
  for (const { atMs, state, cause } of events) {
    // What a wake found hibernated without a call had been idle; since when, no record says any more.
    if (state === "running" && past.at(-1)!.state === "running") past.push({ state: "hibernated", cause: "idle" });
    past.push({ state, fromMs: atMs, cause });
  }
  for (const { state, fromMs, rule } of timed) if (fromMs <= nowMs) past.push({ state, fromMs, cause: rule });
  return past;
}

function useOf(
  world: World,
  all: readonly Listed[],
  pastOf: (one: Listed) => readonly PastState[],
  { nowMs, isExact }: { readonly nowMs: number; readonly isExact: boolean },
): Page["use"] {
  const used = new Map<string, { running: number; ms: number; isExact: boolean }>();
  for (const one of all) {
    const key = `${one.contract} ${one.tenant}`;
    const use = used.get(key) ?? { running: 0, ms: 0, isExact };
    used.set(key, use);
    const past = pastOf(one);
    use.running += one.state === "running" ? 1 : 0;
    use.ms += ranMs(past, nowMs);
    use.isExact &&= past.every(({ fromMs }) => fromMs !== undefined);
  }
  return world.tenants.map((tenant) => {
    const { contract, name } = tenant;
    const { quota } = openComputerSettings.of(world, tenant);
    const use = used.get(`${contract} ${name}`) ?? { running: 0, ms: 0, isExact: true };
    return {
      ...{ contract: contract as "recoup" | "opencomputer", tenant: name, running: use.running },
      ...{ sandboxSeconds: use.ms / 1000, isExact: use.isExact },
      ...(quota === null || contract === "recoup" ? {} : { quota }),
    };
  });
}

function ranMs(past: readonly PastState[], nowMs: number): number {
  return past.reduce((sum, { state, fromMs }, at) => {
    if (state !== "running" || fromMs === undefined) return sum;
    const until = past.slice(at + 1).find((next) => next.fromMs !== undefined)?.fromMs ?? nowMs;
    return sum + Math.max(0, until - fromMs);
  }, 0);
}
