import type { Deviation, StepOutcome } from "../../kit/model/contract-model.ts";
import type { ClauseId } from "./clauses.ts";
import type { SandboxState } from "./sandbox-state.ts";

/** Names a clause that does not hold. */
export function wrong(clause: ClauseId, reason: string, weight?: number): Deviation {
  return { clause: `opencomputer/${clause}`, reason, ...(weight === undefined ? {} : { weight }) };
}

/** A step that went as the contract says, or not. */
export function outcome(next: SandboxState, ...deviations: readonly Deviation[]): StepOutcome<SandboxState> {
  return { next, deviations };
}
