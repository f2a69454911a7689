import fc from "fast-check";
import type { Breach, Case, SequenceSpec } from "../law/case.ts";
import { droppingItems } from "./droppable.ts";
import { isPossible, take } from "./sequence-step.ts";
import type { Itinerary, TakenStep } from "./sequence-step.ts";
import { Unjudged } from "../law/unjudged.ts";
import { walkPart } from "./walk.ts";

/** Any so many steps in a row come once before the first of them comes again. */
const rowLength = 4;
const usualLength = 50;
/** The most random sequences of one law, however large the budget. */
const runsMax = 500;
/** Random sequences beyond the least take this share of the time that is left: half a minute of the usual run. */
const minutesShare = 1 / 30;
/** The least and the most smaller sequences that are tried once a breach was seen, each on sandboxes of its own. */
const shrinks = { min: 3, max: 40 } as const;

/**
 * The cases of a sequence law: random sequences, as many as the budget leaves room for.
 *
 * They are plain lists of steps, so that a counterexample reads as it runs and its replay path is the usual one. The random
 * ones are parts of one long walk in which any four steps in a row come once: the more of it is gone, the less is left to
 * be found. Steps that cannot be taken are passed over, as fast-check's commands do.
 *
 * @param seed - of the law
 */
export function sequenceCases<Model>(
  spec: SequenceSpec<Model>,
  {
    seed,
    left,
  }: { readonly seed: number; readonly left: () => { readonly creates: number; readonly minutes: number } },
): readonly Case<Itinerary>[] {
  const { runs = 1, share = 1 } = spec;
  const begun = left();
  // A run without a limit takes the least: it would go on for ever.
  const spare = Number.isFinite(begun.creates) ? Math.floor(begun.creates * share) : 0;
  const mayBegin = () => {
    const { creates, minutes } = left();
    return begun.creates - creates < spare && minutes > begun.minutes * (1 - minutesShare);
  };
  // What other sequences would have taken goes into making the one that broke the law smaller.
  const shrinksFor = (part: number) => Math.max(shrinks.min, Math.min(shrinks.max, spare - part));
  return Array.from({ length: runs === 0 ? 0 : runsMax }, (_, part): Case<Itinerary> => ({
    name: `walk ${part}`,
    arbitrary: droppingItems(fc.constant(null).map(() => randomSteps(spec, { seed, part }))),
    shrinksMax: shrinksFor(part),
    ...(part < runs ? {} : { mayBegin }),
  }));
}

/** What ends a sandbox comes last: after it, there is little to be seen. */
function randomSteps<Model>(
  { steps, picks = 1, length = usualLength }: SequenceSpec<Model>,
  { seed, part }: { readonly seed: number; readonly part: number },
): readonly TakenStep[] {
  const taken = steps.map(({ name, ends = false }) =>
    Array.from({ length: picks }, (_, on) => ({ ends, taken: { step: name, on } })),
  );
  const [alive, last] = [false, true].map((kind) =>
    taken.flat().flatMap((candidate) => (candidate.ends === kind ? [candidate.taken] : [])),
  ) as [TakenStep[], TakenStep[]];
  return [...walkPart(alive, { seed, part, steps: length, length: rowLength }), ...last];
}

/** Takes the steps of one itinerary until one breaks the law. The breach says which steps led to it. */
export async function judgeItinerary<Model>(
  spec: SequenceSpec<Model>,
  itinerary: Itinerary,
): Promise<Breach | undefined> {
  const model = await spec.start();
  const taken: TakenStep[] = [];
  try {
    for (const { step: name, on } of itinerary) {
      const step = spec.steps.find((candidate) => candidate.name === name);
      if (step === undefined) throw new Unjudged("input-missing", `there is no step "${name}" any more`);
      if (!isPossible(step, model, on)) continue;
      const breach = await take(spec, { step, model, on, taken });
      if (breach !== undefined) return breach;
    }
    return undefined;
  } finally {
    await spec.end?.(model);
  }
}
