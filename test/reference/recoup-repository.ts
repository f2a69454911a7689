import { createHash } from "node:crypto";

/** An entry of a repository, as a list tells it. */
export type Entry = {
  readonly path: string;
  readonly type: "blob" | "tree";
  readonly sha: string;
  readonly size?: number;
};

/** The repository of one account: files by path. */
export class Repository {
  readonly #files = new Map<string, Buffer>([["README.md", Buffer.from("# Sandbox\n")]]);

  read(path: string): { readonly content: string; readonly encoding?: "base64" } | undefined {
    const file = this.#files.get(tidy(path));
    if (file === undefined) return undefined;
    const text = file.toString("utf8");
    const isText = Buffer.from(text).equals(file) && !file.includes(0);
    return isText ? { content: text } : { content: file.toString("base64"), encoding: "base64" };
  }

  write(path: string, content: Buffer): { readonly path: string; readonly sha: string } {
    this.#files.set(tidy(path), content);
    return { path: tidy(path), sha: shaOf("blob", content) };
  }

  /** Every file, and every folder that holds one. */
  tree(): Entry[] {
    const folders = new Set(
      [...this.#files.keys()].flatMap((path) => {
        const parts = path.split("/").slice(0, -1);
        return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
      }),
    );
    const trees = [...folders].map((path) => ({ path, type: "tree" as const, sha: shaOf("tree", Buffer.from(path)) }));
    const blobs = [...this.#files].map(([path, content]) => {
      return { path, type: "blob" as const, sha: shaOf("blob", content), size: content.length };
    });
    return [...trees, ...blobs].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

function tidy(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.join("/");
}

function shaOf(kind: "blob" | "tree", content: Buffer): string {
  return createHash("sha1").update(`${kind} ${content.length}\0`).update(content).digest("hex");
}

/** What a URL holds. Nothing is fetched from elsewhere: what stands in the URL itself is read, the rest is made up. */
export async function download(url: string): Promise<Buffer> {
  const { protocol } = new URL(url);
  if (protocol === "data:") return Buffer.from(await (await fetch(url)).arrayBuffer());
  if (protocol === "http:" || protocol === "https:") return Buffer.from(`what ${url} holds\n`);
  throw new Error(`${url} cannot be downloaded`);
}
