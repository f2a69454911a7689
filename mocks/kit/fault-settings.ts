import { ContractError } from "../../src/contract/contract-error.ts";
import { showValue } from "../../src/contract/printable.ts";
import { explainUnknown } from "./caller-input.ts";
import { type FaultOption, type FaultSetting, isNameOf, type KnownFault } from "./fault.ts";

/** The name under which requests to a preview are limited, though they are no operation. */
export const previewOperation = "preview";

/**
 * Names each fault by its id where its alias was given, and refuses settings without an effect: a fault, an operation or
 * an option that does not exist, a number out of range.
 *
 * @param operations - ids of all operations
 * @throws {@link ContractError} `CONFIG_INVALID`, with the names that do exist
 */
export function resolveFaults(
  settings: readonly FaultSetting[],
  known: readonly KnownFault[],
  operations: readonly string[],
): readonly FaultSetting[] {
  return settings.map((setting) => resolveFault(setting, known, [...operations, previewOperation]));
}

function resolveFault(
  setting: FaultSetting,
  known: readonly KnownFault[],
  operations: readonly string[],
): FaultSetting {
  const { id, times, probability, operation, options = {} } = setting;
  const named = known.filter((fault) => isNameOf(fault, id));
  const [first] = named;
  if (first === undefined) throw invalid(explainUnknown("fault", id, unique(known.map(idOf))));
  if (times !== undefined && (!Number.isInteger(times) || times < 0)) {
    throw invalid(`fault ${id}: times is a whole number of at least 0, not ${showValue(times)}`);
  }
  if (probability !== undefined && !(typeof probability === "number" && probability >= 0 && probability <= 1)) {
    throw invalid(`fault ${id}: probability is a number from 0 to 1, not ${showValue(probability)}`);
  }
  if (operation !== undefined && !operations.includes(operation)) {
    throw invalid(`fault ${id}: ${explainUnknown("operation", operation, unique(operations))}`);
  }
  const knownOptions = Object.fromEntries(named.flatMap((fault) => Object.entries(fault.options ?? {})));
  for (const [name, value] of Object.entries(options)) requireValidOption(id, name, value, knownOptions);
  return { ...setting, id: first.id };
}

function requireValidOption(
  id: string,
  name: string,
  value: number,
  known: Readonly<Record<string, FaultOption>>,
): void {
  const option = Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) {
    throw invalid(`fault ${id}: ${explainUnknown("option", name, [...limitNames, ...Object.keys(known)])}`);
  }
  const { oneOf } = option;
  if (oneOf !== undefined && !oneOf.includes(value)) {
    throw invalid(`fault ${id}: ${name} is one of ${oneOf.join(", ")}, not ${showValue(value)}`);
  }
  if (!Number.isFinite(value) || value < 0) {
    throw invalid(`fault ${id}: ${name} is a number of at least 0, not ${showValue(value)}`);
  }
}

/** What every fault can be limited by. */
export const limitNames = ["times", "probability", "operation"] as const;

const idOf = ({ id }: KnownFault) => id;

const unique = (names: readonly string[]) => [...new Set(names)];
const invalid = (message: string) => new ContractError("CONFIG_INVALID", message);
