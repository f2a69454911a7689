import { isDeepStrictEqual } from "node:util";
import type { Span } from "../law/exchange.ts";
import type { ClauseBreach, ObservedExchange } from "./observed-exchange.ts";
import type { ContractModel, Deviation, View } from "./contract-model.ts";
import { isUncertain } from "./observed-exchange.ts";

/** What one subject may have come to, kept as a set, while exchanges about it begin and end. */
export type SubjectHistory<State, Part> = {
  /** An exchange that may change the subject was sent. */
  readonly sent: (exchange: ObservedExchange, part: Part) => void;
  /**
   * It was answered, or another one was that only reads.
   *
   * @param oldest - the number of the first exchange that is still under way
   */
  readonly answered: (
    exchange: ObservedExchange,
    view: Pick<View<Part>, "part" | "isListed">,
    oldest?: number,
  ) => readonly ClauseBreach[];
  /** What is wrong by the likeliest explanation, and is not handed over yet. */
  readonly suspected: () => readonly ClauseBreach[];
  /** Nothing more comes. */
  readonly finish: () => readonly ClauseBreach[];
  /** Whether some explanation leads to such a state. */
  readonly mayBe: (fits: (state: State) => boolean) => boolean;
  /** Whether nothing can change the subject any more, by the likeliest explanations. */
  readonly isFinal: () => boolean;
  /** What it is, by the likeliest explanations. */
  readonly states: () => readonly State[];
};

/** One explanation of all that was seen: an order of the steps, and what was wrong with it. */
type Path<State> = {
  readonly state: State;
  /** Steps that were taken before their answers came. */
  readonly taken: readonly number[];
  /** The moment of the last step is not before this. */
  readonly fromMs: number;
  readonly weight: number;
  readonly breaches: Noted | undefined;
};

/** Breaches on the way, the last one first. */
type Noted = { readonly breach: ClauseBreach; readonly before: Noted | undefined };

/** What the subject may have been before an answer that came when so many exchanges had been sent, and what was under way. */
type Snapshot<State, Part> = {
  readonly sentBefore: number;
  readonly untilMs: number;
  readonly paths: readonly Path<State>[];
  readonly open: readonly Open<Part>[];
};

type Open<Part> = {
  readonly exchange: ObservedExchange;
  readonly part: Part;
  readonly mayNotBe: boolean;
  /** How old what it shows may be, in milliseconds. Default 0. */
  readonly lagMs?: number;
};

/** So many explanations are followed; the least likely go. Where one goes that is as likely as the best, nothing is judged either. */
const pathsMax = 48;
/** So many are tried while steps are under way. */
const pathsUnderWayMax = 2 * pathsMax;
/** An explanation that is worse than the best one by more than this goes. */
const weightAboveBestMax = 12;
/** So many steps under way are tried in each order. With more, nothing is judged until they are over. */
const openMax = 6;
/** So many of them without an answer. */
const uncertainMax = 3;
/** How long an exchange without an answer may still have its effect, after it was given up. Milliseconds. */
const afterEffectMsMax = 60_000;
const usualWeight = 4;
/** So many of them are kept, for readings that began before them. */
const snapshotsMax = 16;

/**
 * Creates the history of one subject. Exchanges that overlap may have been carried out in any order in which each one lies
 * between its sending and its answer; one without an answer, in any, or not at all.
 *
 * @see Lowe, "Testing for linearizability": just-in-time linearization
 */
