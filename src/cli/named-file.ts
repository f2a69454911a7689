import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { ContractError } from "../contract/contract-error.ts";

/**
 * Refuses what cannot be read as a file, in words of the command line.
 *
 * @param label - how the caller named it: `--config`, or `the report`
 * @throws {@link ContractError} `CONFIG_INVALID`
 */
export function assertReadable(label: string, path: string): void {
  const fault = faultOf(path);
  if (fault !== undefined) throw new ContractError("CONFIG_INVALID", `${label} ${path}: ${fault}`);
}

/** @throws {@link ContractError} `CONFIG_INVALID` where there is no such file, or it is not JSON */
export function readJson(label: string, path: string): unknown {
  assertReadable(label, path);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    const { message } = cause as Error;
    throw new ContractError("CONFIG_INVALID", `${label} ${path}: this is not JSON: ${message}`, { cause });
  }
}

function faultOf(path: string): string | undefined {
  if (path === "") return "the name is empty: name a file";
  if (/^[a-z][a-z+.-]+:\/\//i.test(path)) return "this is a URL: save it as a file, and name that";
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "there is no such file: check the path";
  if (found.isDirectory()) return "this is a folder: name a file in it";
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch {
    return "this file may not be read: change its permissions, or name another";
  }
}
