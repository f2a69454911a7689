import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ContractError } from "../contract/contract-error.ts";

/**
 * Writes files into a folder, which is made where it is missing. All are written beside their places first and then
 * moved in, so that a full disk leaves the old ones. Other files in the folder stay.
 *
 * @returns the names of those whose content changed; the others are not touched
 * @throws {@link ContractError} `CONFIG_INVALID` when the folder cannot be written
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const changed = await changedFiles(folder, files);
  const temporary = (name: string) => join(folder, `.${name}.${process.pid}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    for (const name of changed) await writeFile(temporary(name), files.get(name) ?? "");
    for (const name of changed) await rename(temporary(name), join(folder, name));
  } catch (cause) {
    for (const name of changed) await rm(temporary(name), { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("CONFIG_INVALID", `${folder}: cannot be written: ${reason}`, { cause });
  }
  return changed;
}

/** The names of files that are missing from a folder or differ from what they should be. */
export async function changedFiles(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const changed: string[] = [];
  for (const [name, text] of files) {
    const current = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (current !== text) changed.push(name);
  }
  return changed;
}
