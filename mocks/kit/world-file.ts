import { createMemoryTable, type MemoryTable } from "./memory-table.ts";
import type { StoredRecord } from "./table.ts";
import type { Tenant, World, WorldSnapshot } from "./world.ts";

/** A world as it is written to a file: JSON through and through, and without a key. */
export type WorldFile = Omit<WorldSnapshot, "tenants" | "tables"> & {
  readonly format: "sandglass-world-1";
  readonly tenants: readonly Omit<Tenant, "key">[];
  readonly tables: Readonly<Record<string, readonly StoredRecord[]>>;
};

/** Writes a world down. */
export function formatWorldFile(world: World): WorldFile {
  const { tables, tenants, ...rest } = world.snapshot();
  return {
    format: "sandglass-world-1",
    ...rest,
    tenants: tenants.map(({ key: _key, ...tenant }) => tenant),
    tables: Object.fromEntries([...tables].map(([name, table]) => [name, [...table.records()]])),
  };
}

/**
 * Reads a world that was written down, for the holders of the keys of another: those whom both know by the same name
 * keep the key that they have there.
 */
export function parseWorldFile(file: WorldFile, world: World): WorldSnapshot {
  const { format: _format, tables, tenants, ...rest } = file;
  const keys = new Map(world.tenants.map(({ contract, name, key }) => [`${contract} ${name}`, key]));
  return {
    ...rest,
    settings: { ...world.settings, ...rest.settings },
    tenants: tenants.map((tenant) => ({ ...tenant, key: keys.get(`${tenant.contract} ${tenant.name}`) ?? "" })),
    tables: new Map<string, MemoryTable<StoredRecord>>(
      Object.entries(tables).map(([name, records]) => [name, createMemoryTable(records)]),
    ),
  };
}
