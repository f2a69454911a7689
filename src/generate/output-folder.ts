import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes files into a folder, which is made where it is missing. All are written beside their places first and then
 * moved in, so that a full disk leaves the old ones. Other files in the folder stay.
 *
 * @returns the names of those whose content changed; the others are not touched
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const changed = await changedFiles(folder, files);
  await mkdir(folder, { recursive: true });
  const temporary = (name: string) => join(folder, `.${name}.${process.pid}.tmp`);
  try {
    for (const name of changed) await writeFile(temporary(name), files.get(name) ?? "");
    for (const name of changed) await rename(temporary(name), join(folder, name));
  } finally {
    for (const name of changed) await rm(temporary(name), { force: true });
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
