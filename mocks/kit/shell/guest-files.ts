import type { Engine, EngineFiles } from "./engine.ts";
import { noRoom } from "./file-system.ts";
import { pieceBytes, type FromWorker, type RunRequest } from "./messages.ts";

/** The files of a sandbox as one command sees them, and what it has changed. */
export type GuestFiles = {
  readonly files: EngineFiles;
  /** Tells of each path that changed. */
  readonly report: (send: (message: FromWorker) => void) => Promise<void>;
};

/** The text of a byte for each character, as bytes, and back. */
export const toBytes = (text: string) => Buffer.from(text, "latin1");
export const toText = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

const changing = ["writeFile", "appendFile", "mkdir", "rm", "cp", "mv", "chmod", "symlink", "link", "utimes"] as const;
const adding: readonly string[] = ["writeFile", "appendFile", "mkdir", "cp", "symlink", "link"];
const twofold: readonly string[] = ["cp", "mv", "link", "symlink"];
const single: readonly string[] = ["writeFile", "appendFile", "chmod", "symlink", "link", "utimes"]; // adds one path at most

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Makes the files of a sandbox for one command.
 *
 * @param fetch - gives the bytes of a long file, which come when they are first read
 */
export async function openGuestFiles(
  { InMemoryFs }: Pick<Engine, "InMemoryFs">,
  { nodes, limits }: RunRequest,
  fetch: (path: string) => Promise<Uint8Array>,
): Promise<GuestFiles> {
  const files = new InMemoryFs({});
  for (const [path, { kind, mode, modifiedAtMs, pieces, target }] of Object.entries(nodes)) {
    const metadata = { mode, mtime: new Date(modifiedAtMs) };
    if (kind === "link") await files.symlink(target!, path);
    else if (kind === "folder") {
      await files.mkdir(path, { recursive: true });
      await files.chmod(path, mode);
    } else if (pieces === undefined) files.writeFileLazy(path, () => fetch(path), metadata);
    else files.writeFileSync(path, toBytes(pieces.join("")), undefined, metadata);
  }
  const touched = new Set<string>();
  const touch = async (path: unknown) => {
    const whole = files.resolvePath("/", String(path));
    for (const each of [whole, await files.realpath(whole).catch(() => whole)]) {
      // Folders above it that are new came with it.
      for (
        let at = each;
        at !== "" && (at === each || nodes[at] === undefined);
        at = at.slice(0, at.lastIndexOf("/"))
      ) {
        touched.add(at);
      }
    }
  };
  // What the engine itself puts there is not the sandbox's.
  let engineOwn: number | undefined;
  let count: number | undefined;
  const requireRoom = async (path: unknown) => {
    engineOwn ??= files.getAllPaths().length - Object.keys(nodes).length;
    count ??= files.getAllPaths().length - engineOwn;
    if (await files.exists(String(path))) return;
    if (count >= limits.filesMax) throw new Error(`ENOSPC: ${noRoom(`a sandbox holds ${limits.filesMax} files`)}`);
    count += 1;
  };
  const methods = files as unknown as Record<string, Method>;
  for (const name of changing) {
    const method = methods[name]!.bind(files);
    methods[name] = async (...args) => {
      const changed = args.slice(0, twofold.includes(name) ? 2 : 1);
      const to = changed.at(-1);
      if (changed.some((path) => String(path).includes("\0"))) throw new Error("EINVAL: invalid argument");
      if (adding.includes(name)) await requireRoom(to);
      for (const path of changed) await touch(path);
      const result = await method(...args);
      await touch(to);
      if (!single.includes(name)) count = undefined;
      return result;
    };
  }
  return { files, report: (send) => report(files, nodes, touched, send) };
}

async function report(
  files: EngineFiles,
  before: RunRequest["nodes"],
  touched: ReadonlySet<string>,
  send: (message: FromWorker) => void,
): Promise<void> {
  const isTouched = (path: string) => {
    for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) if (touched.has(at)) return true;
    return false;
  };
  const after = new Set(files.getAllPaths());
  for (const path of Object.keys(before)) {
    if (!after.has(path) && isTouched(path)) send({ kind: "node", path, node: undefined });
  }
  for (const path of after) {
    if (!isTouched(path) || /^\/(?:dev|proc)(?:\/|$)/.test(path)) continue;
    const stat = await files.lstat(path).catch(() => undefined);
    if (stat === undefined) continue; // written through a link to a folder: it is told of where it is
    const { mode, mtime, isDirectory, isSymbolicLink } = stat;
    const common = { mode, modifiedAtMs: mtime.getTime(), bytes: 0 };
    if (isDirectory) send({ kind: "node", path, node: { ...common, kind: "folder" } });
    else if (isSymbolicLink) {
      send({ kind: "node", path, node: { ...common, kind: "link", target: await files.readlink(path) } });
    } else {
      const bytes = await files.readFileBuffer(path);
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        send({ kind: "piece", path, piece: toText(bytes.subarray(at, at + pieceBytes)) });
      }
      send({ kind: "node", path, node: { ...common, kind: "file", bytes: bytes.length } });
    }
  }
}

/** Bytes of a device that has no end. */
export type Device = (path: string, bytes: number) => Uint8Array | undefined;

/** Makes the devices that have no end: zeros, and what looks like chance. */
export function createDevice({ seed }: Pick<RunRequest, "seed">): Device {
  let state = seed;
  return (path, size) => {
    if (path === "/dev/zero") return new Uint8Array(size);
    if (path !== "/dev/urandom" && path !== "/dev/random") return undefined;
    return Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 24;
    });
  };
}

/** Lets a command read such a device as a file, so much of it that who passes all of it on reaches the limit of output. */
export function openDevices(files: EngineFiles, { limits }: RunRequest, device: Device): void {
  const methods = files as unknown as Record<string, Method>;
  for (const name of ["readFile", "readFileBytes", "readFileBuffer"]) {
    const method = methods[name]!.bind(files);
    methods[name] = async (path, ...rest) => {
      const bytes = device(files.resolvePath("/", String(path)), limits.outputBytesMax + 1);
      if (bytes === undefined) return method(path, ...rest);
      return name === "readFileBuffer" ? bytes : toText(bytes);
    };
  }
}
