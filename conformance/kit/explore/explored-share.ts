import type { RunContract } from "../law/contract.ts";
import type { ExploredShare } from "../law/law-run.ts";
import { createTable, rowOf } from "./coverage-table.ts";
import type { Column, CoverageTable } from "./coverage-table.ts";
import type { Explorable } from "./exploration.ts";
import { exploredCalls } from "./explored-call.ts";

/** How much of a contract's table was gone through: of all cells, those that no run can reach among them, and of all pairs of usual requests. */
export function shareOf(
  contract: RunContract,
  explorable: Explorable,
  table: CoverageTable = createTable(),
): ExploredShare {
  const columns: readonly Column[] = [...exploredCalls(contract, explorable), ...explorable.visits];
  const paired = columns.filter((column) => isPaired(explorable, column));
  const cells = columns.flatMap((column) =>
    [...new Set(explorable.rows.map((row) => rowOf(row, column)))].map((row) => table.hasCell(row, column)),
  );
  const pairs = paired.flatMap((first) => paired.map((second) => table.hasPair(first, second)));
  return { cells: countOf(cells), pairs: countOf(pairs) };
}

/** Whether a request is sent before and after each other: what leaves no way back is not. */
export function isPaired({ oneWay }: Pick<Explorable, "oneWay">, { isPlain, operation }: Column): boolean {
  return isPlain && operation !== oneWay.at(-1);
}

function countOf(covered: readonly boolean[]): ExploredShare["cells"] {
  return { covered: covered.filter((is) => is).length, of: covered.length };
}
