import { lstat, mkdir, mkdtemp, open, readdir, rename, rm, rmdir, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ContractError } from "../contract/contract-error.ts";

export type OutputFolder = {
  readonly folder: string;
  /** Changes nothing, and only says what would change. */
  readonly check?: boolean;
};

/**
 * Brings the files of a folder, which is made where it is missing, up to date: all of them or none. They are made in a folder inside
 * it first, and take the places of the old ones when all are there; where one cannot, the old ones go back. Other files stay, and so
 * does nothing that a run which was killed has left.
 *
 * @param make - writes the files into the folder that it is given
 * @returns the names of those whose content changed; the others are not touched
 * @throws {@link ContractError} `CONFIG_INVALID` when the folder cannot be written, and what `make` throws
 */
export async function updateFiles(
  { folder: path, check = false }: OutputFolder,
  make: (staging: string) => Promise<void>,
): Promise<string[]> {
  const folder = resolve(path);
  if (check) return withTemporaryFolder(async (made) => (await make(made), changedFiles(folder, made)));
  const staging = join(folder, `${stagingPrefix}${process.pid}`);
  let firstMade: string | undefined;
  try {
    firstMade = await mkdir(folder, { recursive: true });
    await recover(folder);
    for (const part of ["new", "old"]) await mkdir(join(staging, part), { recursive: true });
    await make(join(staging, "new"));
    const changed = await changedFiles(folder, join(staging, "new"));
    await replace(folder, staging, changed);
    await rm(staging, { recursive: true });
    return changed;
  } catch (cause) {
    await rm(join(staging, "new"), { recursive: true, force: true }).catch(() => undefined);
    await rmdir(join(staging, "old")).catch(() => undefined); // holds what could not go back, if anything
    await rmdir(staging).catch(() => undefined);
    for (let made = folder; firstMade !== undefined && made.startsWith(firstMade); made = dirname(made)) {
      await rmdir(made).catch(() => undefined);
    }
    if (cause instanceof ContractError || !(cause instanceof Error && "syscall" in cause)) throw cause;
    throw new ContractError("CONFIG_INVALID", `${path}: cannot be written: ${cause.message}`, { cause });
  }
}

async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "sandglass-generate-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The names of files that are missing from a folder or differ from those made anew. */
async function changedFiles(folder: string, made: string): Promise<string[]> {
  const changed: string[] = [];
  for (const name of (await readdir(made)).sort()) {
    if (!(await isSame(join(folder, name), join(made, name)).catch(() => false))) changed.push(name);
  }
  return changed;
}

const pieceBytes = 1_000_000;

async function isSame(...paths: readonly [string, string]): Promise<boolean> {
  const [one, other] = [await open(paths[0]), await open(paths[1])];
  try {
    for (;;) {
      const [piece, expected] = await Promise.all([one, other].map(readPiece));
      if (piece === undefined || expected === undefined || !piece.equals(expected)) return false;
      if (piece.length === 0) return true;
    }
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}

async function readPiece(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes);
  return buffer.subarray(0, bytesRead);
}

const stagingPrefix = ".sandglass-generate-";

/** Moves old files out and new ones in. Where any of that fails, the new ones go and the old ones come back. */
async function replace(folder: string, staging: string, names: readonly string[]): Promise<void> {
  const placed: string[] = [];
  try {
    for (const name of names) {
      if (await isThere(folder, name)) await rename(join(folder, name), join(staging, "old", name));
      await rename(join(staging, "new", name), join(folder, name));
      placed.push(name);
    }
  } catch (cause) {
    for (const name of placed) await rm(join(folder, name), { force: true });
    await restore(folder, staging);
    throw cause;
  }
}

async function isThere(folder: string, name: string): Promise<boolean> {
  const found = await lstat(join(folder, name)).catch(() => undefined);
  if (!found?.isDirectory()) return found !== undefined;
  const advice = `${join(folder, name)} is a folder: move it, or choose another --out`;
  throw new ContractError("CONFIG_INVALID", `${folder}: cannot be written: ${advice}`);
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
