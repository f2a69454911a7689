import type { ApiCall } from "../law/call.ts";
import type { Explored } from "./exploration.ts";

/** One way to look at one of them. */
export type Look = readonly [sandbox: Explored, view: ApiCall];

/** Which of many ways to look come next: each in its turn, so that all are taken in the end. */
type Looks = {
  /** Two of the ways to look at one: what is written wrongly stays so, and is seen by the next look. */
  readonly at: (sandbox: Explored) => readonly Look[];
  /** One look at one of the others, and now and then one by a stranger. */
  readonly beside: (sandbox: Explored) => readonly Look[];
};

/**
 * Creates looks that begin with the first.
 *
 * @param sandboxes - all that there are, which may become more
 */
export function createLooks(
  viewsOf: (explored: Explored) => readonly ApiCall[],
  sandboxes: readonly Explored[],
): Looks {
  let takenAt = 0;
  let takenBeside = 0;
  return {
    at: (sandbox) => {
      const views = viewsOf(sandbox);
      return views.slice(0, 2).map((): Look => [sandbox, views[(takenAt += 1) % views.length]!]);
    },
    beside: (sandbox) => {
      const others = sandboxes.filter((each) => each !== sandbox);
      const strangers = sandboxes.some(({ by }) => by === "other") ? [sandbox] : [];
      const looks = [
        ...others.flatMap((each) => viewsOf(each).map((view): Look => [each, view])),
        ...strangers.flatMap((each) => viewsOf(each).map((view): Look => [each, { ...view, credentials: "other" }])),
      ];
      return looks.length === 0 ? [] : [looks[(takenBeside += 1) % looks.length]!];
    },
  };
}
