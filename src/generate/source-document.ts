import { readFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document, type Scalar } from "yaml";
import { ContractError } from "../contract/contract-error.ts";
import { parsePointer, type JsonValue } from "./json.ts";

/** A YAML or JSON file, with the places of its values. */
export type SourceDocument = {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly value: JsonValue;
  /** Formats the place of a value for a message: `specs/x.yaml:12:3 /paths/~1x`. */
  readonly locate: (pointer: string) => string;
};

/**
 * Reads a YAML or JSON file. JSON is read as the YAML that it is, so that both get line numbers. YAML anchors become
 * copies, and `<<` merges.
 *
 * @throws {@link ContractError} `SPEC_UNREADABLE` when the file is missing or is neither YAML nor JSON, with its line
 */
export async function readSourceDocument(path: string): Promise<SourceDocument> {
  return parseSourceDocument(path, await readText(path));
}

/** Like {@link readSourceDocument}, for a text that is already read. */
export function parseSourceDocument(path: string, text: string): SourceDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const language = path.endsWith(".json") ? "JSON" : "YAML";
    throw unreadable(`${displayPath(path)}:${line}:${col}: this is not valid ${language}: ${error.message}`, error);
  }
  return { path, text, value: plainValue(path, document), locate: (pointer) => locate(path, document, lines, pointer) };
}

/** How messages name a file: relative to where the command runs, when it is below. */
export function displayPath(path: string): string {
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") ? path : below.split(sep).join("/");
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replaceAll("\r\n", "\n");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: "there is no such file", EISDIR: "this is a folder, not a file" };
    const reason = reasons[code ?? ""] ?? `it cannot be read (${code ?? String(cause)})`;
    throw unreadable(`${displayPath(path)}: ${reason}: check the path`, cause);
  }
}

/** Through JSON text, so that values behind a YAML anchor are copies and one can change without the other. */
function plainValue(path: string, document: Document): JsonValue {
  try {
    return JSON.parse(JSON.stringify(document.toJS() ?? null)) as JsonValue;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadable(`${displayPath(path)}: it cannot be expressed as JSON: ${reason}`, cause);
  }
}

/** Names the value itself, or the nearest one around it that the file holds: an overlay may have added the rest. */
function locate(path: string, document: Document, lines: LineCounter, pointer: string): string {
  const { line, col } = lines.linePos(offsetAt(document, parsePointer(pointer)));
  return `${displayPath(path)}:${line}:${col} ${pointer.replace(/^#/, "")}`.trimEnd();
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

function unreadable(message: string, cause: unknown): ContractError {
  return new ContractError("SPEC_UNREADABLE", message, { cause });
}
