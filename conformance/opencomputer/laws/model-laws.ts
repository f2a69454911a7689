import { scenarioLaw } from "../../kit/law/families/scenario.ts";
import type { Law, Requirement } from "../../kit/law/law.ts";
import type { Scenario } from "../../kit/law/law-run.ts";
import type { ClauseId } from "../model/clauses.ts";
import type { OperationId } from "../operations.ts";

/** A law as a row of a table: its level, what a server has to do, where that stands, and the operations that it is about. */
type LawRow = readonly [Requirement, statement: string, source: string, readonly OperationId[]];

/** Laws that the contract's model judges: each has the scenario played that shows it. */
export function modelLaws(
  scenario: Scenario<unknown>,
  rows: Readonly<Partial<Record<ClauseId, LawRow>>>,
): readonly Law[] {
  return Object.entries(rows).map(([id, [requirement, statement, source, operations]]) =>
    scenarioLaw({ id: `opencomputer/${id}`, requirement, statement, source, operations, scenario }),
  );
}
