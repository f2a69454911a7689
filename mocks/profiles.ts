import { ContractError } from "../src/contract/contract-error.ts";
import { strictProfile } from "../src/contract/difference.ts";
import { findDifferences, type ProfileTable, unknownProfile } from "./kit/profile.ts";

/** Profiles by contract. */
export type ChosenProfiles = Readonly<Record<string, string>>;

/**
 * Finds out which contract each name of a profile is for. A name goes to each contract that has it; a contract that none
 * is for keeps to its contract.
 *
 * @param all - the profiles of each contract that can be mocked
 * @throws {@link ContractError} `CONFIG_INVALID` for a name that no contract has, and for two names for one contract
 */
export function resolveProfiles(names: readonly string[], all: Readonly<Record<string, ProfileTable>>): ChosenProfiles {
  const chosen: Record<string, string> = {};
  for (const name of new Set(names)) {
    const takers = Object.keys(all).filter((contract) => findDifferences(all[contract]!, name) !== undefined);
    if (takers.length === 0) throw unknownProfile(name, Object.values(all).flatMap(namesOf));
    if (name === strictProfile) continue; // which every contract is anyway
    for (const contract of takers) {
      const other = chosen[contract];
      if (other !== undefined) {
        const message = `${contract} cannot be mocked as ${other} and as ${name} at once: name one of them`;
        throw new ContractError("CONFIG_INVALID", message);
      }
      chosen[contract] = name;
    }
  }
  return chosen;
}

const namesOf = ({ names }: ProfileTable) => names;

/**
 * Refuses profiles that there are not, in what a caller has put together.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function requireKnownProfiles(chosen: ChosenProfiles, all: Readonly<Record<string, ProfileTable>>): void {
  for (const [contract, name] of Object.entries(chosen)) {
    const table = Object.hasOwn(all, contract) ? all[contract]! : undefined;
    if (table === undefined) {
      const message = `there is no contract "${contract}" to mock as ${name}: there are ${Object.keys(all).join(", ")}`;
      throw new ContractError("CONFIG_INVALID", message);
    }
    if (findDifferences(table, name) === undefined) throw unknownProfile(name, table.names);
  }
}

/**
 * Refuses a profile of a contract that is not started: nothing would come of it.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function requireStarted(chosen: ChosenProfiles, started: readonly string[]): void {
  for (const [contract, name] of Object.entries(chosen)) {
    if (started.includes(contract)) continue;
    const message = `"${name}" is a profile of ${contract}, and what is started is ${started.join(" and ")}`;
    throw new ContractError("CONFIG_INVALID", message);
  }
}
