import { createWorldClock, type WorldClock } from "./clock.ts";
import type { Clock } from "../../src/contract/clock.ts";
import { definedMembers } from "./caller-input.ts";
import type { FaultSetting } from "./fault.ts";
import {
  createJournal,
  type Journal,
  type JournalChecks,
  type JournalOptions,
  type JournalRecord,
  type JournalState,
} from "./journal.ts";
import { createMemoryTable, type MemoryTable } from "./memory-table.ts";
import type { ChosenProfiles } from "./profile.ts";
import {
  createRandom,
  createSeededSecrets,
  type Random,
  type RandomState,
  restoreRandom,
  type SecretSource,
  systemSecrets,
} from "./random.ts";
import type { CommandScript, ScriptedCommand } from "./shell/script.ts";
import type { StoredRecord, Table } from "./table.ts";
import { type CostBounds, requireCost, requireNoLeaks, type TenantUsage, type UsedContract, usageOf } from "./usage.ts";

/** A caller of one contract's API: an account or an organisation, with one key. It may have some settings of its own. */
export type Tenant = {
  readonly contract: string;
  readonly id: string;
  readonly name: string; // "ada": what people call it
  readonly organisationId: string;
  readonly key: string;
};

/** What every world can be set to, whichever contracts there are. */
export type CommonSettings = {
  /** Profiles by contract; `contract` where none is named. */
  readonly as?: ChosenProfiles;
};

/** Settings of a world: those of every contract, which know their own. */
export type Settings = CommonSettings & Readonly<Record<string, unknown>>;

/** Names a table and the type of its records. */
export type TableName<R extends StoredRecord> = { readonly name: string; readonly record?: R };

/**
 * One isolated universe. A credential selects it, so a client needs no change to live in one; nothing of it is ever
 * visible in another.
 */
export type World<S extends CommonSettings = Settings> = {
  readonly id: string;
  readonly seed: string;
  readonly clock: WorldClock;
  readonly random: Random;
  readonly secrets: SecretSource;
  readonly settings: S; // as they are now
  /**
   * Changes the settings that are named.
   *
   * @throws {@link ContractError} `CONFIG_INVALID` for a setting that does not exist or cannot be so
   */
  changeSettings(change: Partial<S>): void; // a method, so that a world of known settings is a world
  /**
   * Scripts a command of all sandboxes: `script("npm test", { exitCode: 1, stderr: "…" })`. It goes before those that were
   * scripted earlier.
   *
   * @param pattern - the command line, with `*` for any text
   * @throws {@link ContractError} `CONFIG_INVALID` for a member that does not exist or cannot be so
   */
  script(pattern: string, script?: CommandScript): void;
  readonly tenants: readonly Tenant[];
  /** What each tenant has used so far, by the world's clock. */
  readonly usage: () => readonly TenantUsage[];
  /**
   * Holds what the world has cost against bounds: `expectCost({ maxSandboxSeconds: 60 })`.
   *
   * @throws {@link ContractError} `EXPECTATION_FAILED` with the sandboxes that cost most
   */
  readonly expectCost: (bounds: CostBounds) => void;
  /**
   * Expects that no sandbox costs on until a call ends it, as one does that runs or hibernates. One that ends by itself is no leak.
   *
   * @throws {@link ContractError} `EXPECTATION_FAILED` with the sandboxes that are left
   */
  readonly expectNoLeaks: () => void;
  readonly journal: Journal;
  readonly table: <R extends StoredRecord>(name: TableName<R>) => Table<R>;
  /** The tables as they are, to look at. Unlike a snapshot it makes no later write dearer. */
  readonly tables: () => ReadonlyMap<string, Pick<MemoryTable<StoredRecord>, "size" | "has" | "records">>;
  readonly faults: () => readonly FaultSetting[];
  /**
   * Switches on these faults and no others; what limits them starts anew.
   *
   * @throws {@link ContractError} `CONFIG_INVALID` for a fault, an operation or an option that does not exist
   */
  readonly setFaults: (faults: readonly FaultSetting[]) => void;
  /** Changes with every call of {@link World.setFaults}; what was composed for an older number is outdated. */
  readonly faultsVersion: () => number;
  /** How often each fault that is on has shown, by contract and place among the settings. */
  readonly faultsShown: Map<string, number>;
  /** What a snapshot says beside the records. */
  readonly head: () => WorldHead;
  readonly snapshot: () => WorldSnapshot;
};

/** A world at one moment, apart from its records. */
export type WorldHead = {
  readonly seed: string;
  readonly seededSecrets: boolean;
  readonly nowMs: number;
  readonly clockScale: number;
  readonly random: RandomState;
  readonly settings: Settings;
  readonly tenants: readonly Tenant[];
  readonly faults: readonly FaultSetting[];
};

/** A world at one moment. The records are shared with it, never copied: they do not change. */
export type WorldSnapshot = WorldHead & { readonly tables: ReadonlyMap<string, MemoryTable<StoredRecord>> };

/** What a world has beside its head when it goes on after its process has ended. */
export type KeptWorld = {
  readonly tables: ReadonlyMap<string, readonly StoredRecord[]>;
  readonly journal: JournalState;
  readonly faultsShown: ReadonlyMap<string, number>;
};

/** Is told of what changes in worlds. */
export type WorldObserver = {
  readonly recordChanged: (world: World, table: string, record: StoredRecord) => void;
  /** The clock was moved, or settings or faults are others. */
  readonly headChanged?: ((world: World) => void) | undefined;
  /** The journal has more, or was emptied; chance may have been drawn. */
  readonly noted?: ((world: World) => void) | undefined;
};

