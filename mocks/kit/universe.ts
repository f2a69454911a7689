import type { Clock } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { FaultSetting } from "./fault.ts";
import type { JournalOptions } from "./journal.ts";
import type { FoundUniverse, Keeper } from "./keeper.ts";
import { createRandom, drawSeed, type Random, restoreRandom } from "./random.ts";
import { createHolders } from "./holders.ts";
import type { StoredRecord } from "./table.ts";
import type { UsedContract } from "./usage.ts";
import { definedMembers } from "./caller-input.ts";
import {
  createWorld,
  restoreWorld,
  type CommonSettings,
  type Settings,
  type TableName,
  type Tenant,
  type World,
  type WorldChecks,
  type WorldSnapshot,
} from "./world.ts";

/** A tenant that every world is to hold, before ids and keys are given out. */
export type TenantTemplate = {
  /** Whose API the key is for. */
  readonly contract: string;
  /** What people call it, such as `ada`. */
  readonly name: string;
  /** Tenants of one contract that name the same organisation share it. One of its own, called as it is, by default. */
  readonly organisation?: string;
  /** Its account's or organisation's id in the default world; drawn in all others. */
  readonly id?: string;
  /** Its organisation's id in the default world; drawn in all others. */
  readonly organisationId?: string;
  /** Its key in the default world, `sandglass-<name>` by default; drawn in all others. */
  readonly key?: string;
};

/** How a universe and its default world begin. */
export type UniverseOptions = {
  readonly baseClock: Clock;
  readonly seed?: string; // drawn by default, and then secrets come from the machine
  readonly templates: readonly TenantTemplate[];
  readonly settings: Settings;
  readonly ownSettings?: (worldId: string) => Partial<Settings>; // of each world beside the default one
  readonly clockScale?: number; // of the default world
  readonly startMs?: number; // of the default world
  readonly faults?: readonly FaultSetting[]; // of the default world
  readonly checks?: WorldChecks;
  readonly journal?: JournalOptions;
  readonly contracts?: readonly UsedContract[]; // whose sandboxes are counted
  readonly keeper?: Keeper; // goes on with what it has found
};

/** How a world begins. */
export type NewWorldOptions<S extends CommonSettings = Settings> = {
  /** What its ids, runs and secrets derive from; derived from the mock's seed by default. */
  readonly seed?: string;
  /** Speed of its clock: 0 stands still, 1 is real; as the default world's is now by default. */
  readonly clockScale?: number;
  /** First reading of its clock, in milliseconds since the Unix epoch; the default world's, if that was given, else the present. */
  readonly startMs?: number;
  /** Its settings; those left out are as the default world's are now, but for those that each world has of its own. */
  readonly settings?: Partial<S>;
  /** Faults that are on; those of the default world by default. */
  readonly faults?: readonly FaultSetting[];
};

/** All worlds of one mock. Every key belongs to exactly one of them. */
export type Universe<S extends CommonSettings = Settings> = {
  readonly seed: string;
  readonly defaultWorld: () => World<S>;
  readonly find: (id: string) => World<S> | undefined;
  /** The world that `key` belongs to, and whose key it is. */
  readonly findByKey: (
    contract: string,
    key: string,
  ) => { readonly world: World<S>; readonly tenant: Tenant } | undefined;
  readonly worlds: () => Iterable<World<S>>;
  /** The world that has a record of this id; the default one before all others. */
  readonly findHolder: (table: TableName<StoredRecord>, id: string) => World<S> | undefined;
  /**
   * A new world, empty, with keys of its own. At the end of a block that holds it by `await using` it is deleted.
   *
   * @throws {@link ContractError} `CONFIG_INVALID` for an option that does not exist or cannot be so
   */
  create(options?: NewWorldOptions<S>): World<S> & AsyncDisposable; // a method, so that a universe of known settings is a universe
  /** A new world that goes on from where `world` is, with keys of its own. */
  readonly fork: (world: World) => World<S> & AsyncDisposable;
  /** Puts a world back to a snapshot, or to how it began; its id and keys stay. Use the world that comes back from then on. */
  readonly reset: (world: World, snapshot?: WorldSnapshot) => World<S>;
  /**
   * Ends a world: its keys are unknown from then on. As a fork and a reset, it refuses what is no world of this mock.
   *
   * @throws {@link ContractError} `CONFIG_INVALID`, for the default world too, which answers for every unknown key
   */
  readonly delete: (world: World) => void;
};

export const defaultWorldId = "default";

/**
 * Creates a universe that holds the default world, with its fixed keys, or goes on with one that was kept.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for another seed than that of the kept one
 */
