import type { Breach, SequenceStep, SequenceSpec } from "../law/case.ts";

/** A step as a counterexample shows it. */
export type TakenStep = { readonly step: string; readonly on: number };

/** What is judged: the steps of one random sequence. */
export type Itinerary = readonly TakenStep[];

export function isPossible<Model>({ possible }: SequenceStep<Model>, model: Model, on: number): boolean {
  return possible?.(model, on) ?? true;
}

/** Takes a step and looks. A breach says which steps led to it. */
export async function take<Model>(
  { look }: SequenceSpec<Model>,
  { step, model, on, taken }: { step: SequenceStep<Model>; model: Model; on: number; taken: TakenStep[] },
): Promise<Breach | undefined> {
  taken.push({ step: step.name, on });
  const breach = (await step.act(model, on)) ?? (await look(model));
  if (breach === undefined) return undefined;
  const names = taken.map(({ step: name }) => name).join(", ");
  // What follows in the itinerary was not taken any more.
  return { ...breach, counterexample: [...taken], reason: `after ${names}: ${breach.reason}` };
}
