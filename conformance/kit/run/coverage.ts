import type { ExploredShare } from "../law/law-run.ts";
import { isObject } from "../law/schema.ts";

/** What a run exercised: how often each operation gave each status, and how often each keyword was broken. */
export type Coverage = {
  /** Counts by operationId, then by status. Requests to previews are in no document: they stand under "preview". */
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Counts of values that broke a keyword, by operationId, then by keyword: `minimum`, `required`. */
  readonly keywords: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** How much of the contract's table was explored; absent where none was. */
  readonly explored?: ExploredShare;
};

/** Counts while a run goes on. */
type CoverageCounter = {
  readonly answered: (operation: string, status: number) => void;
  readonly broke: (operation: string, keyword: string) => void;
  /** The most that one exploration has gone through counts. */
  readonly explored: (share: ExploredShare) => void;
  readonly total: () => Coverage;
};

/** Creates a counter that has seen nothing. */
export function createCoverage(): CoverageCounter {
  const operations = new Map<string, Map<string, number>>();
  const keywords = new Map<string, Map<string, number>>();
  let explored: ExploredShare | undefined;
  return {
    answered: (operation, status) => count(operations, operation, String(status)),
    broke: (operation, keyword) => count(keywords, operation, keyword),
    explored: (share) => {
      if (share.cells.covered >= (explored?.cells.covered ?? 0)) explored = share;
    },
    total: () => ({
      operations: plain(operations),
      keywords: plain(keywords),
      ...(explored === undefined ? {} : { explored }),
    }),
  };
}

/** Counts a generated value that was made to break a keyword, and knows which; others leave the counts alone. */
export function noteKeywords(
  coverage: CoverageCounter,
  { operations }: { readonly operations: readonly string[] },
  value: unknown,
): void {
  const [operation] = operations;
  if (operation === undefined || !isObject(value)) return;
  const { keyword, pointer } = value;
  if (typeof keyword === "string" && typeof pointer === "string") coverage.broke(operation, keyword);
}

function count(counts: Map<string, Map<string, number>>, outer: string, inner: string): void {
  const row = counts.get(outer) ?? new Map<string, number>();
  counts.set(outer, row.set(inner, (row.get(inner) ?? 0) + 1));
}

function plain(counts: ReadonlyMap<string, ReadonlyMap<string, number>>): Coverage["operations"] {
  return Object.fromEntries(
    [...counts].sort(byName).map(([name, row]) => [name, Object.fromEntries([...row].sort(byName))]),
  );
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
