import type { Exchange } from "../law/exchange.ts";

/** What a run exercised: how often each operation gave each status, and how often each keyword was broken. */
export type Coverage = {
  /** Counts by operationId, then by status. Requests to previews are in no document: they stand under "preview". */
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Counts of values that broke a keyword, by operationId, then by keyword: `minimum`, `required`. */
  readonly keywords: Readonly<Record<string, Readonly<Record<string, number>>>>;
};

/** An answer, as far as it is counted: an exchange, or what a preview answered to a handshake of a WebSocket. */
export type CountedAnswer = Pick<Exchange, "operation"> & { readonly response: Pick<Exchange["response"], "status"> };

/** Counts while a run goes on. */
export type CoverageCounter = {
  readonly answered: (answer: CountedAnswer) => void;
  readonly broke: (operation: string, keyword: string) => void;
  readonly total: () => Coverage;
};

/** Creates a counter that has seen nothing. */
export function createCoverage(): CoverageCounter {
  const operations = new Map<string, Map<string, number>>();
  const keywords = new Map<string, Map<string, number>>();
  return {
    answered: ({ operation, response }) => count(operations, operation, String(response.status)),
    broke: (operation, keyword) => count(keywords, operation, keyword),
    total: () => ({ operations: plain(operations), keywords: plain(keywords) }),
  };
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
