import type { z } from "zod";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { Tenant, World } from "./world.ts";

/** One setting that a contract's worlds have. Its schema carries the words that say what it is. */
export type Setting<Value> = {
  readonly schema: z.ZodType<Value>;
  readonly default: Value;
  /** How the command line takes it, where it does. */
  readonly flag?: SettingFlag<Value>;
  /** What each world beside the default one has of its own, made of what the default world began with. */
  ofWorld?(this: void, usual: Value, worldId: string): Value;
};

/** A flag of the command line that changes a setting. */
type SettingFlag<Value> = {
  readonly syntax: string; // "--quota <number>"
  /**
   * Reads its argument; one without an argument switches the setting on.
   *
   * @throws {@link ContractError} `CONFIG_INVALID` with what is due
   */
  read?(this: void, text: string, before: Value | undefined): Value;
};

/** The settings of a contract by name. */
export type SettingTable<S> = { readonly [Name in keyof S]-?: Setting<S[Name]> };

/** The settings of a contract, and how they stand in a world. */
export type DefinedSettings<S> = {
  readonly table: SettingTable<S>;
  /** As they are now; a tenant may have some of its own. */
  readonly of: (world: Pick<World, "settings">, tenant?: Tenant) => S;
};

/** Types the settings of a contract. A world holds those of all contracts, so this is where its own are told apart. */
export function defineSettings<S extends object>(table: SettingTable<S>): DefinedSettings<S> {
  const known = new WeakMap<Tenant, Partial<S> | undefined>(); // undefined for a tenant without settings of its own, as most are
  const ownOf = (tenant: Tenant): Partial<S> | undefined => {
    if (!known.has(tenant)) {
      const own = Object.entries(tenant).filter(([name]) => name in table);
      known.set(tenant, own.length === 0 ? undefined : (Object.fromEntries(own) as Partial<S>));
    }
    return known.get(tenant);
  };
  return {
    table,
    of: ({ settings }, tenant) => {
      const own = tenant && ownOf(tenant);
      return (own === undefined ? settings : { ...settings, ...own }) as S;
    },
  };
}

/** Reads a flag's whole number. */
export function readCount(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new ContractError("CONFIG_INVALID", "It is a whole number of at least 0.");
}
