import { systemSleep } from "../../src/contract/clock.ts";
import { type Difference, strictProfile } from "../../src/contract/difference.ts";
import type { Fault, Fires } from "./fault.ts";

/** Profiles by contract. */
export type ChosenProfiles = Readonly<Record<string, string>>;

/** Makes parts differ from the contract in one way: what a fault is, but for good. */
export type Differ<P> = (parts: P) => P;

/** A contract's differences, and by which names sets of them are asked for. */
export type ProfileTable = {
  readonly names: readonly string[]; // without "contract", which every contract has
  readonly differences: readonly Difference[];
};

/** The table of a contract with what makes the mock show its differences. */
export type Profiles<P> = ProfileTable & {
  readonly shown: Readonly<Record<string, Differ<P>>>; // by the id of the difference
};

/** The ids of the differences that a mock has to show, of a table that is `as const`. */
export type ShownId<D extends Difference> = D extends { readonly notShown: string } ? never : D["id"];

/** For machinery of faults in a difference: it shows at each occasion. */
export const always: Fires = () => true;

/** A fault as a difference, where a real server has it. */
export function likeFault<P>({ wrap }: Fault<P>): Differ<P> {
  return (parts) => wrap(parts, { fires: always, options: {}, sleep: systemSleep });
}

/**
 * The differences that a name stands for, in the order of the table: those of a profile, or the one that has this id.
 *
 * @returns undefined for a name that the contract does not have
 */
export function findDifferences({ names, differences }: ProfileTable, name: string): readonly Difference[] | undefined {
  if (name === strictProfile) return [];
  const found = differences.filter((one) => one.id === name || one.profiles.includes(name));
  return names.includes(name) || found.length > 0 ? found : undefined;
}

/** Wraps parts in the differences that a name stands for. */
export function applyProfile<P>(parts: P, profiles: Profiles<P>, name: string): P {
  const differences = findDifferences(profiles, name) ?? [];
  return differences.reduce((inner, { id }) => profiles.shown[id]?.(inner) ?? inner, parts);
}
