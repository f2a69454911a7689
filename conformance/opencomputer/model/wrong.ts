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

/** Whether two JSON values are the same, whatever the order of members. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** A value in a sentence, cut short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
