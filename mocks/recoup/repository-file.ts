import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { extname } from "node:path";
import type { RepositoryFile } from "./account.ts";

// The endings whose content the vendor answers in base64. What is no text at all is told so too, whatever its name.
const binaryEndings = new Set(
  "png jpg jpeg gif webp svg ico bmp tiff pdf woff woff2 ttf otf eot zip tar gz bz2 mp3 mp4 wav ogg webm avif".split(
    " ",
  ),
);

/** Whether the mock can make a file of a URL. */
export function isReadableUrl(url: string): boolean {
  return /^(https?|data):/i.test(url);
}

/**
 * Makes the file that uploading a URL leaves in the repository. A data URL gives its own content. Others are not
 * fetched, a mock sends no requests: their file tells where the content would have come from.
 */
export function createRepositoryFile(path: string, url: string): RepositoryFile {
  return repositoryFileOf(path, decodeDataUrl(url) ?? Buffer.from(`downloaded from ${url}\n`));
}

/** The file of a repository that holds these bytes. */
export function repositoryFileOf(path: string, bytes: Buffer): RepositoryFile {
  const sha = blobSha(bytes);
  const binary = binaryEndings.has(extname(path).slice(1).toLowerCase()) || !isUtf8(bytes);
  return binary
    ? { path, content: bytes.toString("base64"), encoding: "base64", sha }
    : { path, content: bytes.toString("utf8"), sha };
}

/** What git calls a file that holds these bytes. */
export function blobSha(bytes: Buffer): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function decodeDataUrl(url: string): Buffer | undefined {
  const match = /^data:([^,]*),(.*)$/is.exec(url);
  if (match === null) return undefined;
  const [, parameters = "", data = ""] = match;
  return /;base64$/i.test(parameters) ? Buffer.from(data, "base64") : Buffer.from(unescape(data), "latin1");
}
