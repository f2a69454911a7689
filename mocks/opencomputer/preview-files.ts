import type { Answer } from "../kit/exchange.ts";
import { findNode, readNodes, resolvePath } from "../kit/shell/file-system.ts";
import type { Listening } from "../kit/shell/listening.ts";
import type { World } from "../kit/world.ts";

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  gif: "image/gif",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  mjs: "text/javascript; charset=utf-8",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  webp: "image/webp",
  woff2: "font/woff2",
};

/** What a program that listens in a sandbox answers: a file of its folder, `index.html` for a folder. */
export async function serveFile(
  world: World,
  sandboxID: string,
  { folder }: Listening,
  { method, path }: { readonly method: string; readonly path: string },
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, headers: { allow: "GET, HEAD" }, text: "" };
  const nodes = await readNodes(world, sandboxID);
  const wanted = resolvePath(`.${decode(path.split("?")[0]!)}`, folder);
  // A link may lead out of the folder, as it may on a machine; a path may not.
  const isInside = wanted === folder || wanted.startsWith(folder === "/" ? "/" : `${folder}/`);
  const found = isInside ? findNode(nodes, wanted) : undefined;
  const file = found?.node.kind === "folder" ? findNode(nodes, resolvePath("index.html", found.path)) : found;
  if (file?.node.kind !== "file") return notFound;
  const { bytes, pieces = [] } = file.node;
  const type = types[file.path.slice(file.path.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
  const content = pieces.map((piece) => Buffer.from(piece, "latin1"));
  return { status: 200, headers: { "content-type": type }, content: { bytes, pieces: content } };
}

const notFound: Answer = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  text: "404: there is no such file\n",
};

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
