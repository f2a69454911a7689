import {
  FileError,
  type FileNode,
  type FileNodes,
  homeFolder,
  missingFolders,
  parentOf,
} from "../kit/shell/file-system.ts";
import type { RepositoryFile } from "./account.ts";
import { blobSha, repositoryFileOf } from "./repository-file.ts";

/** The files of a sandbox, with those of a repository in its home folder. What has no place there is left out. */
export function checkOut(
  nodes: FileNodes,
  files: readonly RepositoryFile[],
  nowMs: number,
): ReadonlyMap<string, FileNode> {
  const changes = new Map<string, FileNode>();
  const all: Record<string, FileNode> = { ...nodes };
  for (const file of files) {
    const path = `${homeFolder}/${file.path}`;
    if (all[path] !== undefined && (all[path].kind !== "file" || isSame(all[path], file))) continue;
    for (const [each, node] of [...foldersAbove(all, path, nowMs), [path, nodeOf(file, nowMs)] as const]) {
      all[each] = node;
      changes.set(each, node);
    }
  }
  return changes;
}

/** What a command has changed in its home folder, as a commit has it. Long files are not committed. */
export function findCommit(
  before: FileNodes,
  after: FileNodes,
): { readonly written: readonly RepositoryFile[]; readonly removed: readonly string[] } {
  const written = Object.entries(after).flatMap(([path, node]) => {
    if (node === before[path] || !isCommitted(path, node)) return [];
    return [repositoryFileOf(path.slice(homeFolder.length + 1), bytesOf(node))];
  });
  const removed = Object.entries(before)
    .filter(([path, node]) => after[path] === undefined && isCommitted(path, node))
    .map(([path]) => path.slice(homeFolder.length + 1));
  return { written, removed };
}

const committedBytesMax = 1024 * 1024;

function isCommitted(path: string, { kind, bytes }: FileNode): boolean {
  return kind === "file" && bytes <= committedBytesMax && path.startsWith(`${homeFolder}/`) && !path.includes("/.git/");
}

const bytesOf = ({ pieces = [] }: FileNode) => Buffer.from(pieces.join(""), "latin1");

function nodeOf({ content, encoding }: RepositoryFile, modifiedAtMs: number): FileNode {
  const bytes = Buffer.from(content, encoding ?? "utf8");
  return { kind: "file", mode: 0o644, modifiedAtMs, bytes: bytes.length, pieces: [bytes.toString("latin1")] };
}

/** Whether a sandbox has a file as it is; what is no text comes from there, since a repository tells it as if it were. */
const isSame = (node: FileNode, { sha }: RepositoryFile) => blobSha(bytesOf(node)) === sha;

function foldersAbove(nodes: FileNodes, path: string, nowMs: number): [string, FileNode][] {
  try {
    return missingFolders(nodes, parentOf(path), nowMs);
  } catch (error) {
    if (error instanceof FileError) return []; // a file is where a folder is to be: git would not have both
    throw error;
  }
}
