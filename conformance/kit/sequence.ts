import fc from "fast-check";
import type { Case } from "./explore.ts";
import type { Breach } from "./law.ts";
import { Unjudged } from "./unjudged.ts";

/**
 * One kind of step in a sequence. Which sandbox it acts on is a reference, not an id: `pick` is a number that the model
 * takes as "the first", "the second", so that the same sequence can be taken again, on sandboxes with other ids.
 */
export type SequenceStep<Model> = {
  readonly name: string; // "hibernate": the same for good, since counterexamples are told in these
  /** Whether it can be taken now. Default: always. */
  readonly possible?: (model: Readonly<Model>, pick: number) => boolean;
  /** Sends the request, judges the answer, and brings the model up to date. */
  readonly act: (model: Model, pick: number) => Promise<Breach | undefined>;
};

/** What a law says of sequences of operations. */
export type SequenceSpec<Model> = {
  /** A new model with the sandboxes it starts from. */
  readonly start: () => Promise<Model>;
  readonly steps: readonly SequenceStep<Model>[];
  /** Looks at every sandbox of the model, after each step, without disturbing it. */
  readonly look: (model: Model) => Promise<Breach | undefined>;
  /** Whether nothing can come of the model any more: all its sandboxes are stopped. The tour then starts anew. */
  readonly ended?: (model: Readonly<Model>) => boolean;
  /** Ends what `start` and the steps have made. Default: nothing; sandboxes are cleaned up after the law. */
  readonly end?: (model: Model) => Promise<void>;
  /** How often the tour may start anew. Default: one time more than there are steps. */
  readonly startsMax?: number;
  /** How many random sequences follow the tour. Default 3. */
  readonly runs?: number;
  /** The longest random sequence. Default 8. */
  readonly lengthMax?: number;
};

/** A step as a counterexample shows it. */
export type TakenStep = { readonly step: string; readonly on: number };

/** What is judged: the tour, or the steps of one random sequence. */
export type Itinerary = "tour" | readonly TakenStep[];

/** The most sandboxes that a reference tells apart. */
const picksMax = 3;

/**
 * The cases of a sequence law: a deterministic tour of all pairs of steps, then random sequences.
 *
 * They are plain lists of steps, so that a counterexample reads as it runs and its replay path is the usual one. Steps
 * that cannot be taken are passed over, as fast-check's commands do.
 */
export function sequenceCases<Model>({
  steps,
  runs = 3,
  lengthMax = 8,
}: SequenceSpec<Model>): readonly Case<Itinerary>[] {
  const step = fc.record({
    step: fc.constantFrom(...steps.map(({ name }) => name)),
    on: fc.nat({ max: picksMax - 1 }),
  });
  return [
    { name: "tour", arbitrary: fc.constant<Itinerary>("tour") },
    ...(runs === 0
      ? []
      : [{ name: "random", arbitrary: fc.array(step, { minLength: 2, maxLength: lengthMax }), runs }]),
  ];
}

/** Takes the steps of one itinerary until one breaks the law. The breach says which steps led to it. */
export async function judgeItinerary<Model>(
  spec: SequenceSpec<Model>,
  itinerary: Itinerary,
): Promise<Breach | undefined> {
  return itinerary === "tour" ? takeTour(spec) : takeSteps(spec, itinerary);
}

async function takeSteps<Model>(
  spec: SequenceSpec<Model>,
  itinerary: readonly TakenStep[],
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

/**
 * Goes from step to step so that each pair of steps follows one another at least once, as far as the model lets it. What
 * follows a step that ended everything counts once; then it starts anew.
 */
async function takeTour<Model>(spec: SequenceSpec<Model>): Promise<Breach | undefined> {
  const done = new Set<string>();
  const { steps, startsMax = steps.length + 1 } = spec;
  for (let starts = 0; starts < startsMax && done.size < steps.length ** 2; starts += 1) {
    const before = done.size;
    const breach = await takeStage(spec, done);
    if (breach !== undefined) return breach;
    if (done.size === before) return undefined; // what is left cannot be reached
  }
  return undefined;
}

/** One start of a tour, until it has ended everything or nothing new can follow. */
async function takeStage<Model>(spec: SequenceSpec<Model>, done: Set<string>): Promise<Breach | undefined> {
  const model = await spec.start();
  const taken: TakenStep[] = [];
  const ended = () => spec.ended?.(model) ?? false;
  let last: string | undefined;
  let old = 0; // steps in a row that made no new pair
  try {
    while (old <= spec.steps.length) {
      const wasEnded = ended();
      const step = nextStep(spec, { model, last, done });
      if (step === undefined) return undefined;
      const isNew = last !== undefined && !done.has(pair(last, step.name));
      if (last !== undefined) done.add(pair(last, step.name));
      old = isNew ? 0 : old + 1;
      const breach = await take(spec, { step, model, on: 0, taken });
      if (breach !== undefined || wasEnded) return breach;
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
  const fresh = last === undefined ? undefined : open.find(({ name }) => !done.has(pair(last, name)));
  if (fresh !== undefined) return fresh;
  const left = ({ name }: SequenceStep<Model>) => steps.filter((next) => !done.has(pair(name, next.name))).length;
  const best = open.toSorted((one, other) => left(other) - left(one))[0];
  return best === undefined || left(best) === 0 ? undefined : best;
}

function pair(first: string, second: string): string {
  return `${first} ${second}`;
}

function isPossible<Model>({ possible }: SequenceStep<Model>, model: Model, on: number): boolean {
  return possible?.(model, on) ?? true;
}

async function take<Model>(
  { look }: SequenceSpec<Model>,
  { step, model, on, taken }: { step: SequenceStep<Model>; model: Model; on: number; taken: TakenStep[] },
): Promise<Breach | undefined> {
  taken.push({ step: step.name, on });
  const breach = (await step.act(model, on)) ?? (await look(model));
  if (breach === undefined) return undefined;
  const counterexample = [...taken]; // what follows in the itinerary was not taken any more
  return {
    ...breach,
    counterexample,
    reason: `after ${taken.map(({ step: name }) => name).join(", ")}: ${breach.reason}`,
  };
}
