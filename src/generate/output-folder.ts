import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ContractError } from "../contract/contract-error.ts";

/**
 * Writes files into a folder, which is made where it is missing: all of them or none. They are written into a folder
 * inside it first, and take the places of the old ones when all are there; where one cannot, the old ones go back. Other
 * files stay, and so does nothing that a run which was killed has left.
 *
 * @returns the names of those whose content changed; the others are not touched
 * @throws {@link ContractError} `CONFIG_INVALID` when the folder cannot be written
 */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const staging = join(folder, `${stagingPrefix}${process.pid}`);
  try {
    await mkdir(folder, { recursive: true });
    await recover(folder);
    const changed = await changedFiles(folder, files);
    if (changed.length === 0) return changed;
    for (const part of ["new", "old"]) await mkdir(join(staging, part), { recursive: true });
    for (const name of changed)
      await writeFile(join(staging, "new", name), piecesOf(files.get(name) ?? ""), { flush: true });
    await replace(folder, staging, changed);
    await rm(staging, { recursive: true });
    return changed;
  } catch (cause) {
    await rm(join(staging, "new"), { recursive: true, force: true }).catch(() => undefined);
    await rmdir(join(staging, "old")).catch(() => undefined); // holds what could not go back, if anything
    await rmdir(staging).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ContractError("CONFIG_INVALID", `${folder}: cannot be written: ${reason}`, { cause });
  }
}

const pieceLengthMin = 1_000_000;

/** Cuts a text at ends of lines, so that no copy of the whole has to be encoded at once. */
function* piecesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from + pieceLengthMin);
    const until = end === -1 ? text.length : end + 1;
    yield text.slice(from, until);
    from = until;
  }
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

const stagingPrefix = ".sandglass-generate-";

/** Moves old files out and new ones in. Where any of that fails, the new ones go and the old ones come back. */
async function replace(folder: string, staging: string, names: readonly string[]): Promise<void> {
  const placed: string[] = [];
  try {
    for (const name of names) {
      if (await isThere(join(folder, name))) await rename(join(folder, name), join(staging, "old", name));
      await rename(join(staging, "new", name), join(folder, name));
      placed.push(name);
    }
  } catch (cause) {
    for (const name of placed) await rm(join(folder, name), { force: true });
    await restore(folder, staging);
    throw cause;
  }
}

async function isThere(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new Error(`${path} is a folder: move it, or choose another --out`);
  return found !== undefined;
}

async function restore(folder: string, staging: string): Promise<void> {
  const names = await readdir(join(staging, "old")).catch(() => []);
  for (const name of names) await rename(join(staging, "old", name), join(folder, name));
}

/** Ends what runs began that are no more: their old files go back, so that no folder is half of one document. */
async function recover(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(stagingPrefix) ? Number(name.slice(stagingPrefix.length)) : 0;
    if (!(pid > 0) || isRunning(pid)) continue;
    await restore(folder, join(folder, name));
    await rm(join(folder, name), { recursive: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false; // of an earlier process with this number
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
