import type { Breach, SequenceSpec, SequenceStep } from "../law/case.ts";
import { isPossible, take } from "./sequence-step.ts";
import type { TakenStep } from "./sequence-step.ts";

/**
 * Goes from step to step so that each pair of steps follows one another at least once, as far as the model lets it. Where
 * nothing new can follow, it starts anew.
 */
export async function takeTour<Model>(spec: SequenceSpec<Model>): Promise<Breach | undefined> {
  const done = new Set<string>();
  const { steps, startsMax = 1 } = spec;
  for (let starts = 0; starts < startsMax && done.size < steps.length ** 2; starts += 1) {
    const before = done.size;
    const breach = await takeStage(spec, done);
    if (breach !== undefined) return breach;
    if (done.size === before) return undefined; // what is left cannot be reached
  }
  return undefined;
}

/** One start of a tour, until nothing new can follow. */
async function takeStage<Model>(spec: SequenceSpec<Model>, done: Set<string>): Promise<Breach | undefined> {
  const model = await spec.start();
  const taken: TakenStep[] = [];
  let last: string | undefined;
  let old = 0; // steps in a row that made no new pair
  try {
    while (old <= spec.steps.length) {
      const step = nextStep(spec, { model, last, done });
      if (step === undefined) return undefined;
      const isNew = last !== undefined && !done.has(pair(last, step.name));
      if (last !== undefined) done.add(pair(last, step.name));
      old = isNew ? 0 : old + 1;
      const breach = await take(spec, { step, model, on: 0, taken });
      if (breach !== undefined) return breach;
      last = step.name;
    }
    return undefined;
  } finally {
    await spec.end?.(model);
  }
}

/** The first step that makes a new pair with the last one; else the one from which most new pairs begin. */
function nextStep<Model>(
  { steps }: SequenceSpec<Model>,
  {
    model,
    last,
    done,
  }: { readonly model: Model; readonly last: string | undefined; readonly done: ReadonlySet<string> },
): SequenceStep<Model> | undefined {
  const open = steps.filter((step) => isPossible(step, model, 0));
  const isNew = ({ name }: SequenceStep<Model>) => last !== undefined && !done.has(pair(last, name));
  const fresh = open.find((step) => isNew(step) && step.ends !== true);
  if (fresh !== undefined) return fresh;
  // What ends a sandbox waits until nothing else is new, since nothing is as it was after it.
  const left = ({ name }: SequenceStep<Model>) => steps.filter((next) => !done.has(pair(name, next.name))).length;
  const leftAlive = ({ name }: SequenceStep<Model>) =>
    steps.filter((next) => next.ends !== true && !done.has(pair(name, next.name))).length;
  const alive = open.filter((step) => step.ends !== true && leftAlive(step) > 0);
  const best = alive.toSorted((one, other) => leftAlive(other) - leftAlive(one))[0];
  if (best !== undefined) return best;
  return open.find(isNew) ?? open.toSorted((one, other) => left(other) - left(one)).find((step) => left(step) > 0);
}

function pair(first: string, second: string): string {
  return `${first} ${second}`;
}
