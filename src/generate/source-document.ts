import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Scalar } from "yaml";
import { ContractError } from "../contract/contract-error.ts";
import { createJsonIndex } from "./json-index.ts";
import { formatPointer, parsePointer } from "../contract/json-pointer.ts";
import { type JsonValue } from "./json.ts";

/** A YAML or JSON file, with the places of its values. */
export type SourceDocument = {
  /** Absolute path, or the URL that it was loaded from. */
  readonly path: string;
  readonly text: string;
  readonly value: JsonValue;
  /** Formats the place of a value for a message: `specs/x.yaml:12:3 /paths/~1x`. */
  readonly locate: (pointer: string) => string;
};

/** Deeper than any document that people write, and shallow enough for all that walks over one. */
const depthMax = 400;
/** How many values YAML aliases may copy: ten times what a large document has in all, where an alias bomb has 10⁹. */
const copiesMax = 1_000_000;

/**
 * Reads a YAML or JSON file. YAML anchors become copies, and `<<` merges.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` when the file is missing or is neither YAML nor JSON, with its line
 */
export async function readSourceDocument(path: string): Promise<SourceDocument> {
  return parseSourceDocument(path, await readText(path));
}

/** Like {@link readSourceDocument}, for a text that is already read. */
export function parseSourceDocument(path: string, text: string): SourceDocument {
  return readAsJson(path, text) ?? readAsYaml(path, text);
}

/**
 * Decodes what was read as a text.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` for bytes that are not UTF-8
 */
export function decodeText(path: string, bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // takes a byte order mark away
    if (!text.includes("\0")) return text.replaceAll("\r\n", "\n");
  } catch {
    // Said below: the decoder does not know where, and a user who saves it as UTF-8 does not need to.
  }
  throw unreadable(`${displayPath(path)}: this is no UTF-8 text: save the document as UTF-8`);
}

/** How messages name a file: relative to where the command runs, when it is below. An address loses what may be secret. */
export function displayPath(path: string): string {
  if (isUrl(path)) return path.replace(/[?#].*$/, "").replace(/^(https?:\/\/)[^/]*@/i, "$1");
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") ? path : below.split(sep).join("/");
}

/** Whether a document is named by an address in the network instead of a path. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

async function readText(path: string): Promise<string> {
  try {
    return decodeText(path, await readFile(path));
  } catch (cause) {
    if (cause instanceof ContractError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: "there is no such file", EISDIR: "this is a folder, not a file" };
    const reason = reasons[code ?? ""] ?? `it cannot be read (${code ?? String(cause)})`;
    throw unreadable(`${displayPath(path)}: ${reason}: check the path`, cause);
  }
}

/** As JSON, which is ten times as fast; what is none, or names a member twice, is left to the YAML reader to locate. */
function readAsJson(path: string, text: string): SourceDocument | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  const index = createJsonIndex(text);
  const lines = once(() => countLines(text));
  const locate = (pointer: string) => format(path, lines(), index.offsetAt(parsePointer(pointer)), pointer);
  const names = countNames(value, [], (steps) => locate(formatPointer(steps)));
  return names < countNamesIn(text) ? undefined : { path, text, value, locate };
}

/** Counts what stands before a colon. */
function countNamesIn(text: string): number {
  const name = /"(?:[^"\\]|\\.)*"\s*:/g;
  let count = 0;
  while (name.test(text)) count += 1;
  return count;
}

/** Counts the members of all objects. */
function countNames(
  value: JsonValue,
  steps: (string | number)[],
  where: (steps: (string | number)[]) => string,
): number {
  if (typeof value !== "object" || value === null) return 0;
  if (steps.length >= depthMax) throw tooDeep(where(steps.slice(0, 3)));
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  let names = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const [step, inner] of entries) {
    if (typeof inner !== "object") continue;
    steps.push(step);
    names += countNames(inner, steps, where);
    steps.pop();
  }
  return names;
}

function readAsYaml(path: string, text: string): SourceDocument {
  const lines = new LineCounter();
  const document = parsedYaml(path, text, lines);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    if (error.message.includes("call stack")) throw tooDeep(`${displayPath(path)}:${line}`);
    const language = path.endsWith(".json") ? "JSON" : "YAML";
    throw unreadable(`${displayPath(path)}:${line}:${col}: this is not valid ${language}: ${error.message}`, error);
  }
  const locate = (pointer: string) => format(path, lines, offsetAt(document, parsePointer(pointer)), pointer);
  return { path, text, value: plainValue(path, document, locate), locate };
}

function parsedYaml(path: string, text: string, lines: LineCounter): Document {
  try {
    return parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, logLevel: "error" });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep(displayPath(path));
    throw unreadable(`${displayPath(path)}: this cannot be read as YAML: ${reasonOf(cause)}`, cause);
  }
}

/** What is behind an alias is copied, so that one can change without the other. */
function plainValue(path: string, document: Document, locate: (pointer: string) => string): JsonValue {
  const seen = new Set<object>();
  const open = new Set<object>();
  let copies = 0;
  const copy = (value: unknown, steps: readonly string[], isCopy: boolean): JsonValue => {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw unreadable(`${locate(formatPointer(steps))}: ${value} is no value of JSON: write a number`);
    }
    if (typeof value !== "object" || value === null) return (value ?? null) as JsonValue;
    if (open.has(value))
      throw unreadable(`${locate(formatPointer(steps))}: a YAML alias is inside what it names: use $ref`);
    if (steps.length >= depthMax) throw tooDeep(locate(formatPointer(steps.slice(0, 3))));
    if (isOther(value)) return JSON.parse(JSON.stringify(value)) as JsonValue; // a date, of YAML 1.1
    const again = isCopy || seen.has(value);
    seen.add(value);
    copies += again ? 1 : 0;
    if (copies > copiesMax) {
      throw unreadable(
        `${displayPath(path)}: its YAML aliases copy more than ${copiesMax} values: write fewer, or use $ref`,
      );
    }
    open.add(value);
    const entries = Object.entries(value).map(([step, inner]) => [step, copy(inner, [...steps, step], again)] as const);
    open.delete(value);
    return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries<JsonValue>(entries);
  };
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: -1 }); // bounded above, by what they cost
  } catch (cause) {
    throw unreadable(`${displayPath(path)}: it cannot be expressed as JSON: ${reasonOf(cause)}`, cause);
  }
  return copy(value, [], false);
}

/** Names the value itself, or the nearest one around it that the file holds: an overlay may have added the rest. */
function format(path: string, lines: LineCounter, offset: number, pointer: string): string {
  const { line, col } = lines.linePos(offset);
  return `${displayPath(path)}:${line}:${col} ${pointer.replace(/^#/, "")}`.trimEnd();
}

function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  return lines;
}

function offsetAt(document: Document, steps: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of steps) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) break;
      offset = (pair.key as Scalar).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node)) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

function isOther(value: object): boolean {
  return !Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function tooDeep(where: string): ContractError {
  return unreadable(
    `${where}: this is nested more than ${depthMax} levels deep: give inner schemas names, and use $ref`,
  );
}

function unreadable(message: string, cause?: unknown): ContractError {
  return new ContractError("SPEC_UNREADABLE", message, { cause });
}
