import { explainUnknown } from "../src/contract/caller-input.ts";
import { ContractError } from "../src/contract/contract-error.ts";
import { strictProfile } from "../src/contract/difference.ts";
import type { Contract } from "./kit/contract.ts";
import { type ChosenProfiles, findDifferences } from "./kit/profile.ts";

/**
 * Finds out which contract each name of a profile is for. A name goes to each contract that has it; a contract that none
 * is for keeps to its contract.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for a name that no contract has, and for two names for one contract
 */
export function resolveProfiles(names: readonly string[], contracts: readonly Contract[]): ChosenProfiles {
  const chosen: Record<string, string> = {};
  const known = [strictProfile, ...contracts.flatMap(({ profiles }) => profiles.names)];
  for (const name of new Set(names)) {
    const takers = contracts.filter(({ profiles }) => findDifferences(profiles, name) !== undefined);
    if (takers.length === 0) {
      const message = explainUnknown("profile", name, known, [...known, "or the id of one difference"]);
      throw new ContractError("CONFIG_INVALID", message);
    }
    if (name === strictProfile) continue; // which every contract is anyway
    for (const { contract } of takers) {
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
