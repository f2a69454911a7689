import { updateRecord, type StoredRecord } from "../table.ts";
import type { TableName, World } from "../world.ts";
import type { ShellLimits } from "./limits.ts";

/** One file, folder or link of a sandbox. Bytes are text of one character each, so that a record stays JSON. */
export type FileNode = {
  readonly kind: "file" | "folder" | "link";
  readonly mode: number;
  readonly modifiedAtMs: number;
  readonly bytes: number;
  readonly pieces?: readonly string[]; // what a file holds
  readonly target?: string; // where a link leads
};

export type FileNodes = Readonly<Record<string, FileNode>>;

/** All files of a sandbox, by path. A sandbox has no such record until something is written in it. */
export type FileSystemRecord = StoredRecord & { readonly nodes: FileNodes };

export const fileSystemTable: TableName<FileSystemRecord> = { name: "shell/files" };

/** Why a file cannot be read or written, in the words of a system call. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** What changes at a path: the new node, or undefined for one that is gone. */
export type FileChanges = ReadonlyMap<string, FileNode | undefined>;

const folder = (mode = 0o755): FileNode => ({ kind: "folder", mode, modifiedAtMs: 0, bytes: 0 });
const text = (content: string): FileNode => ({
  kind: "file",
  mode: 0o644,
  modifiedAtMs: 0,
  bytes: content.length,
  pieces: [content],
});

const superuser = "root";

/** The environment of what sets a sandbox up. */
export const superuserEnvironment = { HOME: `/${superuser}`, USER: superuser };

/** What every sandbox begins with. */
export const initialNodes: FileNodes = {
  "/": folder(),
  "/etc": folder(),
  "/etc/os-release": text('ID=ubuntu\nNAME="Ubuntu"\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04 LTS"\n'),
  "/etc/passwd": text(
    `${superuser}:x:0:0:root:/${superuser}:/bin/bash\nsandbox:x:1000:1000:sandbox:/home/sandbox:/bin/bash\n`,
  ),
  "/home": folder(),
  "/home/sandbox": folder(),
  [`/${superuser}`]: folder(0o700),
  "/tmp": folder(0o1777),
  "/workspace": folder(),
};

export const homeFolder = "/home/sandbox";

/** A path from the root, without dots and doubled slashes. */
export function resolvePath(path: string, from = homeFolder): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${from}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The files of a sandbox as they are now. */
export async function readNodes(world: World, sandboxId: string): Promise<FileNodes> {
  return (await world.table(fileSystemTable).get(sandboxId))?.nodes ?? initialNodes;
}

/** The node that a path leads to, links followed. */
export function findNode(
  nodes: FileNodes,
  path: string,
): { readonly path: string; readonly node: FileNode } | undefined {
  let at = path;
  for (let links = 0; links < linksMax; links += 1) {
    const node = Object.hasOwn(nodes, at) ? nodes[at] : undefined;
    if (node?.kind !== "link") return node === undefined ? undefined : { path: at, node };
    at = resolvePath(node.target!, parentOf(at));
  }
  return undefined;
}

const linksMax = 16;

export const parentOf = (path: string) => path.slice(0, Math.max(1, path.lastIndexOf("/")));

/** The paths of what is in a folder, by name, and not of what is below that. */
export function listFolder(nodes: FileNodes, path: string): string[] {
  const prefix = path === "/" ? "/" : `${path}/`;
  return Object.keys(nodes)
    .filter((each) => each.startsWith(prefix) && each.length > prefix.length && !each.includes("/", prefix.length))
    .sort();
}

/** The folders that a path lacks above it, the highest first. */
export function missingFolders(nodes: FileNodes, path: string, nowMs: number): [string, FileNode][] {
  const missing: [string, FileNode][] = [];
  for (let at = path; at !== "/"; at = parentOf(at)) {
    const found = findNode(nodes, at);
    if (found?.node.kind === "file") throw new FileError(`mkdir ${at}: not a directory`);
    if (found === undefined) missing.unshift([at, { ...folder(), modifiedAtMs: nowMs }]);
  }
  return missing;
}

