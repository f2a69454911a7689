import type { ClauseBreach, ObservedExchange } from "./observed-exchange.ts";
import type { ContractModel, View } from "./contract-model.ts";
import { isUncertain } from "./observed-exchange.ts";
import { createSubjectHistory } from "./subject-history.ts";
import type { SubjectHistory } from "./subject-history.ts";

/** Holds exchanges against the model of a contract, one after the other, in bounded memory. */
export type Judge<State = unknown> = {
  /** Takes the next exchange, in the order in which they were sent or answered; hands back what is known to be wrong by now. */
  readonly take: (exchange: ObservedExchange) => readonly ClauseBreach[];
  /** Judges what was held back: nothing is under way. */
  readonly release: () => readonly ClauseBreach[];
  /** What is wrong by the likeliest explanations, and may yet be explained by what comes. */
  readonly suspected: () => readonly ClauseBreach[];
  /** Nothing more comes: judges what was held back. */
  readonly finish: () => readonly ClauseBreach[];
  /** The states that a subject is in by the likeliest explanations of what was judged so far; none for one that was not met. */
  readonly statesOf: (subject: string) => readonly State[];
};

/** So many exchanges are held back to see which of them overlap. */
const heldMax = 512;
/** So many subjects are remembered; those that were not mentioned for longest go first, ended ones before others. */
const subjectsMax = 10_000;

/**
 * Creates a judge. What it has not seen from the beginning may be in any state: a recording may begin in the middle.
 */
export function createJudge<State, Part>(model: ContractModel<State, Part>): Judge<State> {
  const histories = createHistories((subject, part: Part) => createSubjectHistory(model, subject, model.begin(part)));
  let held: ObservedExchange[] = [];
  /** What was sent and is not answered, with what it may change. */
  const sent = new Map<number, View<Part> | undefined>();

  const noteSent = (exchange: ObservedExchange) => {
    const change = model.change(exchange);
    sent.set(exchange.number, change);
    if (change === undefined || change.isReading === true) return;
    histories.use(change, (history) => history.sent(exchange, change.part));
  };
  const noteAnswered = (exchange: ObservedExchange): readonly ClauseBreach[] => {
    const change = sent.get(exchange.number);
    sent.delete(exchange.number);
    const wrong = model.judge(exchange).map((deviation) => ({ ...deviation, exchange }));
    const isUnseen = change === undefined || (change.isReading === true && isUncertain(exchange));
    const views = isUnseen ? [] : [change];
    const reads = isUncertain(exchange) ? [] : model.reads(exchange, histories.changing);
    const oldest = Math.min(...sent.keys());
    const seen = [...views, ...reads].flatMap((view) =>
      histories.use(view, (history) => history.answered(exchange, view, oldest)),
    );
    return [...wrong, ...seen, ...histories.forget(subjectsMax)];
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
    release: () => release(0),
    suspected: histories.suspected,
    finish: () => [...release(0), ...histories.forget(0)],
    statesOf: (subject) => histories.find(subject)?.states() ?? [],
  };
}

/** How far the numbers had come when an exchange was answered, by the times: what was sent at that very moment came after. */
function sentBefore(all: readonly ObservedExchange[], { number, answeredAtMs }: ObservedExchange): number {
  return all.reduce((most, each) => (each.sentAtMs < answeredAtMs ? Math.max(most, each.number) : most), number);
}

/** The histories of all subjects that are remembered; those that were mentioned last come last. */
function createHistories<State, Part>(create: (subject: string, part: Part) => SubjectHistory<State, Part>) {
  const changing = new Map<string, SubjectHistory<State, Part>>();
  const ended = new Map<string, SubjectHistory<State, Part>>();
  return {
    find: (subject: string) => changing.get(subject) ?? ended.get(subject),
    /** Hands over the history of a subject, for what is said of it. */
    use: <Result>({ subject, part }: View<Part>, say: (history: SubjectHistory<State, Part>) => Result): Result => {
      const history = changing.get(subject) ?? ended.get(subject) ?? create(subject, part);
      const result = say(history);
      changing.delete(subject);
      ended.delete(subject);
      (history.isFinal() ? ended : changing).set(subject, history);
      return result;
    },
    changing: (fits: (state: State) => boolean): readonly string[] =>
      [...changing].flatMap(([subject, history]) => (history.mayBe(fits) ? [subject] : [])),
    suspected: () => [...ended.values(), ...changing.values()].flatMap((history) => history.suspected()),
    /** Forgets what there is no room for, and hands over what is known to be wrong with that. */
    forget: (max: number): readonly ClauseBreach[] => {
      const found: ClauseBreach[] = [];
      while (changing.size + ended.size > max) {
        const group = ended.size > 0 ? ended : changing;
        const [subject, history] = group.entries().next().value!;
        group.delete(subject);
        found.push(...history.finish());
      }
      return found;
    },
  };
}