export function createUniverse(options: UniverseOptions): Universe {
  const { baseClock, templates, settings, ownSettings = () => ({}), journal, checks, contracts, keeper } = options;
  const found = requireSeedOf(keeper?.found, options.seed);
  const seed = found?.head.seed ?? options.seed ?? drawSeed();
  const seededSecrets = found?.head.seededSecrets ?? options.seed !== undefined;
  const random = found === undefined ? createRandom(`universe ${seed}`) : restoreRandom(found.head.random);
  const worlds = new Map<string, World>();
  const initialSnapshots = new Map<string, WorldSnapshot>();
  const owners = new Map<string, readonly { world: World; tenant: Tenant }[]>(); // by key: one for each contract that has it
  const othersOf = ({ contract, key }: Tenant) =>
    owners.get(key)?.filter((owner) => owner.tenant.contract !== contract) ?? [];
  const holders = createHolders(worlds, defaultWorldId);
  const enter = (world: World): World => {
    const replaced = worlds.get(world.id);
    if (replaced !== undefined) holders.leave(replaced);
    worlds.set(world.id, world);
    holders.enter(world);
    for (const tenant of world.tenants) owners.set(tenant.key, [...othersOf(tenant), { world, tenant }]);
    return world;
  };
  const keep = (world: World, initial?: WorldSnapshot): World => {
    keeper?.hold(world, { seed, seededSecrets, random: random.state() }, initial);
    return enter(world);
  };
  const begin = (world: World): World => {
    const initial = world.snapshot();
    initialSnapshots.set(world.id, initial);
    return keep(world, initial);
  };
  const given = {
    baseClock,
    ...(journal === undefined ? {} : { journal }),
    ...(checks === undefined ? {} : { checks }),
    ...(contracts === undefined ? {} : { contracts }),
    observer: {
      ...keeper?.observer,
      recordChanged: (world: World, table: string, record: StoredRecord) => {
        holders.add(world, table, record.id);
        keeper?.observer.recordChanged(world, table, record);
      },
    },
  };
  const start = options.startMs === undefined ? {} : { startMs: options.startMs };
  const usual = createDefaultTenants(templates, createRandom(`tenants ${seed}`));
  for (const [id, { head, kept, initial }] of found?.worlds ?? []) {
    const named = initial.tenants.map((tenant) => ({ ...tenant, key: keyOf(tenant.name, id) }));
    const holders = id === defaultWorldId ? usual : named;
    initialSnapshots.set(id, { ...initial, tenants: withKeysOf(holders, initial.tenants) });
    const snapshot = { ...head, tables: new Map<string, never>() };
    const world = restoreWorld({ id, snapshot, kept, tenants: withKeysOf(holders, head.tenants), ...given });
    keeper!.resume(enter(world));
  }
  if (found === undefined) {
    const first = createWorld({
      id: defaultWorldId,
      seed,
      seededSecrets,
      settings,
      tenants: usual,
      ...start,
      ...(options.clockScale === undefined ? {} : { clockScale: options.clockScale }),
      ...given,
    });
    first.setFaults(options.faults ?? []);
    begin(first);
  }
  const initialSnapshotOf = (id: string): WorldSnapshot => {
    const initial = initialSnapshots.get(id)!;
    // A clock that stands still goes back to where it stood; one that runs has gone on meanwhile.
    return initial.clockScale === 0 ? initial : { ...initial, nowMs: baseClock.now() };
  };
  const freshTenants = (id: string) => createTenants(templates, id, random);
  const freshId = () => {
    for (;;) {
      const id = `w${random.hex(8)}`;
      if (!worlds.has(id)) return id;
    }
  };
  /** Refuses what is no world of this universe, such as one that was deleted. */
  const requireWorld = (what: string, world: Pick<World, "id"> | null | undefined) => {
    if (worlds.has(world?.id ?? "")) return;
    const message = `${what}: this is no world of this mock, or no longer: give one that createWorld() gave`;
    throw new ContractError("CONFIG_INVALID", message);
  };
  const remove = (world: World) => {
    worlds.delete(world.id);
    holders.leave(world);
    initialSnapshots.delete(world.id);
    keeper?.release(world.id);
    for (const tenant of world.tenants) {
      const others = othersOf(tenant);
      if (others.length === 0) owners.delete(tenant.key);
      else owners.set(tenant.key, others);
    }
  };
  const disposable = (world: World) =>
    Object.assign(world, { [Symbol.asyncDispose]: () => Promise.resolve(remove(world)) });
  return {
    seed,
    defaultWorld: () => worlds.get(defaultWorldId)!,
    find: (id) => worlds.get(id),
    findByKey: (contract, key) => owners.get(key)?.find(({ tenant }) => tenant.contract === contract),
    worlds: () => worlds.values(),
    findHolder: holders.find,
    create: (options = {}) => {
      checks?.world(options);
      const id = freshId();
      const likeness = worlds.get(defaultWorldId)!;
      const { settings: own = {}, faults = likeness.faults(), ...rest } = definedMembers(options);
      const world = createWorld({
        seed: `${seed}/${id}`,
        clockScale: likeness.clock.scale(),
        ...start,
        ...rest,
        id,
        seededSecrets: seededSecrets || rest.seed !== undefined,
        settings: { ...likeness.settings, ...ownSettings(id), ...definedMembers(own) },
        tenants: freshTenants(id),
        ...given,
      });
      world.setFaults(faults);
      return disposable(begin(world));
    },
    fork: (world) => {
      requireWorld("fork", world);
      const id = freshId();
      const snapshot = world.snapshot();
      const tenants = world.tenants.map((tenant) => ({ ...tenant, key: keyOf(tenant.name, id) }));
      const forked = { ...snapshot, settings: { ...snapshot.settings, ...ownSettings(id) } };
      return disposable(begin(restoreWorld({ id, snapshot: forked, tenants, ...given })));
    },
    reset: (world, snapshot) => {
      requireWorld("reset", world);
      if (snapshot !== undefined && !((snapshot as WorldSnapshot | null)?.tables instanceof Map)) {
        throw new ContractError("CONFIG_INVALID", "reset: this is no snapshot: give what snapshot() of a world gave");
      }
      const { id } = world;
      const from = snapshot ?? initialSnapshotOf(id);
      const tenants = withKeysOf(initialSnapshots.get(id)!.tenants, from.tenants);
      // What other worlds know it by stays the world's own, whichever world the snapshot is of.
      const kept = Object.keys(ownSettings(id)).map((name) => [name, world.settings[name]] as const);
      const own = { ...from, settings: { ...from.settings, ...Object.fromEntries(kept) } };
      return keep(restoreWorld({ id, snapshot: snapshot === undefined ? from : own, tenants, ...given }));
    },
    delete: (world) => {
      requireWorld("delete", world);
      if (world.id === defaultWorldId) {
        throw new ContractError("CONFIG_INVALID", "the default world cannot be deleted: reset it instead");
      }
      remove(world);
    },
  };
}

