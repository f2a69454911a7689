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
  readonly live: Slot<R>[]; // those that may be live, oldest first; expired ones stay until a listing passes over them
  counter: LiveCounter<R> | undefined; // made when a quota first asks
};

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
    tenant = { slots: [], live: [], counter: undefined };
    state.tenants.set(tenantId, tenant);
  }
  return tenant;
}

function add<R extends StoredRecord>(state: State<R>, record: R): Slot<R> {
  const tenant = tenantOf(state, record.tenantId);
  const slot: Slot<R> = { record, order: tenant.slots.length, listed: true, countedUntilMs: -1 };
  state.slots.set(record.id, slot);
  tenant.slots.push(slot);
  tenant.live.push(slot);
  return slot;
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
  const found: R[] = [];
  const slots = liveAtMs === undefined ? tenant.slots : tenant.live;
  let passed = 0;
  let at = slots.length - 1;
  for (; at >= 0 && found.length < limit; at -= 1) {
    const { record } = slots[at]!;
    if (liveAtMs === undefined || record.liveUntilMs > liveAtMs) found.push(record);
    else passed += 1;
  }
  // Each expired slot is passed over once or twice and then dropped, so that a listing costs what it answers.
  if (liveAtMs !== undefined && passed > found.length) dropExpired(tenant.live, at + 1, liveAtMs);
  return found;
}

function dropExpired<R extends StoredRecord>(live: Slot<R>[], from: number, nowMs: number): void {
  let kept = from;
  for (let at = from; at < live.length; at += 1) {
    const slot = live[at]!;
    slot.listed = slot.record.liveUntilMs > nowMs;
    if (slot.listed) live[kept++] = slot;
  }
  live.length = kept;
}

function relist<R extends StoredRecord>({ live }: TenantIndex<R>, slot: Slot<R>): void {
  let from = 0;
  let to = live.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (live[middle]!.order < slot.order) from = middle + 1;
    else to = middle;
  }
  live.splice(from, 0, slot);
  slot.listed = true;
}
