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
};

/** Finds the clause that a JSON pointer (`#/paths/…`) names in the documents of a contract. */
export type ClauseLocator = (contract: string, source: string) => ClauseLocation | undefined;

/** A document as text: an OpenAPI document first, then the overlays in the order in which they are applied. */
export type ClauseDocument = { readonly file: string; readonly text: string };

/** A place in one file that stands for a place in the effective document, and how far down the pointer it leads. */
type Place = ClauseLocation & { readonly depth: number; readonly base: number };

/**
 * Creates the locator of one contract. The effective document is made of several files, so each of them is asked how far
 * down the pointer it leads; the one that leads furthest has the clause. Of two, it is the one that spells more of the way
 * out: an overlay that adds a header to every answer defines none of them.
 *
 * @param effective - the document with all overlays applied, on which overlay targets are resolved
 */
export function createClauseLocator(
  effective: JsonObject,
  documents: readonly ClauseDocument[],
): (source: string) => ClauseLocation | undefined {
  const parsed = documents.map(({ file, text }) => {
    const lines = new LineCounter();
    return { file, lines, document: parseDocument(text, { lineCounter: lines, merge: true }) };
  });
  return (source) => {
    const steps = stepsOf(source);
    if (steps === undefined || atPointer(effective, source.replace(/^#/, "")) === undefined) return undefined;
    let best: Place | undefined;
    for (const { file, lines, document } of parsed) {
      for (const { start, base } of startsFor(document, effective, steps)) {
        const { offset, end, depth } = descend(document, { start, steps: steps.slice(base), base });
        if (depth === 0 || (best !== undefined && !leadsFurther({ depth, base }, best))) continue;
        const { line, col: column } = lines.linePos(offset);
        best = { file, line, column, endColumn: column + Math.max(1, end - offset), depth, base };
      }
    }
    if (best === undefined) return undefined;
    const { file, line, column, endColumn } = best;
    return { file, line, column, endColumn };
  };
}

type Reach = Pick<Place, "depth" | "base">;

function leadsFurther(one: Reach, other: Reach): boolean {
  return one.depth > other.depth || (one.depth === other.depth && one.base <= other.base);
}

/** A node to walk down from, and the steps of the pointer that lead to what it stands for. */
type Start = { readonly start: unknown; readonly base: number };

function startsFor(document: Document, effective: JsonObject, steps: readonly string[]): readonly Start[] {
  const actions: unknown = document.get("actions");
  if (!document.has("overlay") || !isSeq(actions)) return [{ start: document.contents, base: 0 }];
  return actions.items.flatMap((action) => {
    if (!isMap(action) || !action.has("update")) return [];
    return targetsOf(String(action.get("target")), effective)
      .filter((target) => target.every((step, index) => step === steps[index]))
      .map((target) => ({ start: action.get("update", true), base: target.length }));
  });
}

/** A target whose place another action has taken away matches nothing here, and so holds no clause. */
function targetsOf(target: string, effective: JsonObject): readonly (readonly string[])[] {
  try {
    return query(target, effective as Parameters<typeof query>[1]).nodes.map(({ location }) => location.map(String));
  } catch {
    return [];
  }
}

function descend(
  document: Document,
  { start, steps, base }: { readonly start: unknown; readonly steps: readonly string[]; readonly base: number },
): { readonly offset: number; readonly end: number; readonly depth: number } {
  let node = start;
  let offset = isNode(start) ? (start.range?.[0] ?? 0) : 0;
  let end = offset;
  let depth = 0;
  for (const step of steps) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) break;
      [offset, end] = (isScalar(pair.key) ? pair.key.range : undefined) ?? [offset, end];
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (!isNode(node)) break;
      offset = node.range?.[0] ?? offset;
      end = isScalar(node) ? (node.range?.[1] ?? offset) : offset;
    } else break;
    depth += 1;
  }
  // An update that goes not one step further tells something else of the place that it is for.
  return { offset, end, depth: depth === 0 ? 0 : base + depth };
}

function stepsOf(source: string): readonly string[] | undefined {
  if (!source.startsWith("#/")) return undefined;
  return source
    .slice(2)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
