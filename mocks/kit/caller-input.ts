import { z } from "zod";
import { ContractError } from "../../src/contract/contract-error.ts";
import { showValue } from "../../src/contract/printable.ts";

// What a caller of this process hands over is checked here and nowhere else: TypeScript sees a misspelt name where it is
// written out, and JavaScript never does.

/**
 * Refuses what does not fit its schema.
 *
 * @param what - where it was handed over: "createMock"
 * @throws {@link ContractError} `CONFIG_INVALID` with everything that is wrong, and for a misspelt name the nearest one
 */
export function requireValid(what: string, schema: z.ZodType, value: unknown): void {
  const faults = findFaults(schema, value).map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  if (faults.length > 0) throw new ContractError("CONFIG_INVALID", `${what}: ${faults.join("; ")}`);
}

/** What is wrong with a value by its schema, and where: "settings.quota", or "" for the whole. */
export function findFaults(
  schema: z.ZodType,
  value: unknown,
): readonly { readonly path: string; readonly message: string }[] {
  const { error } = schema.safeParse(value, { reportInput: true });
  return (error?.issues ?? []).map((issue) => ({ path: issue.path.join("."), message: explain(issue, schema) }));
}

/** Says that there is no such name, and which one was meant, or which there are. */
export function explainUnknown(noun: string, given: unknown, names: readonly string[]): string {
  const nearest = typeof given === "string" ? findNearest(given, names) : undefined;
  const hint = nearest === undefined ? `there are ${names.filter(Boolean).join(", ")}` : `did you mean "${nearest}"?`;
  return `there is no ${noun} ${showValue(given)}: ${hint}`;
}

/** An object without the members that are undefined, which mean the default. */
export function definedMembers<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function explain(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  if (issue.code === "unrecognized_keys") {
    const names = membersOf(issue.path.reduce(partOf, schema));
    return issue.keys.map((key) => explainUnknown("member", key, names)).join("; ");
  }
  if (issue.code === "invalid_key") return `${issue.issues.map(({ message }) => message).join(", ")}, as the name`;
  if (issue.code !== "invalid_value") return issue.message;
  const noun = issue.path.findLast((part) => typeof part === "string") ?? "value";
  return explainUnknown(noun, issue.input, issue.values.map(String));
}

function partOf(schema: z.ZodType, part: PropertyKey): z.ZodType {
  const whole = withoutWrapping(schema);
  if (whole instanceof z.ZodObject) return (whole.shape as Record<PropertyKey, z.ZodType>)[part]!;
  return (whole instanceof z.ZodArray ? whole.element : (whole as z.ZodRecord).valueType) as z.ZodType;
}

function membersOf(schema: z.ZodType): string[] {
  return Object.keys((withoutWrapping(schema) as z.ZodObject).shape);
}

function withoutWrapping(schema: z.ZodType): z.ZodType {
  const isWrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return isWrapped ? withoutWrapping(schema.unwrap() as z.ZodType) : schema;
}

const slips = 3; // at most: what differs more is another name, not one that is misspelt

function findNearest(given: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => ({ name, distance: distanceOf(given.toLowerCase(), name.toLowerCase()) }));
  const [nearest] = distances.sort((one, other) => one.distance - other.distance);
  return nearest !== undefined && nearest.distance <= Math.min(slips, given.length / 2) ? nearest.name : undefined;
}

/** How many characters have to be added, dropped or changed to make one text of another (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const changed = row[to - 1]! + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(changed, row[to]! + 1, next[to - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