/** Checks what a world is given, and throws where it is wrong. */
export type WorldChecks = {
  readonly world: (options: unknown) => void; // how a world is to begin
  readonly settings: (change: unknown) => void;
  /** Gives each fault its id where an alias was named. */
  readonly faults: (faults: readonly FaultSetting[]) => readonly FaultSetting[];
  readonly journal: (tenants: readonly Tenant[]) => JournalChecks;
};

export type CreateWorldOptions = {
  readonly id: string;
  readonly seed: string;
  readonly seededSecrets?: boolean; // draw secrets, such as tokens, from the seed too; false by default
  readonly baseClock: Clock;
  readonly startMs?: number;
  readonly clockScale?: number;
  readonly settings: Settings;
  readonly tenants: readonly Tenant[];
  readonly journal?: JournalOptions;
  readonly checks?: WorldChecks;
  readonly contracts?: readonly UsedContract[]; // whose sandboxes are counted
  readonly observer?: WorldObserver;
};

/** Creates a world with nothing in it but its tenants. */
export function createWorld({ startMs, clockScale = 1, seededSecrets = false, ...rest }: CreateWorldOptions): World {
  const nowMs = startMs ?? rest.baseClock.now();
  const random = createRandom(rest.seed).state();
  return openWorld({ ...rest, seededSecrets, nowMs, clockScale, random, faults: [], tables: new Map() });
}

export type RestoreWorldOptions = Pick<
  CreateWorldOptions,
  "id" | "baseClock" | "journal" | "checks" | "contracts" | "observer"
> & {
  readonly snapshot: WorldSnapshot;
  readonly kept?: KeptWorld; // in the place of the snapshot's tables
  readonly tenants?: readonly Tenant[]; // with fresh keys, for a fork; the snapshot's own by default
};

/** Makes a world that goes on from a snapshot. The snapshot can be used again. */
export function restoreWorld({ snapshot, ...rest }: RestoreWorldOptions): World {
  return openWorld({ ...snapshot, ...rest });
}

function openWorld({
  id,
  seed,
  seededSecrets,
  baseClock,
  nowMs,
  clockScale,
  random: randomState,
  settings: initialSettings,
  tenants,
  faults: initialFaults,
  tables: initialTables,
  journal,
  checks,
  contracts = [],
  observer,
  kept,
}: WorldSnapshot & Omit<RestoreWorldOptions, "snapshot">): World {
  const headChanged = () => observer?.headChanged?.(world);
  const clock = createWorldClock({ base: baseClock, startMs: nowMs, scale: clockScale, onChange: headChanged });
  const random = restoreRandom(randomState);
  const onWrite = (name: string) => observer && ((record: StoredRecord) => observer.recordChanged(world, name, record));
  const begun = [...initialTables].map(([name, table]) => [name, table.fork(onWrite(name))] as const);
  const found = [...(kept?.tables ?? [])].map(
    ([name, records]) => [name, createMemoryTable(records, onWrite(name))] as const,
  );
  const tables = new Map([...begun, ...found]);
  const inner = createJournal(journal, checks?.journal(tenants), kept?.journal);
  const noted =
    (act: (record: JournalRecord) => void) =>
    (record: JournalRecord): void => {
      act(record);
      observer?.noted?.(world);
    };
  let settings = initialSettings;
  const resolve = (named: readonly FaultSetting[]) => checks?.faults(named) ?? named;
  let faults = resolve(initialFaults);
  let faultsVersion = 0;
  const changeSettings = (change: Partial<Settings>) => {
    checks?.settings(change);
    settings = { ...settings, ...definedMembers(change) };
    headChanged();
  };
  const faultsShown = new Map(kept?.faultsShown);
  const head = (): WorldHead => ({
    seed,
    seededSecrets,
    nowMs: clock.now(),
    clockScale: clock.scale(),
    random: random.state(),
    settings,
    tenants,
    faults,
  });
  const used = { clock, tenants, tables: () => tables };
  const world: World = {
    id,
    seed,
    clock,
    usage: () => usageOf(used, contracts),
    expectCost: (bounds) => requireCost(used, contracts, bounds),
    expectNoLeaks: () => requireNoLeaks(used, contracts),
    random,
    secrets: seededSecrets ? createSeededSecrets(random) : systemSecrets,
    get settings() {
      return settings;
    },
    changeSettings,
    script: (pattern, script = {}) => {
      const scripts = (settings["scripts"] ?? []) as readonly ScriptedCommand[];
      changeSettings({ scripts: [{ pattern, ...script }, ...scripts] });
    },
    tenants,
    journal:
      observer?.noted === undefined
        ? inner
        : { ...inner, add: noted(inner.add), clear: noted(inner.clear) as () => void },
    table: <R extends StoredRecord>({ name }: TableName<R>) => {
      let table = tables.get(name);
      if (table === undefined) {
        table = createMemoryTable<StoredRecord>([], onWrite(name));
        tables.set(name, table);
      }
      return table as unknown as Table<R>;
    },
    tables: () => tables,
    faults: () => faults,
    setFaults: (next) => {
      faults = resolve(next);
      faultsVersion += 1;
      faultsShown.clear();
      headChanged();
    },
    faultsVersion: () => faultsVersion,
    faultsShown,
    head,
    snapshot: () => ({ ...head(), tables: forkAll(tables) }),
  };
  return world;
}

function forkAll(tables: ReadonlyMap<string, MemoryTable<StoredRecord>>): Map<string, MemoryTable<StoredRecord>> {
  return new Map([...tables].map(([name, table]) => [name, table.fork()]));
}
