import type { ExploredCall } from "./explored-call.ts";

/** The table of a contract: its rows are names of states, its columns classes of requests. */
export type CoverageTable = {
  readonly hasCell: (state: string, call: Column) => boolean;
  readonly noteCell: (state: string, call: Column) => void;
  readonly hasPair: (first: Column, second: Column) => boolean;
  readonly notePair: (first: Column, second: Column) => void;
};

/** A column, as far as it is counted. */
export type Column = Pick<ExploredCall, "name" | "operation" | "kind" | "isPlain">;

/** The name of the row that a request is explored in: what is in a body makes no difference to a gate. */
export function rowOf(state: string, { kind }: Column): string {
  const end = kind === "broken" || kind === "valid" ? state.indexOf(",") : -1;
  return end === -1 ? state : state.slice(0, end);
}

/** Creates a table in which nothing is covered yet. */
export function createTable(): CoverageTable {
  const cells = new Map<string, Set<string>>();
  const pairs = new Map<string, Set<string>>();
  const note = (table: Map<string, Set<string>>, row: string, { name }: Column) =>
    void table.set(row, (table.get(row) ?? new Set()).add(name));
  return {
    hasCell: (state, call) => cells.get(rowOf(state, call))?.has(call.name) === true,
    noteCell: (state, call) => note(cells, rowOf(state, call), call),
    hasPair: (first, second) => pairs.get(first.name)?.has(second.name) === true,
    notePair: (first, second) => note(pairs, first.name, second),
  };
}
