import { createLiveCounter, type LiveCounter, type Slot } from "./live-counter.ts";
import type { ListOptions, Quota, StoredRecord, Table } from "./table.ts";

/** Is told of each record that is inserted or replaced. */
export type OnWrite<R extends StoredRecord> = (record: R) => void;

/** A table in this process's memory. Forking it costs nothing until one of the two is written. */
export type MemoryTable<R extends StoredRecord> = Table<R> & {
  readonly fork: (onWrite?: OnWrite<R>) => MemoryTable<R>;
  /** All records, oldest first within each tenant. */
  readonly records: () => Iterable<R>;
  readonly size: () => number;
  readonly has: (id: string) => boolean;
};

type TenantIndex<R extends StoredRecord> = {
  readonly slots: Slot<R>[]; // all, oldest first
  readonly runs: Slot<R>[][]; // of all, in pieces: those that may be live; expired ones stay until a listing passes over them
  readonly runsUntilMs: number[]; // until when one of a run may be live: after it, a listing does not look at any of them
  counter: LiveCounter<R> | undefined; // made when a quota first asks
};

const runSlots = 512;
const runOf = ({ order }: { readonly order: number }) => Math.floor(order / runSlots);

type State<R extends StoredRecord> = {
  readonly slots: Map<string, Slot<R>>;
  readonly tenants: Map<string, TenantIndex<R>>;
};

/** Creates a table that holds `records`, in their order. */
export function createMemoryTable<R extends StoredRecord>(
  records: Iterable<R> = [],
  onWrite?: OnWrite<R>,
): MemoryTable<R> {
  const state: State<R> = { slots: new Map(), tenants: new Map() };
  for (const record of records) add(state, record);
  return tableOver(state, false, onWrite);
}

function tableOver<R extends StoredRecord>(
  initial: State<R>,
  initiallyShared: boolean,
  onWrite: OnWrite<R> = () => {},
): MemoryTable<R> {
  let state = initial;
  let shared = initiallyShared;
  const own = () => {
    if (shared) state = copy(state);
    shared = false;
    return state;
  };
  return {
    get: (id) => state.slots.get(id)?.record,
    insert: (record, quota) => {
      const outcome = insert(own(), record, quota);
      if (outcome.kind === "inserted") onWrite(record);
      return outcome;
    },
    replace: (current, next) => {
      const replaced = replace(own(), current, next);
      if (replaced) onWrite(next);
      return replaced;
    },
    list: (tenantId, options) => list(options.liveAtMs === undefined ? state : own(), tenantId, options),
    countLive: (tenantId, nowMs) => countLive(own(), tenantId, nowMs),
    fork: (told) => {
      shared = true;
      return tableOver(state, true, told);
    },
    records: () => recordsOf(state),
    size: () => state.slots.size,
    has: (id) => state.slots.has(id),
  };
}

function* recordsOf<R extends StoredRecord>(state: State<R>): Generator<R> {
  for (const tenant of state.tenants.values()) for (const slot of tenant.slots) yield slot.record;
}

function copy<R extends StoredRecord>(state: State<R>): State<R> {
  const result: State<R> = { slots: new Map(), tenants: new Map() };
  for (const record of recordsOf(state)) add(result, record);
  return result;
}

function tenantOf<R extends StoredRecord>(state: State<R>, tenantId: string): TenantIndex<R> {
  let tenant = state.tenants.get(tenantId);
  if (tenant === undefined) {
    tenant = { slots: [], runs: [], runsUntilMs: [], counter: undefined };
    state.tenants.set(tenantId, tenant);
  }
  return tenant;
}

function add<R extends StoredRecord>(state: State<R>, record: R): Slot<R> {
  const tenant = tenantOf(state, record.tenantId);
  const slot: Slot<R> = { record, order: tenant.slots.length, listed: true, countedUntilMs: -1 };
  state.slots.set(record.id, slot);
  tenant.slots.push(slot);
  (tenant.runs[runOf(slot)] ??= []).push(slot);
  postpone(tenant, slot);
  return slot;
}

/** Takes note of when a slot expires. */
function postpone<R extends StoredRecord>({ runsUntilMs }: TenantIndex<R>, slot: Slot<R>): void {
  const run = runOf(slot);
  runsUntilMs[run] = Math.max(runsUntilMs[run] ?? 0, slot.record.liveUntilMs);
}

function insert<R extends StoredRecord>(state: State<R>, record: R, quota: Quota | undefined) {
  if (state.slots.has(record.id)) return { kind: "id-taken" } as const;
  if (quota !== undefined) {
    const active = countLive(state, record.tenantId, quota.nowMs);
    if (active >= quota.limit) return { kind: "quota-full", active } as const;
  }
  const slot = add(state, record);
  tenantOf(state, record.tenantId).counter?.update(slot, quota?.nowMs ?? record.createdAtMs);
  return { kind: "inserted" } as const;
}

function replace<R extends StoredRecord>(state: State<R>, current: R, next: R): boolean {
  const slot = state.slots.get(current.id);
  if (slot === undefined || slot.record.version !== current.version) return false;
  slot.record = next;
  const tenant = tenantOf(state, next.tenantId);
  if (!slot.listed && next.liveUntilMs > 0) relist(tenant, slot);
  postpone(tenant, slot);
  tenant.counter?.update(slot, 0);
  return true;
}

function countLive<R extends StoredRecord>(state: State<R>, tenantId: string, nowMs: number): number {
  const tenant = tenantOf(state, tenantId);
  tenant.counter ??= createLiveCounter(tenant.slots);
  return tenant.counter.count(nowMs);
}

function list<R extends StoredRecord>(state: State<R>, tenantId: string, { limit, liveAtMs }: ListOptions): R[] {
  const tenant = state.tenants.get(tenantId);
  if (tenant === undefined) return [];
  if (liveAtMs !== undefined) return listLive(tenant, limit, liveAtMs);
  const newest = tenant.slots.slice(Math.max(0, tenant.slots.length - limit)).reverse();
  return newest.map(({ record }) => record);
}

function listLive<R extends StoredRecord>({ runs, runsUntilMs }: TenantIndex<R>, limit: number, nowMs: number): R[] {
  const found: R[] = [];
  for (let run = runs.length - 1; run >= 0 && found.length < limit; run -= 1) {
    if (runsUntilMs[run]! <= nowMs) continue;
    const slots = runs[run]!;
    const before = found.length;
    let passed = 0;
    let at = slots.length - 1;
    for (; at >= 0 && found.length < limit; at -= 1) {
      const { record } = slots[at]!;
      if (record.liveUntilMs > nowMs) found.push(record);
      else passed += 1;
    }
    // Each expired slot is passed over once or twice and then dropped, so that a listing costs what it answers.
    if (passed > found.length - before) dropExpired(slots, at + 1, nowMs);
    if (slots.length === 0) runsUntilMs[run] = 0;
  }
  return found;
}

function dropExpired<R extends StoredRecord>(slots: Slot<R>[], from: number, nowMs: number): void {
  let kept = from;
  for (let at = from; at < slots.length; at += 1) {
    const slot = slots[at]!;
    slot.listed = slot.record.liveUntilMs > nowMs;
    if (slot.listed) slots[kept++] = slot;
  }
  slots.length = kept;
}

function relist<R extends StoredRecord>({ runs }: TenantIndex<R>, slot: Slot<R>): void {
  const slots = runs[runOf(slot)]!;
  let from = 0;
  let to = slots.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (slots[middle]!.order < slot.order) from = middle + 1;
    else to = middle;
  }
  slots.splice(from, 0, slot);
  slot.listed = true;
}
