import type { ContractName } from "../../conformance/index.ts";
import { ContractError } from "../contract/contract-error.ts";

/** The options as they stand on the command line. */
export type RawConformOptions = {
  readonly url?: readonly string[];
  readonly key?: readonly string[];
  readonly json?: string;
  readonly seed?: string;
  readonly path?: string;
  readonly law?: string;
};

export type ConformTarget = {
  readonly name: ContractName;
  readonly target: { readonly baseUrl: string; readonly key: string };
};

export type ConformOptions = {
  readonly targets: readonly ConformTarget[];
  readonly json: string | undefined;
  readonly seed: number | undefined;
  readonly path: string | undefined;
  readonly law: string | undefined;
};

const names = ["recoup", "opencomputer"] as const satisfies readonly ContractName[];
const seedMax = 2 ** 31 - 1;

/**
 * Reads the options of `sandglass conform`.
 *
 * @param keyFromEnvironment - stands in for `--key`
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function parseConformOptions(
  contract: string,
  raw: RawConformOptions,
  keyFromEnvironment: string | undefined,
): ConformOptions {
  const wanted = names.filter((name) => contract === "all" || contract === name);
  if (wanted.length === 0) throw invalid(`there is no contract "${contract}": it is recoup, opencomputer or all`);
  const environment = keyFromEnvironment === undefined || keyFromEnvironment === "" ? [] : [keyFromEnvironment];
  const keys = raw.key ?? environment;
  return {
    targets: wanted.map((name) => ({
      name,
      target: {
        baseUrl: valueFor(name, raw.url ?? [], `where does ${name} listen? Say --url URL`),
        key: valueFor(name, keys, `which key for ${name}? Say --key KEY, or set SANDGLASS_KEY`),
      },
    })),
    json: raw.json,
    seed: raw.seed === undefined ? undefined : parseSeed(raw.seed),
    path: raw.path,
    law: raw.law,
  };
}

/** The last value given for this contract, as `name=value` or for all of them as a bare value. */
function valueFor(name: ContractName, given: readonly string[], question: string): string {
  const own = given.findLast((value) => value.startsWith(`${name}=`))?.slice(name.length + 1);
  const bare = given.findLast((value) => !names.some((other) => value.startsWith(`${other}=`)));
  const value = own ?? bare;
  if (value === undefined || value === "") throw invalid(question);
  return value;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= seedMax) return seed;
  throw invalid(`the seed "${text}" is not a whole number from 0 to ${seedMax}`);
}

function invalid(message: string): ContractError {
  return new ContractError("CONFIG_INVALID", message);
}
