import { formatPointer } from "../../../../src/contract/json-pointer.ts";
import { query } from "json-p3";
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document } from "yaml";
import { atPointer } from "../../law/schema.ts";
import type { JsonObject } from "../../law/schema.ts";

/** Where a clause stands: a file, a line and column of it, counted from 1, and the column after its name on that line. */
export type ClauseLocation = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  /** The lines of the clause in its file, where they are asked for. */
  readonly excerpt?: string;
};

/** Finds the clause that a JSON pointer (`#/paths/…`) names in the documents of a contract. */
export type ClauseLocator = (contract: string, source: string) => ClauseLocation | undefined;

/** A document as text: an OpenAPI document first, then the overlays in the order in which they are applied. */
export type ClauseDocument = { readonly file: string; readonly text: string };

/** A place in one file that stands for a place in the effective document; `spelt` is how much of the way to it the file says. */
type Place = { readonly at: ClauseLocation; readonly spelt: number };

/**
 * Creates the locator of one contract. The effective document is made of several files: the clause stands in the one that leads
 * furthest down the pointer. Of two, it is the one that spells more of the way out: an overlay that adds a header to every
 * answer defines none of them.
 *
 * @param effective - the document with all overlays applied, on which overlay targets are resolved
 */
export function createClauseLocator(
  effective: JsonObject,
  documents: readonly ClauseDocument[],
): (source: string) => ClauseLocation | undefined {
  const places = new Map<string, Place>();
  for (const { file, text } of documents) {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, merge: true });
    const note = (pointer: string, spelt: number, offset: number, end: number) => {
      if ((places.get(pointer)?.spelt ?? 0) > spelt) return;
      const { line, col: column } = lines.linePos(offset);
      places.set(pointer, { at: { file, line, column, endColumn: column + Math.max(1, end - offset) }, spelt });
    };
    for (const { node, pointer } of startsIn(document, effective)) notePlaces(node, { pointer, depth: 0 }, note);
  }
  return (source) => {
    if (!source.startsWith("#/") || atPointer(effective, source.slice(1)) === undefined) return undefined;
    for (let pointer = source.slice(1); pointer !== ""; pointer = pointer.slice(0, pointer.lastIndexOf("/"))) {
      const place = places.get(pointer);
      if (place !== undefined) return place.at;
    }
    return undefined;
  };
}

/** The nodes of a file that hold clauses, each with what it stands for: the whole, or what each action of an overlay adds. */
function startsIn(document: Document, effective: JsonObject): readonly { node: unknown; pointer: string }[] {
  const actions: unknown = document.get("actions");
  if (!document.has("overlay") || !isSeq(actions)) return [{ node: document.contents, pointer: "" }];
  return actions.items.flatMap((action) => {
    if (!isMap(action) || !action.has("update")) return [];
    const node = action.get("update", true);
    return targetsOf(String(action.get("target")), effective).map((pointer) => ({ node, pointer }));
  });
}

/** A target whose place another action has taken away matches nothing here, and so holds no clause. */
function targetsOf(target: string, effective: JsonObject): readonly string[] {
  try {
    const { nodes } = query(target, effective as Parameters<typeof query>[1]);
    return nodes.map(({ location }) => formatPointer(location));
  } catch {
    return [];
  }
}

/** Notes all that stands below a node, by its pointer: a member by its name, an item of a list by its beginning. */
function notePlaces(
  node: unknown,
  { pointer, depth }: { readonly pointer: string; readonly depth: number },
  note: (pointer: string, spelt: number, offset: number, end: number) => void,
): void {
  const noteOne = (step: string, name: unknown, value: unknown) => {
    if (!isNode(name) || name.range == null) return;
    const below = { pointer: `${pointer}${formatPointer([step])}`, depth: depth + 1 };
    note(below.pointer, below.depth, name.range[0], isScalar(name) ? name.range[1] : name.range[0]);
    notePlaces(value, below, note);
  };
  if (isMap(node)) for (const { key, value } of node.items) if (isScalar(key)) noteOne(String(key), key, value);
  if (isSeq(node)) for (const [index, item] of node.items.entries()) noteOne(String(index), item, item);
}