export type FileSystemOwner = { readonly world: World; readonly sandboxId: string; readonly tenantId: string };

/**
 * Changes files of a sandbox in one atomic step.
 *
 * @param decide - gives the changes to the files as they are; it may run again
 * @throws {@link FileError} where there is no room for them, or what `decide` throws
 */
export async function changeFiles(
  { world, sandboxId, tenantId }: FileSystemOwner,
  decide: (nodes: FileNodes) => FileChanges,
  limits: ShellLimits,
): Promise<void> {
  const table = world.table(fileSystemTable);
  if ((await table.get(sandboxId)) === undefined)
    await table.insert(emptyRecord(sandboxId, tenantId, world.clock.now()));
  const usedByOthers = countBytesOfOthers(world, sandboxId);
  await updateRecord(table, sandboxId, (record) => {
    const changes = decide(record.nodes);
    if (changes.size === 0) return record;
    const next: Record<string, FileNode> = { ...record.nodes };
    for (const [path, node] of changes) {
      if (path.includes("\0")) throw new FileError(`open ${path}: invalid argument`);
      if (node === undefined) delete next[path];
      else next[path] = node;
    }
    requireRoom(next, usedByOthers, limits);
    return { ...record, version: record.version + 1, nodes: next };
  });
}

/** Forgets the files of a sandbox that is no more. */
export async function dropFiles(world: World, sandboxId: string): Promise<void> {
  await updateRecord(world.table(fileSystemTable), sandboxId, (record) =>
    record.nodes === noNodes ? record : { ...record, version: record.version + 1, nodes: noNodes },
  );
}

const noNodes: FileNodes = {};

function emptyRecord(id: string, tenantId: string, createdAtMs: number): FileSystemRecord {
  return { id, tenantId, version: 1, createdAtMs, liveUntilMs: 0, nodes: initialNodes };
}

function requireRoom(nodes: Record<string, FileNode>, usedByOthers: number, limits: ShellLimits): void {
  const count = Object.keys(nodes).length;
  if (count > limits.filesMax) throw new FileError(noRoom(`a sandbox holds ${limits.filesMax} files`));
  const bytes = countBytes(nodes);
  if (bytes > limits.bytesMax) throw new FileError(noRoom(`a sandbox holds ${limits.bytesMax} bytes`));
  if (bytes + usedByOthers > limits.bytesOfAllMax) {
    throw new FileError(noRoom(`all sandboxes together hold ${limits.bytesOfAllMax} bytes`));
  }
}

/** What is said where a limit is reached. */
export const noRoom = (limit: string) => `no space left on device (${limit} in this mock)`;

export function countBytes(nodes: FileNodes): number {
  let bytes = 0;
  for (const path in nodes) bytes += nodes[path]!.bytes;
  return bytes;
}

// Counted anew each time, since records come and go with worlds and snapshots; most sandboxes have none. Worlds that share a
// record hold its bytes once.
const countedBytes = new WeakMap<FileNodes, number>();
const knownWorlds = new WeakSet<World>();
const worldRefs = new Set<WeakRef<World>>();

function countBytesOfOthers(world: World, sandboxId: string): number {
  if (!knownWorlds.has(world)) worldRefs.add(new WeakRef(world));
  knownWorlds.add(world);
  const counted = new Set<FileNodes>();
  let sum = 0;
  for (const ref of worldRefs) {
    const each = ref.deref();
    if (each === undefined) worldRefs.delete(ref);
    const records = (each?.tables().get(fileSystemTable.name)?.records() ?? []) as Iterable<FileSystemRecord>;
    for (const { id, nodes } of records) {
      if ((each === world && id === sandboxId) || counted.has(nodes)) continue;
      counted.add(nodes);
      let bytes = countedBytes.get(nodes);
      if (bytes === undefined) countedBytes.set(nodes, (bytes = countBytes(nodes)));
      sum += bytes;
    }
  }
  return sum;
}