export function createSubjectHistory<State, Part>(
  model: ContractModel<State, Part>,
  subject: string,
  begin: readonly State[],
): SubjectHistory<State, Part> {
  let paths: readonly Path<State>[] = begin.map((state) => {
    return { state, taken: [], fromMs: -Infinity, weight: 0, breaches: undefined };
  });
  let open: readonly Open<Part>[] = [];
  let snapshots: readonly Snapshot<State, Part>[] = [];
  /** Set while there were too many orders to try: what was seen then says nothing. */
  let isLost = false;
  const { listsLagMs = 0 } = model;

  const follow = (all: readonly Path<State>[]) => {
    const { kept, isCut } = likeliest(all, pathsMax);
    paths = kept;
    isLost ||= isCut;
  };

  const take = (path: Path<State>, { exchange, part, mayNotBe, lagMs = 0 }: Open<Part>, untilMs: number) => {
    const fromMs = Math.max(path.fromMs, exchange.sentAtMs - lagMs);
    const span: Span = {
      fromMs,
      toMs: Math.max(fromMs, exchange.sentAtMs, Math.min(untilMs, mayNotBe ? Infinity : exchange.answeredAtMs)),
    };
    const outcomes = model.step(path.state, part, { span, subject, exchange, isUncertain: mayNotBe });
    return outcomes.map(({ next, deviations }): Path<State> => ({
      state: next,
      taken: [...path.taken, exchange.number],
      fromMs: span.fromMs,
      weight: path.weight + deviations.reduce((sum, { weight = usualWeight }) => sum + weight, 0),
      breaches: deviations.reduce<Noted | undefined>(
        (before, deviation) => ({ breach: breachOf(deviation, exchange, subject), before }),
        path.breaches,
      ),
    }));
  };

  /**
   * All ways to take the step, after any of the others that were under way and fit, in any order. Of the orders of the same
   * steps that come to the same, one is followed, so that the work does not grow with their number.
   */
  const explain = (from: readonly Path<State>[], step: Open<Part>, others: readonly Open<Part>[]): Kept<State> => {
    const untilMs = step.exchange.answeredAtMs;
    const done: Path<State>[] = [];
    let isCut = false;
    for (let before = from; before.length > 0 && !isCut;) {
      done.push(...before.flatMap((path) => take(path, step, untilMs)));
      const further = before.flatMap((path) =>
        notTaken(path, others).flatMap((other) =>
          take(path, other, untilMs).filter(({ weight }) => weight === path.weight),
        ),
      );
      ({ kept: before, isCut } = likeliest(further, pathsUnderWayMax));
    }
    return { kept: done, isCut };
  };

  /** What may have been done is done by now, or never will be. */
  const closeUncertain = (nowMs: number) => {
    const uncertain = open.filter(({ mayNotBe }) => mayNotBe);
    const isOver = ({ exchange }: Open<Part>) => exchange.answeredAtMs + afterEffectMsMax < nowMs;
    for (const step of uncertain.filter((each, index) => isOver(each) || index < uncertain.length - uncertainMax)) {
      const { number } = step.exchange;
      const done = paths.flatMap((path) => (path.taken.includes(number) ? [path] : [path, ...take(path, step, nowMs)]));
      open = open.filter((each) => each !== step);
      follow(done.map((path) => ({ ...path, taken: path.taken.filter((taken) => taken !== number) })));
    }
  };

  /** Whether a reading that began before others were answered, or lags behind, may show what was before one of them. */
  const mayHaveReadEarlier = (reading: Open<Part>) => {
    const { number, sentAtMs } = reading.exchange;
    const sinceMs = sentAtMs - (reading.lagMs ?? 0);
    const during = snapshots.filter(({ sentBefore, untilMs }) => sentBefore >= number || untilMs > sinceMs);
    if (during.length === snapshotsMax) return true;
    return during.some((snapshot) => {
      const { kept, isCut } = explain(snapshot.paths, reading, snapshot.open);
      return isCut || kept.some(({ weight }) => weight === snapshot.paths[0]!.weight);
    });
  };

  return {
    sent: (exchange, part) => {
      closeUncertain(exchange.sentAtMs);
      open = [...open, { exchange, part, mayNotBe: isUncertain(exchange) }];
    },
    answered: (exchange, { part, isListed = false }, oldest = 0) => {
      const step = open.find((each) => each.exchange.number === exchange.number);
      if (step?.mayNotBe === true) return [];
      if (step !== undefined) open = open.filter((each) => each !== step);
      if (open.length > openMax) isLost = true;
      if (isLost) {
        if (open.length > 0) return [];
        isLost = false;
        paths = model.begin(part).map((state) => ({ ...paths[0]!, state, taken: [] }));
      }
      const ready = { exchange, part, mayNotBe: false, lagMs: isListed ? listsLagMs : 0 };
      if (step === undefined && mayHaveReadEarlier(ready)) return [];
      const { sentBefore = exchange.number, answeredAtMs: untilMs } = exchange;
      // Only a reading that began before this answer asks for it, or one that lags behind.
      const asked = [...snapshots, { sentBefore, untilMs, paths, open }].filter(
        (each) => each.sentBefore >= oldest || each.untilMs > untilMs - listsLagMs,
      );
      snapshots = asked.slice(-snapshotsMax);
      const isTaken = ({ taken }: Path<State>) => taken.includes(exchange.number);
      const explained = explain(
        paths.filter((path) => !isTaken(path)),
        ready,
        open,
      );
      isLost = explained.isCut;
      const stillOpen = new Set(open.map((each) => each.exchange.number));
      const next = [...paths.filter(isTaken), ...explained.kept];
      follow(next.map((path) => ({ ...path, taken: path.taken.filter((number) => stillOpen.has(number)) })));
      return isLost ? [] : settle(false);
    },
    suspected: () => listNoted(paths[0]?.breaches),
    finish: () => settle(true),
    mayBe: (fits) => paths.some(({ state }) => fits(state)),
    isFinal: () => paths.every((path) => !isLikeliest(path) || model.isFinal(path.state)),
    states: () => paths.filter(isLikeliest).map(({ state }) => state),
  };

  function isLikeliest({ weight }: Path<State>): boolean {
    return weight === paths[0]!.weight;
  }

  /** Hands over breaches once all explanations agree about them. */
  function settle(isEnd: boolean): readonly ClauseBreach[] {
    const [best] = paths;
    if (best === undefined) return [];
    const isAgreed = paths.every(({ breaches }) => breaches === best.breaches);
    const found = listNoted(best.breaches);
    if (!isAgreed && !isEnd && found.length < pathsMax) return [];
    const kept = isAgreed ? paths : [best];
    paths = kept.map((path) => ({ ...path, breaches: undefined, weight: path.weight - best.weight }));
    return found;
  }
}

