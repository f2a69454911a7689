import { closestMatch } from "leven";
import { ContractError } from "./contract-error.ts";
import { showValue } from "./printable.ts";

// What a caller of this process hands over: TypeScript sees a misspelt name where it is written out, JavaScript never does.

/** What a member has to be: how a message says it, and whether a value is that. */
export type MemberRule = readonly [due: string, fits: (value: unknown) => boolean];

/** A rule for each member of a type, so that none can be forgotten. */
export type MemberRules<T> = { readonly [Name in keyof Required<T>]: MemberRule };

const typed = (type: string, due: string): MemberRule => [due, (value) => typeof value === type];
const having = (name: string, type: string, due: string): MemberRule => [
  due,
  (value) => typeof (value as Readonly<Record<string, unknown>> | null)?.[name] === type,
];

/** What members of options are. Whether a number or a text is one that will do is for their reader to say. */
export const rules = {
  any: ["anything", () => true],
  text: typed("string", "a string"),
  number: typed("number", "a number"),
  flag: typed("boolean", "true or false"),
  callable: typed("function", "a function"),
  list: ["a list", Array.isArray],
  object: ["an object", isObject],
  clock: having("now", "function", "a clock, which has now()"),
  signal: having("aborted", "boolean", "an AbortSignal"),
} as const satisfies Readonly<Record<string, MemberRule>>;

/**
 * Refuses what is no object of these members, any of which may be left out or undefined. No value is shown, which may be a
 * secret.
 *
 * @param what - what was called: "createRecoupClient"
 * @param end - what else the message is to say, with its full stop
 * @throws {@link ContractError} `CONFIG_INVALID` for the first thing that is wrong, and for a misspelt name the nearest one
 */
export function requireMembers(
  what: string,
  given: unknown,
  members: Readonly<Record<string, MemberRule>>,
  end = "",
): void {
  const refuse = (message: string) => refusal(what, message, end);
  if (!isObject(given)) throw refuse(`its options are an object, not ${nameOfKind(given)}`);
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(members, name) ? members[name] : undefined;
    if (rule === undefined) throw refuse(explainUnknown("option", name, Object.keys(members)));
    if (value !== undefined && !rule[1](value)) throw refuse(`${name} is ${nameOfKind(value)}: give ${rule[0]}`);
  }
}

/** Refuses a name that is none of those that there are. */
export function requireName(what: string, noun: string, given: unknown, names: readonly string[], end = ""): void {
  if (typeof given === "string" && names.includes(given)) return;
  throw refusal(what, explainUnknown(noun, given, names), end);
}

function refusal(what: string, message: string, end: string): ContractError {
  return new ContractError("CONFIG_INVALID", `${what}: ${message}${end}`.replace("?.", "?")); // a question has its own mark
}

/** Says that there is no such name, and which one was meant, or which there are. */
export function explainUnknown(noun: string, given: unknown, names: readonly string[], list = names): string {
  const nearest = typeof given === "string" ? findNearest(given, names) : undefined;
  const hint = nearest === undefined ? `there are ${list.filter(Boolean).join(", ")}` : `did you mean "${nearest}"?`;
  return `there is no ${noun} ${showValue(given)}: ${hint}`;
}

const slipsMax = 3; // what differs more is another name, not one that is misspelt

function findNearest(given: string, names: readonly string[]): string | undefined {
  const byLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));
  const maxDistance = Math.min(slipsMax, Math.floor(given.length / 2));
  const nearest = closestMatch(given.toLowerCase(), [...byLowerCase.keys()], { maxDistance });
  return nearest === undefined ? undefined : byLowerCase.get(nearest);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const nameOfKind = (value: unknown) =>
  value === null || value === undefined ? String(value) : Array.isArray(value) ? "a list" : `of type ${typeof value}`;
