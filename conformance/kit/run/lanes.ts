import type { LawRun } from "../law/law-run.ts";
import { each } from "../target/each.ts";

/** What bounds how much a run does at once. */
type Lanes = {
  /** How many are left for laws to be begun, with those that are judged now. */
  readonly forLaws: () => number;
  /** Does what does not depend on each other, in this order, with the lanes that are free beside the caller's own. */
  readonly beside: LawRun["beside"];
  /** Looks for something again: what goes side by side only at first goes one by one meanwhile. */
  readonly again: <Result>(act: () => Promise<Result>) => Promise<Result>;
};

/** So much of one caller goes side by side: it is mostly about one sandbox, and in which order the target took it is open. */
const besideMax = 4;

/** @param laws - how many laws are judged side by side now; 0 while one is judged alone */
export function createLanes(count: number, laws: () => number): Lanes {
  let lent = 0;
  let again = 0;
  return {
    forLaws: () => count - lent,
    again: async (act) => {
      again += 1;
      return act().finally(() => (again -= 1));
    },
    beside: async (calls, { isAtFirst = false } = {}) => {
      if (isAtFirst && again > 0) return each(calls, (call) => call(), { atOnceMax: 1 });
      const extra = Math.max(0, Math.min(calls.length, besideMax, 1 + count - lent - Math.max(1, laws())) - 1);
      lent += extra;
      try {
        return await each(calls, (call) => call(), { atOnceMax: 1 + extra });
      } finally {
        lent -= extra;
      }
    },
  };
}
