import { z } from "zod";
import { closedObject, formOf } from "./caller-input.ts";
import { type FaultOption, type FaultSetting, isNameOf, type KnownFault } from "./fault.ts";
import { count } from "./record-shape.ts";

/** What every fault can be limited by. */
const limitNames = ["times", "probability", "operation"] as const;

/** What may be said of a fault that is on: one form for all faults that have the same sizes. */
export function createFaultSchema(known: readonly KnownFault[], operation: z.ZodType) {
  const sizes = new Map<string, Record<string, FaultOption>>();
  for (const { id, options } of known) sizes.set(id, { ...sizes.get(id), ...options });
  const forms = Map.groupBy(sizes, ([, options]) =>
    JSON.stringify(Object.entries(options).map(([name, { oneOf }]) => [name, oneOf])),
  );
  const schemas = [...forms.values()].map((alike) => {
    const ids = alike.flatMap(([id]) => namesOf(known, id));
    return faultForm(ids, alike[0]![1], operation);
  });
  const ids = [...sizes.keys()];
  return formOf("id", "fault", schemas as [(typeof schemas)[0]], ids).describe(
    "A fault that is on, and when it shows. Each fault has its own sizes, and most have none.",
  );
}

function namesOf(known: readonly KnownFault[], id: string): string[] {
  const aliases = known.flatMap((fault) => (fault.id === id && fault.alias !== undefined ? [fault.alias] : []));
  return [...new Set([id, ...aliases])];
}

function faultForm(ids: readonly string[], sizes: Readonly<Record<string, FaultOption>>, operation: z.ZodType) {
  const options = Object.entries(sizes).map(([name, { oneOf, meaning }]) => {
    const size = oneOf === undefined ? z.number().min(0) : z.literal(oneOf);
    return [name, size.optional().describe(meaning)] as const;
  });
  return closedObject({
    id: z.enum(ids as [string]).describe("The fault, by its id or its short name."),
    times: count.optional().describe("Only so many times, then never again."),
    probability: z.number().min(0).max(1).optional().describe("How likely it is each time."),
    operation: operation.optional(),
    options: closedObject(Object.fromEntries(options), "option", limitNames).optional().describe("Its sizes."),
  });
}

/** Names each fault by its id where its alias was given. */
export function resolveFaults(
  settings: readonly FaultSetting[],
  known: readonly KnownFault[],
): readonly FaultSetting[] {
  return settings.map((setting) => ({ ...setting, id: known.find((fault) => isNameOf(fault, setting.id))!.id }));
}
