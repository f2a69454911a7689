import { neverMs, type StoredRecord } from "./table.ts";

/** Where a record stands in its table: the slot stays, the record in it is replaced. */
export type Slot<R extends StoredRecord> = {
  record: R;
  readonly order: number; // 0 for the first of its tenant, one more for each after it
  listed: boolean; // whether the tenant's list of live slots holds it
  countedUntilMs: number; // the deadline under which a counter holds it; -1 when it does not
};

/**
 * Counts live records without a timer: a queue by deadline from which the expired ones are taken when it is read.
 * A deadline that was postponed stays queued under its old time and is queued anew when that comes up.
 */
export type LiveCounter<R extends StoredRecord> = {
  /** How many slots are live at `nowMs`; the time given never goes back. */
  readonly count: (nowMs: number) => number;
  /** Takes note that the slot is new or holds another record. */
  readonly update: (slot: Slot<R>, nowMs: number) => void;
};

// Beyond this share of expiries at once, one pass over the whole queue is cheaper than taking them one by one.
const popsMin = 64;
const popsShare = 1 / 8;

/** Creates a counter over the slots of one tenant. */
export function createLiveCounter<R extends StoredRecord>(slots: Iterable<Slot<R>>): LiveCounter<R> {
  let queue: Slot<R>[] = [];
  let endless = 0; // live slots without a deadline: counted, never queued
  const enter = (slot: Slot<R>) => {
    slot.countedUntilMs = slot.record.liveUntilMs;
    if (slot.countedUntilMs === neverMs) endless += 1;
    else push(queue, slot);
  };
  const settle = (nowMs: number) => {
    const popsMax = Math.max(popsMin, queue.length * popsShare);
    for (let pops = 0; pops < popsMax; pops += 1) {
      const first = queue[0];
      if (first === undefined || first.countedUntilMs > nowMs) return;
      pop(queue);
      first.countedUntilMs = -1;
      if (first.record.liveUntilMs > nowMs) enter(first);
    }
    const waiting = queue;
    queue = [];
    for (const slot of waiting) {
      slot.countedUntilMs = -1;
      if (slot.record.liveUntilMs > nowMs) enter(slot);
    }
  };
  for (const slot of slots) {
    slot.countedUntilMs = -1;
    if (slot.record.liveUntilMs > 0) enter(slot);
  }
  return {
    count: (nowMs) => {
      settle(nowMs);
      return queue.length + endless;
    },
    update: (slot, nowMs) => {
      const { countedUntilMs } = slot;
      const { liveUntilMs } = slot.record;
      if (
        countedUntilMs !== -1 &&
        countedUntilMs !== neverMs &&
        liveUntilMs >= countedUntilMs &&
        liveUntilMs < neverMs
      ) {
        return; // postponed: the queue looks again when the old deadline comes up
      }
      if (countedUntilMs === neverMs) endless -= 1;
      else if (countedUntilMs !== -1) remove(queue, slot);
      slot.countedUntilMs = -1;
      if (liveUntilMs > nowMs) enter(slot);
    },
  };
}

// A binary heap in an array, earliest deadline first.

function push<R extends StoredRecord>(heap: Slot<R>[], slot: Slot<R>): void {
  heap.push(slot);
  rise(heap, heap.length - 1);
}

function pop<R extends StoredRecord>(heap: Slot<R>[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  heap[0] = last;
  sink(heap, 0);
}

function remove<R extends StoredRecord>(heap: Slot<R>[], slot: Slot<R>): void {
  const at = heap.indexOf(slot);
  const last = heap.pop()!;
  if (last === slot) return;
  heap[at] = last;
  rise(heap, at);
  sink(heap, at);
}

function rise<R extends StoredRecord>(heap: Slot<R>[], from: number): void {
  const slot = heap[from]!;
  let at = from;
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt]!;
    if (parent.countedUntilMs <= slot.countedUntilMs) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = slot;
}

function sink<R extends StoredRecord>(heap: Slot<R>[], from: number): void {
  const slot = heap[from]!;
  let at = from;
  for (;;) {
    let childAt = at * 2 + 1;
    const left = heap[childAt];
    if (left === undefined) break;
    const right = heap[childAt + 1];
    if (right !== undefined && right.countedUntilMs < left.countedUntilMs) childAt += 1;
    const child = heap[childAt]!;
    if (slot.countedUntilMs <= child.countedUntilMs) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = slot;
}
