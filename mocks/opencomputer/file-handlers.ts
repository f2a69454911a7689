import type { Answer, Call, Handler, Outcome } from "../kit/exchange.ts";
import {
  changeFiles,
  FileError,
  type FileNode,
  findNode,
  listFolder,
  missingFolders,
  noRoom,
  parentOf,
  readNodes,
  resolvePath,
} from "../kit/shell/file-system.ts";
import { usualLimits } from "../kit/shell/limits.ts";
import { refuse } from "./answers.ts";
import { enter, noteActivity, ownerOf } from "./inside.ts";
import type { OpenComputerParts } from "./parts.ts";
import type { OpenComputerSandboxRecord } from "./sandbox.ts";

/** What is done with one path of a sandbox. */
type FileAction = (call: Call, sandbox: OpenComputerSandboxRecord, path: string) => Promise<Answer>;

const limits = usualLimits;

/** Lets a call to a path into its sandbox, and tells what goes wrong there as the vendor does. */
function onPath(act: FileAction, defaultPath?: string): Handler<OpenComputerParts> {
  return async (call, parts) => {
    const path = call.request.query("path") || defaultPath;
    if (path === undefined) return refusePath("path query parameter is required");
    const entered = await enter(call, parts);
    if ("refusal" in entered) return entered.refusal;
    return actOn(() => act(call, entered.value, resolvePath(path)));
  };
}

/** The answer to a path that is missing. */
export function refusePath(error: string): Answer {
  return refuse(400, error, { rule: "path-missing", message: "name a file: ?path=/workspace/a.txt" });
}

/** Does it, and tells what goes wrong with a file as the vendor does. */
export async function actOn(act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return refuse(500, error.message, { rule: "file-failed", message: error.message });
  }
}

export const readContent: FileAction = async ({ world }, sandbox, path) => {
  const found = findNode(await readNodes(world, sandbox.id), path);
  if (found === undefined) throw new FileError(`open ${path}: no such file or directory`);
  if (found.node.kind === "folder") throw new FileError(`read ${path}: is a directory`);
  const { bytes, pieces = [] } = found.node;
  const headers = { "content-type": "application/octet-stream" };
  return { status: 200, headers, content: { bytes, pieces: piecesOf(pieces) } };
};

// A generator would be spent after one use, and faults may send an answer twice.
const piecesOf = (pieces: readonly string[]): Iterable<Uint8Array> => ({
  *[Symbol.iterator]() {
    for (const piece of pieces) yield Buffer.from(piece, "latin1");
  },
});

export const writeContent: FileAction = async (call, sandbox, path) => {
  const read = await readPieces(call);
  if ("refusal" in read) return read.refusal;
  const { bytes, pieces } = read.value;
  const modifiedAtMs = call.world.clock.now();
  await changeFiles(
    ownerOf(call.world, sandbox),
    (nodes) => {
      const found = findNode(nodes, path);
      if (found?.node.kind === "folder") throw new FileError(`open ${path}: is a directory`);
      const node: FileNode = { kind: "file", mode: found?.node.mode ?? 0o644, modifiedAtMs, bytes, pieces };
      return new Map([...missingFolders(nodes, parentOf(path), modifiedAtMs), [found?.path ?? path, node]]);
    },
    limits,
  );
  return { status: 204 };
};

async function readPieces({ request }: Call): Promise<Outcome<{ bytes: number; pieces: string[] }>> {
  const pieces: string[] = [];
  let bytes = 0;
  for await (const piece of request.content ?? []) {
    bytes += piece.length;
    if (bytes > limits.bytesMax) return { refusal: refuseSize() };
    pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString("latin1"));
  }
  return { value: { bytes, pieces } };
}

function refuseSize(): Answer {
  const message = noRoom(`a sandbox holds ${limits.bytesMax} bytes`);
  return refuse(413, message, { rule: "body-too-large", message });
}

export const readFile = onPath(readContent);
// A long upload is activity to its end.
export const writeFile: Handler<OpenComputerParts> = async (call, parts) => {
  const answer = await onPath(writeContent)(call, parts);
  if (answer.status === 204) await noteActivity(call.world, call.request.params["id"]!, parts);
  return answer;
};

export const deleteFile = onPath(async ({ world }, sandbox, path) => {
  if (path === "/") throw new FileError("remove /: operation not permitted");
  await changeFiles(
    ownerOf(world, sandbox),
    (nodes) => {
      const gone = Object.keys(nodes).filter((each) => each === path || each.startsWith(`${path}/`));
      return new Map(gone.map((each) => [each, undefined]));
    },
    limits,
  );
  return { status: 204 };
});

export const listFiles = onPath(async ({ world }, sandbox, path) => {
  const nodes = await readNodes(world, sandbox.id);
  const found = findNode(nodes, path);
  if (found === undefined) throw new FileError(`open ${path}: no such file or directory`);
  if (found.node.kind !== "folder") throw new FileError(`readdir ${path}: not a directory`);
  const json = listFolder(nodes, found.path).map((each) => {
    const target = findNode(nodes, each)?.node;
    const name = each.slice(each.lastIndexOf("/") + 1);
    const size = target?.bytes ?? 0;
    return {
      name,
      isDir: target?.kind === "folder",
      path: path === "/" ? `/${name}` : `${path}/${name}`,
      ...(size > 0 ? { size } : {}),
    };
  });
  return { status: 200, json };
}, "/");

export const makeDirectory = onPath(async ({ world, nowMs }, sandbox, path) => {
  await changeFiles(ownerOf(world, sandbox), (nodes) => new Map(missingFolders(nodes, path, nowMs)), limits);
  return { status: 204 };
});
