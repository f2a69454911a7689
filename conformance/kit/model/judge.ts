import type { ClauseBreach, ObservedExchange } from "./observed-exchange.ts";
import type { ContractModel } from "./contract-model.ts";
import { isUncertain } from "./observed-exchange.ts";
import { createSubjectHistory } from "./subject-history.ts";
import type { SubjectHistory } from "./subject-history.ts";

/** Holds exchanges against the model of a contract, one after the other, in bounded memory. */
export type Judge = {
  /** Takes the next exchange, in the order in which they were sent or answered; hands back what is known to be wrong by now. */
  readonly take: (exchange: ObservedExchange) => readonly ClauseBreach[];
  /** Nothing more comes: judges what was held back. */
  readonly finish: () => readonly ClauseBreach[];
};

export type JudgeLimits = {
  /** So many exchanges are held back to see which of them overlap. Default 512. */
  readonly heldMax?: number;
  /** So many subjects are remembered; those that were not mentioned for longest go first, ended ones before others. Default 10,000. */
  readonly subjectsMax?: number;
};

/**
 * Creates a judge. What it has not seen from the beginning may be in any state: a recording may begin in the middle.
 */
export function createJudge<State, Part>(
  model: ContractModel<State, Part>,
  { heldMax = 512, subjectsMax = 10_000 }: JudgeLimits = {},
): Judge {
  const histories = new Map<string, SubjectHistory<Part>>();
  let held: ObservedExchange[] = [];
  const sent = new Set<number>();

  /** The history of a subject, moved to the end of those that are remembered. */
  const historyOf = (subject: string, part: Part) => {
    const history = histories.get(subject) ?? createSubjectHistory(model, subject, model.begin(part));
    histories.delete(subject);
    histories.set(subject, history);
    return history;
  };
  const noteSent = (exchange: ObservedExchange) => {
    sent.add(exchange.number);
    const change = model.change(exchange);
    if (change !== undefined) historyOf(change.subject, change.part).sent(exchange, change.part);
  };
  const noteAnswered = (exchange: ObservedExchange): readonly ClauseBreach[] => {
    sent.delete(exchange.number);
    const wrong = model.judge(exchange).map((deviation) => ({ ...deviation, exchange }));
    const change = model.change(exchange);
    const views = change === undefined ? [] : [change];
    const known = changing(histories);
    const reads = isUncertain(exchange) ? [] : model.reads(exchange, known);
    const seen = [...views, ...reads].flatMap(({ subject, part }) => historyOf(subject, part).answered(exchange, part));
    return [...wrong, ...seen, ...forget(histories, subjectsMax)];
  };
  /** Goes through what was sent and answered in its order, until no more than so many exchanges are held back. */
  const release = (leftMax: number): readonly ClauseBreach[] => {
    const answers = held
      .map((exchange) => ({ ...exchange, sentBefore: exchange.sentBefore ?? sentBefore(held, exchange) }))
      .sort((one, other) => one.sentBefore - other.sentBefore || one.answeredAtMs - other.answeredAtMs);
    const calls = held.filter(({ number }) => !sent.has(number)).sort((one, other) => one.number - other.number);
    const found: ClauseBreach[] = [];
    let next = 0;
    const over = new Set<number>();
    for (const exchange of answers.slice(0, Math.max(0, held.length - leftMax))) {
      for (; next < calls.length && calls[next]!.number <= exchange.sentBefore; next += 1) noteSent(calls[next]!);
      found.push(...noteAnswered(exchange));
      over.add(exchange.number);
    }
    held = held.filter(({ number }) => !over.has(number));
    return found;
  };
  return {
    take: (exchange) => {
      held.push(exchange);
      return held.length > heldMax ? release(heldMax / 2) : [];
    },
    finish: () => [...release(0), ...[...histories.values()].flatMap((history) => history.finish())],
  };
}

/** How far the numbers had come when an exchange was answered, by the times: what was sent at that very moment came after. */
function sentBefore(all: readonly ObservedExchange[], { number, answeredAtMs }: ObservedExchange): number {
  return all.reduce((most, each) => (each.sentAtMs < answeredAtMs ? Math.max(most, each.number) : most), number);
}

function* changing<Part>(histories: ReadonlyMap<string, SubjectHistory<Part>>): Iterable<string> {
  for (const [subject, history] of histories) if (!history.isFinal()) yield subject;
}

/** Forgets what there is no room for. */
function forget<Part>(histories: Map<string, SubjectHistory<Part>>, max: number): readonly ClauseBreach[] {
  if (histories.size <= max) return [];
  const ended = [...histories].find(([, history]) => history.isFinal());
  const [subject, history] = ended ?? [...histories][0]!;
  histories.delete(subject);
  return history.finish();
}
