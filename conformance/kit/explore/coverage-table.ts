import type { ExploredCall } from "./explored-call.ts";

/** How much of a contract's table was gone through. */
export type ExploredShare = {
  /** States times classes of requests. */
  readonly cells: { readonly covered: number; readonly of: number };
  /** One request after another on the same sandbox. */
  readonly pairs: { readonly covered: number; readonly of: number };
  readonly requests: number;
};

/** The table of a contract: its rows are names of states, its columns classes of requests. */
export type CoverageTable = {
  readonly hasCell: (state: string, call: ExploredCall) => boolean;
  readonly noteCell: (state: string, call: ExploredCall) => void;
  readonly hasPair: (first: ExploredCall, second: ExploredCall) => boolean;
  readonly notePair: (first: ExploredCall, second: ExploredCall) => void;
  readonly size: () => { readonly cells: number; readonly pairs: number };
};

/** The name of the row that a request is explored in: what is in a body makes no difference to a gate. */
export function rowOf(state: string, { kind }: ExploredCall): string {
  return kind === "broken" || kind === "valid" ? state.split(",")[0]! : state;
}

/** Creates a table in which nothing is covered yet. */
export function createTable(): CoverageTable {
  const cells = new Set<string>();
  const pairs = new Set<string>();
  const cell = (state: string, call: ExploredCall) => `${rowOf(state, call)}: ${call.name}`;
  const pair = (first: ExploredCall, second: ExploredCall) => `${first.name} > ${second.name}`;
  return {
    hasCell: (state, call) => cells.has(cell(state, call)),
    noteCell: (state, call) => void cells.add(cell(state, call)),
    hasPair: (first, second) => pairs.has(pair(first, second)),
    notePair: (first, second) => void pairs.add(pair(first, second)),
    size: () => ({ cells: cells.size, pairs: pairs.size }),
  };
}
