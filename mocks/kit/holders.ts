import type { TableName, World } from "./world.ts";
import type { StoredRecord } from "./table.ts";

/** Finds the world that has a record, among any number of worlds. */
export type Holders = {
  readonly find: (table: TableName<StoredRecord>, id: string) => World | undefined;
  /** Takes note of a record that is new, or another version of one. */
  readonly add: (world: World, table: string, id: string) => void;
  /** Takes note of a world that begins, with the records that it has. */
  readonly enter: (world: World) => void;
  readonly leave: (world: World) => void;
};

/** From so many records on, a world is asked rather than written down: there are few such worlds. */
const recordsMax = 1_000;

/**
 * Creates an index over worlds. A table is written down from the first search in it on: where nothing is ever searched for, it
 * costs nothing.
 *
 * @param first - the world that is asked before all others
 */
export function createHolders(worlds: ReadonlyMap<string, World>, first: string): Holders {
  const asked = new Set([first]);
  const tables = new Map<string, Map<string, readonly string[]>>(); // ids of worlds by those of records, for each table
  const add = (world: World, table: string, id: string) => {
    const holders = tables.get(table);
    if (holders === undefined || asked.has(world.id)) return;
    if (world.tables().get(table)!.size() > recordsMax) asked.add(world.id);
    const known = holders.get(id) ?? [];
    if (!known.includes(world.id)) holders.set(id, [...known, world.id]);
  };
  const enterTable = (world: World, table: string) => {
    for (const { id } of world.tables().get(table)?.records() ?? []) {
      if (asked.has(world.id)) return;
      add(world, table, id);
    }
  };
  return {
    find: ({ name }, id) => {
      if (!tables.has(name)) {
        tables.set(name, new Map());
        for (const world of worlds.values()) enterTable(world, name);
      }
      // What is written down is looked up: a world may have been put back since.
      for (const worldId of [...asked, ...(tables.get(name)!.get(id) ?? [])]) {
        const world = worlds.get(worldId);
        if (world?.tables().get(name)?.has(id) === true) return world;
      }
      return undefined;
    },
    add,
    enter: (world) => {
      for (const table of tables.keys()) enterTable(world, table);
    },
    leave: (world) => {
      if (world.id !== first) asked.delete(world.id);
      for (const [table, holders] of tables) {
        for (const { id } of world.tables().get(table)?.records() ?? []) {
          const left = holders.get(id)?.filter((worldId) => worldId !== world.id) ?? [];
          if (left.length === 0) holders.delete(id);
          else holders.set(id, left);
        }
      }
    },
  };
}
