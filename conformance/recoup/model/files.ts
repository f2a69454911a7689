import { createHash } from "node:crypto";
import { shown } from "../../kit/model/compare.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext } from "../../kit/model/contract-model.ts";
import { wrong } from "./clauses.ts";
import type { AccountState, ChangePart, RepositoryFile, RecoupPart } from "./states.ts";

type Outcome = { readonly next: AccountState; readonly deviations: readonly Deviation[] };

/** So many files of an account are remembered. */
const filesMax = 64;

/** The files that an upload names by plain paths, with their bytes in base64 where the URL holds them itself. */
export function filesIn({
  files,
  path: folder = "",
}: JsonObject): readonly { readonly path: string; readonly bytes?: string }[] {
  return (Array.isArray(files) ? files : []).filter(isObject).flatMap(({ url, name }) => {
    const path = [...String(folder).split("/"), ...String(name).split("/")].filter((part) => part !== "").join("/");
    const bytes = bytesIn(String(url));
    return typeof name === "string" && path.split("/").every(isPlainName)
      ? [{ path, ...(bytes === undefined ? {} : { bytes }) }]
      : [];
  });
}

/** A name that no server has reason to change or to refuse. */
function isPlainName(name: string): boolean {
  const isText = /^[\p{L}\p{N}_.-]([\p{L}\p{M}\p{N}\p{So}\u200D ()+,._#&=@%-]*[^ .])?$/u.test(name);
  return isText && !/%[\da-f]{2}|^\.+$|^\.git|^__proto__$/i.test(name);
}

export function pathsIn(json: JsonObject): readonly string[] {
  return filesIn(json).map(({ path }) => path);
}

/** What a `data` URL of plain characters holds, in base64. */
function bytesIn(url: string): string | undefined {
  const [, isBase64, data] = /^data:[\w/-]*(;base64)?,([\w .,%+/=-]*)$/.exec(url) ?? [];
  if (data === undefined) return undefined;
  if (isBase64 !== undefined) return Buffer.from(data, "base64").toString("base64");
  return /%(?![\dA-F]{2})|\+/i.test(data) ? undefined : Buffer.from(unescape(data), "latin1").toString("base64");
}

function hasNoRepository({ row }: AccountState): boolean {
  return row !== undefined && (row?.["github_repo"] ?? null) === null;
}

/** Files that were uploaded. Where the server failed at it, each may be there or not. */
export function uploadFiles(state: AccountState, { body, answer }: ChangePart, { isUncertain }: StepContext): Outcome {
  const sent = filesIn(body.json);
  const { uploaded, errors } = isObject(answer) ? answer : {};
  const entries = Array.isArray(uploaded) ? uploaded.filter(isObject) : undefined;
  const told = entries?.map(({ path }) => path);
  const isKnown = !isUncertain && told !== undefined;
  const reason =
    entries !== undefined && !isUncertain ? judgeCommitted(body.json, sent, { entries, failed: errors }) : undefined;
  const files: Record<string, RepositoryFile | null> = { ...state.files };
  for (const { path, bytes } of sent) {
    if (isKnown && !told.includes(path)) continue; // it failed, and is as it was
    delete files[path]; // what is written last comes last
    if (!isKnown) continue;
    const sha = entries?.find((entry) => entry["path"] === path)?.["sha"];
    const isTwice = sent.filter((other) => other.path === path).length > 1;
    files[path] = isTwice
      ? {}
      : { ...(bytes === undefined ? {} : { bytes }), ...(typeof sha === "string" ? { sha } : {}) };
  }
  const suspects = state.suspects.filter((suspect) => !suspect.files?.some((path) => path in files));
  const latest = Object.fromEntries(Object.entries(files).slice(-filesMax));
  return {
    next: { ...state, files: latest, suspects },
    deviations: reason === undefined ? [] : [wrong("upload/answers-committed", reason)],
  };
}

/** What is wrong with what an upload is answered: files that were not sent or are missing, failures of none, another name in git. */
function judgeCommitted(
  { files }: JsonObject,
  sent: ReturnType<typeof filesIn>,
  { entries, failed }: { readonly entries: readonly JsonObject[]; readonly failed: unknown },
): string | undefined {
  const told = entries.map(({ path }) => String(path));
  const paths = sent.map(({ path }) => path);
  const missing = paths.find((path) => !told.includes(path));
  if (missing !== undefined && failed === undefined) return `the answer tells ${shown(told)}, and ${missing} was sent`;
  const isAllPlain = Array.isArray(files) && files.length === sent.length;
  const other = told.find((path) => !paths.includes(path));
  if (isAllPlain && other !== undefined) return `the answer tells ${other}, which was not sent`;
  const isNoneMissing = isAllPlain && missing === undefined && told.length === paths.length;
  if (isNoneMissing && Array.isArray(failed) && failed.length > 0)
    return `the answer tells each file, and ${shown(failed)}`;
  const odd = entries.find(({ path, sha }) => {
    const same = sent.filter((file) => file.path === path);
    return same.length === 1 && !isShaOf(sha, same[0]?.bytes);
  });
  return odd === undefined ? undefined : `the answer tells ${shown(odd)}, which is not its SHA in git`;
}

/** Whether this may be the name in git of a file of these bytes: of other forms, and of other bytes, nothing is known. */
function isShaOf(sha: unknown, base64: string | undefined): boolean {
  if (typeof sha !== "string" || !/^[\da-f]{40}$/.test(sha) || base64 === undefined) return true;
  const bytes = Buffer.from(base64, "base64");
  return sha === createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** A file as it is read, or that there is none. */
export function readFile(
  state: AccountState,
  { path, bytes }: Extract<RecoupPart, { kind: "file" }>,
  isUploadedElsewhere: (path: string) => boolean,
): Outcome {
  const known = hasNoRepository(state) ? null : state.files[path];
  // What others do to a repository is not known; only of an account that was set or deleted it is looked at.
  if (state.row === undefined && known === undefined) return { next: state, deviations: [] };
  const next = { ...state, files: { ...state.files, [path]: bytes === null ? null : { bytes } } };
  if (known === undefined) {
    const [twin] =
      Object.entries(state.files).find(([, file]) => bytes !== null && bytes !== "" && file?.bytes === bytes) ?? [];
    const reason = `${path} reads as ${twin} was uploaded`;
    return { next, deviations: twin === undefined ? [] : [wrong("get-file/as-uploaded", reason, 2)] };
  }
  if (known === null && bytes === null) return { next, deviations: [] };
  if (known !== null && bytes !== null && (known.bytes ?? bytes) === bytes) return { next, deviations: [] };
  const why = known === null ? state.suspects.findLast(({ files }) => files?.includes(path) === true) : undefined;
  const isElsewhere = known === null && isUploadedElsewhere(path);
  const clause =
    why?.clause ??
    (isElsewhere
      ? "get-file/own-repository"
      : (hasNoRepository(state) && state.rowBy === "delete") || isErased(state, path)
        ? "delete/erases"
        : "get-file/as-uploaded");
  const was = known === null ? "none" : shown(textOf(known.bytes));
  const reason = `${path} reads as ${bytes === null ? "none" : shown(textOf(bytes))}, and it is ${was}`;
  return { next, deviations: [wrong(clause, why === undefined ? reason : `${reason}, ${why.what}`)] };
}

/** Whether it went with a repository that was deleted, and is there again. */
function isErased({ files, erased }: AccountState, path: string): boolean {
  return files[path] === null && erased !== undefined && Object.hasOwn(erased.files, path);
}

function textOf(bytes: string | undefined): string {
  return bytes === undefined ? "there" : Buffer.from(bytes, "base64").toString();
}

/** The files that a list tells. The list may lack all of them. */
export function readTree(state: AccountState, tree: unknown): readonly Deviation[] {
  if (!Array.isArray(tree)) return [];
  const entries = tree.filter(isObject);
  const paths = entries.map(({ path }) => String(path));
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) return [wrong("list/shows-files", `the list tells ${twice} twice`)];
  // A folder is no file: reading it finds none.
  const blobs = new Set(entries.filter(({ type }) => type !== "tree").map(({ path }) => path));
  if (hasNoRepository(state)) {
    const clause = state.rowBy === "delete" ? "delete/erases" : "list/shows-files";
    return blobs.size === 0 ? [] : [wrong(clause, `the list tells ${blobs.size} files, and there is no repository`)];
  }
  const differs = Object.entries(state.files).find(([path, file]) => blobs.has(path) !== (file !== null));
  if (differs === undefined) return judgeEntries(state, entries);
  const [path, file] = differs;
  const why = file === null ? state.suspects.findLast(({ files }) => files?.includes(path) === true) : undefined;
  const reason = `the list ${file === null ? "tells" : "lacks"} ${path}${why === undefined ? "" : `, ${why.what}`}`;
  return [wrong(why?.clause ?? (isErased(state, path) ? "delete/erases" : "list/shows-files"), reason)];
}

/** A file's size and name in git, and that its folders are there. */
function judgeEntries({ files }: AccountState, tree: readonly JsonObject[]): readonly Deviation[] {
  const byPath = new Map(tree.map((entry) => [String(entry["path"]), entry]));
  for (const [path, file] of Object.entries(files)) {
    const { type, size, sha } = byPath.get(path) ?? {};
    if (file === null) continue;
    const bytes = file.bytes === undefined ? undefined : Buffer.from(file.bytes, "base64").length;
    const isRight =
      type === "blob" &&
      (bytes === undefined || size === undefined || size === bytes) &&
      (file.sha === undefined ? isShaOf(sha, file.bytes) : sha === file.sha);
    const folder = path.split("/").slice(0, -1).join("/");
    if (isRight && (folder === "" || byPath.get(folder)?.["type"] === "tree")) continue;
    const reason = `the list tells ${path} as ${shown(byPath.get(path))}, and it has ${bytes} bytes and the SHA ${file.sha}`;
    return [wrong("list/shows-files", isRight ? `the list lacks the folder ${folder}` : reason)];
  }
  return [];
}
