import { z } from "zod";
import { explainUnknown } from "../../src/contract/caller-input.ts";
import { ContractError } from "../../src/contract/contract-error.ts";

/** An object that takes these members and no others: for one that is misspelt, the refusal names the nearest. */
export function closedObject<S extends z.ZodRawShape>(shape: S, noun = "member", beside: readonly string[] = []) {
  const names = [...beside, ...Object.keys(shape)];
  const error = (issue: z.core.$ZodRawIssue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => explainUnknown(noun, key, names)).join("; ")
      : undefined;
  return z.strictObject(shape, { error });
}

/** One of some names. */
export function oneOf(noun: string, names: readonly string[], list = names) {
  return z.enum(names, { error: ({ input }) => explainUnknown(noun, input, names, list) });
}

/** Objects of several forms, told apart by a name that each has of its own. */
export function formOf<F extends z.core.$ZodTypeDiscriminable>(
  member: string,
  noun: string,
  forms: readonly [F, ...F[]],
  names: readonly string[],
) {
  const error = ({ code, input }: z.core.$ZodRawIssue) =>
    code === "invalid_union"
      ? explainUnknown(noun, (input as Readonly<Record<string, unknown>>)[member], names)
      : undefined;
  return z.discriminatedUnion(member, forms, { error });
}

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
  return (error?.issues ?? []).map((issue) => ({ path: issue.path.join("."), message: explain(issue) }));
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => message).join(", ");
  return typeof issue.input === "number" ? `${issue.message}, got ${issue.input}` : issue.message; // a text may be a secret
}

/** An object without the members that are undefined, which mean the default. */
export function definedMembers<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
