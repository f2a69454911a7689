import { ContractError } from "../../src/contract/contract-error.ts";
import type { FaultOption, FaultSetting, KnownFault } from "./fault.ts";

/** The name under which requests to a preview are limited, though they are no operation. */
export const previewOperation = "preview";

/**
 * Refuses settings that nothing would come of: a fault, an operation or an option that does not exist, a number out of
 * range.
 *
 * @param operations - ids of all operations
 * @throws {@link ContractError} `CONFIG_INVALID`, with the names that do exist
 */
export function requireValidFaults(
  settings: readonly FaultSetting[],
  known: readonly KnownFault[],
  operations: readonly string[],
): void {
  for (const setting of settings) requireValidFault(setting, known, [...operations, previewOperation]);
}

function requireValidFault(setting: FaultSetting, known: readonly KnownFault[], operations: readonly string[]): void {
  const { id, times, probability, operation, options = {} } = setting;
  const named = known.filter((fault) => fault.id === id);
  if (named.length === 0) throw invalid(`there is no fault "${id}"`, "faults", known.map(idOf));
  if (times !== undefined && (!Number.isInteger(times) || times < 0)) {
    throw new ContractError("CONFIG_INVALID", `fault ${id}: times is a whole number of at least 0, not ${times}`);
  }
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new ContractError("CONFIG_INVALID", `fault ${id}: probability is a number from 0 to 1, not ${probability}`);
  }
  if (operation !== undefined && !operations.includes(operation)) {
    throw invalid(`fault ${id}: there is no operation "${operation}"`, "operations", operations);
  }
  const knownOptions = Object.fromEntries(named.flatMap((fault) => Object.entries(fault.options ?? {})));
  for (const [name, value] of Object.entries(options)) requireValidOption(id, name, value, knownOptions);
}

function requireValidOption(
  id: string,
  name: string,
  value: number,
  known: Readonly<Record<string, FaultOption>>,
): void {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) {
    throw invalid(`fault ${id} has no option "${name}"`, "options", [...limitNames, ...Object.keys(known)]);
  }
  const { oneOf } = option;
  if (oneOf !== undefined && !oneOf.includes(value)) throw invalid(`fault ${id}: ${name} is not ${value}`, name, oneOf);
  if (!Number.isFinite(value) || value < 0) {
    throw new ContractError("CONFIG_INVALID", `fault ${id}: ${name} is a number of at least 0, not ${value}`);
  }
}

/** What every fault can be limited by. */
export const limitNames = ["times", "probability", "operation"] as const;

const idOf = ({ id }: KnownFault) => id;

function invalid(what: string, plural: string, names: readonly (string | number)[]): ContractError {
  return new ContractError("CONFIG_INVALID", `${what}; ${plural}: ${[...new Set(names)].join(", ")}`);
}
