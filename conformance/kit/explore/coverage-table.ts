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
  return kind === "broken" || kind === "valid" ? state.split(",")[0]! : state;
}

/** Creates a table in which nothing is covered yet. */
export function createTable(): CoverageTable {
  const cells = new Set<string>();
  const pairs = new Set<string>();
  const cell = (state: string, call: Column) => `${rowOf(state, call)}: ${call.name}`;
  const pair = (first: Column, second: Column) => `${first.name} > ${second.name}`;
  return {
    hasCell: (state, call) => cells.has(cell(state, call)),
    noteCell: (state, call) => void cells.add(cell(state, call)),
    hasPair: (first, second) => pairs.has(pair(first, second)),
    notePair: (first, second) => void pairs.add(pair(first, second)),
  };
}
