import { type MemberRule, requireMembers, rules } from "../contract/caller-input.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { Operation } from "../contract/operation.ts";
import { showValue } from "../contract/printable.ts";
import { assertInteger, nothingSent } from "./client-options.ts";

/** What a request says in its path and query, whatever a caller without types has put there. */
export type GivenParameters = { readonly path?: object | undefined; readonly query?: object | undefined };

/**
 * Refuses a request that lacks a parameter it needs: without its id, or with dots for one, the URL of one sandbox would be
 * that of all, or of another operation.
 *
 * @param ports - names of parameters that are port numbers; all others are strings
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function assertParameters(
  { id, parameters }: Operation,
  given: GivenParameters,
  ports: readonly string[],
): void {
  for (const { name, in: place, required } of parameters) {
    if (!required || (place !== "path" && place !== "query")) continue;
    const value = (given[place] as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (ports.includes(name)) assertInteger(name, value as number, 1, 65_535);
    else assertGiven(id, name, value);
    if (place === "path" && typeof value === "string") assertOnePart(id, name, value);
  }
}

/** @throws {@link ContractError} `CONFIG_INVALID` for a parameter that the operation does not have: it would have no effect */
export function assertQuery({ id, parameters }: Operation, query: unknown): void {
  const names = parameters.flatMap(({ in: place, name }) => (place === "query" ? [[name, rules.any]] : []));
  requireMembers(id, query, Object.fromEntries(names) as Record<string, MemberRule>, nothingSent);
}

/**
 * Refuses what names nothing: no string, an empty or a blank one, or one that no URL can hold.
 *
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function assertGiven(operation: string, name: string, value: unknown): asserts value is string {
  const isText = typeof value === "string" && value.trim() !== "";
  if (isText && value.isWellFormed()) return;
  const seen = typeof value === "object" && value !== null ? "an object" : showValue(value);
  const due = isText ? "a string without half characters (lone surrogates)" : "a string that is not blank";
  throw refusal(operation, `${name} is ${seen}: give ${due}`);
}

function assertOnePart(operation: string, name: string, value: string): void {
  if (value !== "." && value !== ".." && !/[/\\]/.test(value)) return;
  throw refusal(operation, `${name} is ${JSON.stringify(value)}, which is no single part of a path: give the id alone`);
}

function refusal(operation: string, message: string): ContractError {
  return new ContractError("CONFIG_INVALID", `${operation}: ${message}${nothingSent}`);
}
