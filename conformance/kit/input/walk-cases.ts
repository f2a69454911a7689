import fc from "fast-check";
import type { Case } from "../law/case.ts";
import { droppingItems } from "./droppable.ts";
import { walkPart } from "./walk.ts";

/** Any so many steps in a row come once before the first of them comes again. */
const rowLength = 4;
const usualLength = 50;
/** The most random walks of one law, however large the budget. */
const walksMax = 500;
/** Random walks beyond the first take this share of the time that is left: half a minute of the usual run. */
const minutesShare = 1 / 30;
/** The least and the most smaller walks that are tried once a breach was seen, each on sandboxes of its own. */
const shrinks = { min: 3, max: 40 } as const;

/**
 * Random walks: one, and as many more as the budget leaves room for.
 *
 * They are plain lists of the names of steps, so that a counterexample reads as it runs and its replay path is the usual one. All
 * are parts of one long walk in which any four steps in a row come once: the more of it is gone, the less is left to be found.
 *
 * @param last - comes at the end of each: after it, there is little to be seen
 * @param seed - of the law
 * @param share - how much of what is left goes into more than one, from 0 to 1
 */
export function walkCases(
  steps: readonly string[],
  {
    last,
    seed,
    left,
    share = 1,
    length = usualLength,
  }: {
    readonly last: string;
    readonly seed: number;
    readonly left: () => { readonly creates: number; readonly minutes: number };
    readonly share?: number;
    readonly length?: number;
  },
): readonly Case<readonly string[]>[] {
  const begun = left();
  // A run without a limit takes the least: it would go on for ever.
  const spare = Number.isFinite(begun.creates) ? Math.floor(begun.creates * share) : 0;
  const mayBegin = () => {
    const { creates, minutes } = left();
    return begun.creates - creates < spare && minutes > begun.minutes * (1 - minutesShare);
  };
  // What other walks would have taken goes into making the one that broke the law smaller.
  const shrinksFor = (part: number) => Math.max(shrinks.min, Math.min(shrinks.max, spare - part));
  const walk = (part: number) => [...walkPart(steps, { seed, part, steps: length, length: rowLength }), last];
  return Array.from({ length: walksMax }, (_, part): Case<readonly string[]> => ({
    name: `walk ${part}`,
    arbitrary: droppingItems(fc.constant(null).map(() => walk(part))),
    shrinksMax: shrinksFor(part),
    ...(part === 0 ? {} : { mayBegin }),
  }));
}
