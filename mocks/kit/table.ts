/** A value now, or a promise of it: a store in memory answers at once, one behind a network later. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value: at once where it is here. Then it costs nothing, and no other request gets in between. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does something, and something else where it fails, at once or later. */
export function orElse<T>(act: () => Awaitable<T>, otherwise: (error: unknown) => Awaitable<T>): Awaitable<T> {
  try {
    const value = act();
    return value instanceof Promise ? value.catch(otherwise) : value;
  } catch (error) {
    return otherwise(error);
  }
}

/** A time that never comes. It is a number, and no infinity, so that a record is JSON through and through. */
export const neverMs = Number.MAX_SAFE_INTEGER;

/**
 * What every stored record has. A record is a JSON value, whatever else it holds: it is written to files as it is. A record is never changed in place: a change is a new record that takes the old one's
 * place by compare-and-set, so snapshots and forks share records freely.
 */
export type StoredRecord = {
  readonly id: string;
  readonly tenantId: string;
  readonly version: number; // 1 when inserted, one more with each replacement
  readonly createdAtMs: number;
  readonly liveUntilMs: number; // when it stops counting as live if nothing changes it; neverMs, or 0 where it has already
};

/** A cap on how many of a tenant's records may be live at once. */
export type Quota = { readonly limit: number; readonly nowMs: number };

/** What an insertion came to: the record is in, its id is taken, or the quota is full. */
type InsertOutcome =
  | { readonly kind: "inserted" }
  | { readonly kind: "id-taken" }
  | { readonly kind: "quota-full"; readonly active: number };

export type ListOptions = {
  readonly limit: number;
  readonly liveAtMs?: number; // only records that are live at this time
};

/**
 * Records of one kind. An implementation makes each method atomic: two callers can never both see room for the
 * last place of a quota, nor both replace the same version.
 */
export type Table<R extends StoredRecord> = {
  readonly get: (id: string) => Awaitable<R | undefined>;
  readonly insert: (record: R, quota?: Quota) => Awaitable<InsertOutcome>;
  /** Puts `next` in the place of `current`; false, with nothing changed, when `current` is no longer what is stored. */
  readonly replace: (current: R, next: R) => Awaitable<boolean>;
  /** A tenant's records, newest first. */
  readonly list: (tenantId: string, options: ListOptions) => Awaitable<readonly R[]>;
  readonly countLive: (tenantId: string, nowMs: number) => Awaitable<number>;
};

const replaceAttemptsMax = 100;

/**
 * Reads a record, decides, and replaces it; begins anew when another writer was faster.
 *
 * @param decide - gives the record to store, or the same one where nothing is to change; pure, as it may run again
 * @returns the record as it stands afterwards, or undefined where there is none
 */
export async function updateRecord<R extends StoredRecord>(
  table: Table<R>,
  id: string,
  decide: (record: R) => R,
): Promise<R | undefined> {
  for (let attempt = 0; attempt < replaceAttemptsMax; attempt += 1) {
    // Waiting only where there is something to wait for, no other request gets in between where the store is in memory.
    const found = table.get(id);
    const current = found instanceof Promise ? await found : found;
    if (current === undefined) return undefined;
    const next = decide(current);
    if (next === current) return current;
    const replaced = table.replace(current, next);
    if (replaced instanceof Promise ? await replaced : replaced) return next;
  }
  throw new Error(`record ${id} was changed ${replaceAttemptsMax} times while one change to it was under way`);
}