function notTaken<State, Part>({ taken }: Path<State>, steps: readonly Open<Part>[]): readonly Open<Part>[] {
  return steps.filter(({ exchange }) => !taken.includes(exchange.number));
}

function breachOf({ clause, reason }: Deviation, exchange: ObservedExchange, subject: string): ClauseBreach {
  return { clause, reason, exchange, subject };
}

function listNoted(last: Noted | undefined): readonly ClauseBreach[] {
  const found: ClauseBreach[] = [];
  for (let noted = last; noted !== undefined; noted = noted.before) found.push(noted.breach);
  return found.reverse();
}

/** Explanations, and whether there was no room for one that is as likely as the best. */
type Kept<State> = { readonly kept: readonly Path<State>[]; readonly isCut: boolean };

/** The likeliest explanations, one for each state that they lead to, the best first. */
function likeliest<State>(paths: readonly Path<State>[], max: number): Kept<State> {
  if (paths.length <= 1) return { kept: paths, isCut: false };
  const best = Math.min(...paths.map(({ weight }) => weight));
  const likely = paths.filter(({ weight }) => weight <= best + weightAboveBestMax);
  if (likely.length === 1) return { kept: likely, isCut: false };
  const kept: Path<State>[] = [];
  for (const path of likely.sort((left, right) => left.weight - right.weight)) {
    if (kept.some((each) => leadsToSame(each, path))) continue;
    if (kept.length >= max) return { kept, isCut: path.weight === best };
    kept.push(path);
  }
  return { kept, isCut: false };
}

/** Most states share what did not change, or differ in their first member: comparing them costs far less than their texts. */
function leadsToSame<State>(one: Path<State>, other: Path<State>): boolean {
  const isSameTaken = one.taken.length === other.taken.length && one.taken.every((step) => other.taken.includes(step));
  return isSameTaken && isDeepStrictEqual(one.state, other.state);
}
