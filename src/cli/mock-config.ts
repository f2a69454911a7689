import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ContractError } from "../contract/contract-error.ts";
import { assertReadable, readJson } from "./named-file.ts";
import type { MockConfig } from "../../mocks/index.ts";

/** Files that are read where none is named, the first that is there. */
export const configNames = ["ts", "mts", "js", "mjs", "json"].map((extension) => `sandglass.config.${extension}`);

/**
 * Reads the configuration of the mock: the file that is named, or the first of the usual names in this folder.
 *
 * @returns an empty configuration where no file is named and none is there
 * @throws {@link ContractError} `CONFIG_INVALID` where the file cannot be read or says something that it may not
 */
export async function loadConfig(path: string | undefined): Promise<MockConfig> {
  const file = path ?? configNames.find((name) => existsSync(name));
  if (file === undefined) return {};
  const { parseConfig } = await import("../../mocks/index.ts");
  return parseConfig(await readExport(resolve(file), file), file);
}

async function readExport(path: string, shown: string): Promise<unknown> {
  assertReadable("--config", shown);
  if (path.endsWith(".json")) return readJson("--config", shown);
  try {
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  } catch (cause) {
    const { message } = cause as Error;
    throw new ContractError("CONFIG_INVALID", `--config ${shown}: this cannot be imported: ${message}`, { cause });
  }
}
