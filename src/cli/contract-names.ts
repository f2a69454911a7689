import type { ContractName } from "../../conformance/command.ts";
import { contracts } from "../generate/contracts.ts";

/** The vendors' contracts, by the names of their folders: known without loading a mock or a law. */
export const contractNames: readonly ContractName[] = contracts
  .filter(({ isOurs = false }) => !isOurs)
  .map(({ name }) => name as ContractName);

/** "recoup or opencomputer". */
export const contractList = listText(contractNames);
/** "recoup, opencomputer or all". */
export const contractListOrAll = listText([...contractNames, "all"]);

function listText(names: readonly string[]): string {
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" or ");
}