function requireSeedOf(found: FoundUniverse | undefined, asked: string | undefined): FoundUniverse | undefined {
  if (found === undefined || asked === undefined || asked === found.head.seed) return found;
  const message = `seed: the kept state is of seed ${found.head.seed}, not ${asked}: name that one or none, or another file`;
  throw new ContractError("CONFIG_INVALID", message);
}

// Tenants of one contract and name are the same to both worlds. A tenant that the snapshot does not know stays, without
// records; one that it alone knows has no key here.
function withKeysOf(holders: readonly Tenant[], tenants: readonly Tenant[]): Tenant[] {
  const nameOf = ({ contract, name }: Tenant) => `${contract} ${name}`;
  const known = new Map(tenants.map((tenant) => [nameOf(tenant), tenant]));
  const held = new Set(holders.map(nameOf));
  const others = tenants.filter((tenant) => !held.has(nameOf(tenant)));
  return [
    ...holders.map((holder) => ({ ...(known.get(nameOf(holder)) ?? holder), key: holder.key })),
    ...others.map((tenant) => ({ ...tenant, key: "" })),
  ];
}

const keyOf = (name: string, worldId: string) => `sandglass-${worldId}-${name}`;

function createDefaultTenants(templates: readonly TenantTemplate[], random: Random): Tenant[] {
  return createTenants(templates, defaultWorldId, random).map((tenant, at) => {
    const { id = tenant.id, organisationId = tenant.organisationId, key = `sandglass-${tenant.name}` } = templates[at]!;
    return { ...tenant, id, organisationId, key };
  });
}

function createTenants(templates: readonly TenantTemplate[], worldId: string, random: Random): Tenant[] {
  const organisationIds = new Map<string, string>();
  return templates.map(({ organisation, ...template }) => {
    const { contract, name } = template;
    const organisationKey = `${contract} ${organisation ?? name}`;
    const organisationId = organisationIds.get(organisationKey) ?? random.uuid();
    organisationIds.set(organisationKey, organisationId);
    return { ...template, id: random.uuid(), organisationId, key: keyOf(name, worldId) };
  });
}
