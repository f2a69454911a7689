import type { Breach } from "../law/case.ts";
import { answerText, isEnvironmental } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Finding } from "../law/law-outcome.ts";
import type { SkipCause } from "../law/verdict.ts";
import { isAboutQuota, waits } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { listsLagMsMax } from "./lists.ts";
import { isMissingOperation } from "./missing-operation.ts";
import { outcomeOfThrown, skipped } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import type { Recording } from "../law/recording.ts";
import { stepsTo } from "./steps.ts";
import type { SessionParts } from "./session-parts.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";
import { isLivedWith } from "./waiver.ts";

/** One judging of a law, with what was said on the way. */
export type Judgement = {
  readonly law: Law;
  readonly breach: Breach | undefined;
  readonly exchanges: readonly Exchange[];
  /** How long requests were delayed on the way, because of transient failures, in milliseconds. */
  readonly delayedMs: number;
  /** Whether the recording of the run was judged, with all that got lost on the way. Default false. */
  readonly isOfRecording?: boolean;
};

/** What an attempt to judge a law came to: a judgement, or what kept the run from one. */
export type Attempted = Judgement | { readonly thrown: unknown };

/**
 * How long a check may be delayed, in milliseconds, and its breach still be believed: half of the shortest life of a sandbox
 * that a law does not wait for.
 */
const delayedMsMax = 30_000;

/** A breach not seen the second time is judged once more, to say how often it shows. */
const judgingsMax = 3;

/**
 * Turns first attempts into outcomes. Breaches are judged again, all of them together: one that is seen again is confirmed,
 * another is judged once more, and reported as seen so many times of three. Where it could not be judged again, what was seen
 * stands. A breach that a waiver lives with whatever it shows is worth no sandbox more. One that a list shows is looked for in lists
 * that had time to settle: where it is gone then, lists lag behind.
 */
export async function confirmAll(
  parts: SessionParts,
  {
    laws,
    first,
    judgeAgain,
  }: {
    readonly laws: readonly Law[];
    readonly first: ReadonlyMap<Law, Attempted>;
    readonly judgeAgain: (broken: readonly Law[]) => Promise<ReadonlyMap<Law, Attempted>>;
  },
): Promise<ReadonlyMap<Law, UntimedOutcome>> {
  const settled = new Map<Law, UntimedOutcome>();
  const broken = new Map<Law, Attempted[]>();
  for (const law of laws) {
    const attempted = first.get(law)!;
    if ("thrown" in attempted) settled.set(law, outcomeOfThrown(attempted.thrown));
    else if (attempted.breach === undefined) settled.set(law, { verdict: "pass" });
    else {
      const missing = missingOperation(attempted, parts);
      if (missing === undefined) broken.set(law, [attempted]);
      else settled.set(law, missing);
    }
  }
  const isKnown = (law: Law) => isLivedWith(law, parts.waivers, parts.clock.now());
  const isLate = (law: Law) => parts.lists.lagMs() > 0 && isOfList(parts, broken.get(law)![0]!);
  for (let judgings = 1; judgings < judgingsMax; judgings += 1) {
    const isOpen = (law: Law, again: readonly Attempted[]) =>
      again.every(isSilent) && !isKnown(law) && !(again.length > 0 && isLate(law));
    const open = [...broken].flatMap(([law, [, ...again]]) => (isOpen(law, again) ? [law] : []));
    if (open.length === 0) break;
    const listed = open.filter((law) => isOfList(parts, broken.get(law)![0]!));
    const again = await (listed.length === 0 ? judgeAgain(open) : parts.lists.settling(() => judgeAgain(open)));
    for (const [law, attempted] of again) broken.get(law)!.push(attempted);
    if (listed.some((law) => isSilent(again.get(law)!))) parts.lists.noteLag();
  }
  const outcomeOf = (law: Law) =>
    settled.get(law) ?? confirmed(parts, broken.get(law)!, { isKnown: isKnown(law), isLate: isLate(law) });
  return new Map(laws.map((law) => [law, outcomeOf(law)]));
}

/** Whether it is a list that shows the breach. */
function isOfList({ lists }: SessionParts, attempted: Attempted): boolean {
  return !("thrown" in attempted) && lists.isList(attempted.breach?.exchange?.operation);
}

function isSilent(attempted: Attempted): boolean {
  return !("thrown" in attempted) && attempted.breach === undefined;
}

/** What attempts come to of which the first one saw a breach. */
function confirmed(
  parts: SessionParts,
  attempts: readonly Attempted[],
  how: Pick<Tally, "isKnown" | "isLate">,
): UntimedOutcome {
  const { seed, recording } = parts;
  const judged = attempts.flatMap((attempted) => ("thrown" in attempted ? [] : [attempted]));
  const [first, ...again] = judged;
  const shown = again.filter((each) => each.breach !== undefined && missingOperation(each, parts) === undefined);
  const stopped = attempts.find((attempted) => "thrown" in attempted);
  try {
    const obstacle = stopped === undefined ? undefined : causeOf(stopped.thrown);
    const isUnshrunk = first!.breach?.isUnshrunk;
    const tally = { seed, isUnshrunk, seen: 1 + shown.length, judgings: judged.length, obstacle, recording, ...how };
    return failed(shown.at(-1) ?? first!, tally);
  } catch (error) {
    return outcomeOfThrown(error);
  }
}

/** A failure in a later judging leaves the first one's word alone, unless the run itself broke. */
function causeOf(thrown: unknown): SkipCause {
  if (thrown instanceof Unjudged) return thrown.skipCause;
  if (thrown instanceof TransientFailure) return "unreachable";
  throw thrown;
}

/** Set where a breach only says that the target lacks the operation. */
function missingOperation({ breach }: Judgement, parts: SessionParts): UntimedOutcome | undefined {
  const { contract, transport, companions } = parts;
  const exchange = breach?.exchange;
  if (exchange === undefined || companions.probed.has(exchange.operation)) return undefined;
  if (!isMissingOperation(contract, exchange, transport.answered)) return undefined;
  return skipped("operation-missing", `the target does not have ${exchange.operation}: ${answerText(exchange)}`);
}

/**
 * A law draws its conclusions from all that it was answered, so one "not now" on the way that no later attempt mended (a
 * create that was answered 502) takes the weight from every one of them: unless "not now" is what the law is about. Time
 * that went by meanwhile does so, too, where a law is about time, or so much of it went by that sandboxes may have ended.
 *
 * @throws {@link TransientFailure} where a breach may be due to that
 */
export function assertNoTransientFailure({
  law,
  breach,
  exchanges,
  delayedMs,
  isOfRecording = false,
}: Judgement): void {
  if (breach === undefined) return;
  const seen = [...(breach.exchange === undefined ? [] : [breach.exchange])];
  const before = isOfRecording || isAboutQuota(law) ? [] : exchanges;
  const busy = [...seen, ...before].find(isEnvironmental);
  if (busy !== undefined) throw new TransientFailure(`a transient failure: ${answerText(busy)}`);
  const isAboutTime = waits(law) || (law.waitsMs ?? 0) > 0;
  if (delayedMs <= (isAboutTime ? 0 : delayedMsMax)) return;
  throw new TransientFailure(`retries delayed its requests by ${delayedMs} ms, which may well be the reason`);
}

type Tally = {
  readonly seed: number;
  readonly isUnshrunk: true | undefined; // when it was first seen: what is judged again is not made smaller
  readonly seen: number; // in so many judgings
  readonly judgings: number;
  readonly obstacle: SkipCause | undefined; // what kept it from another
  readonly isKnown: boolean;
  readonly isLate: boolean; // whether it was looked for in lists that had time to settle
  readonly recording: Recording;
};

function failed({ law, breach, exchanges }: Judgement, tally: Tally): UntimedOutcome {
  const { seed, isUnshrunk, seen, judgings, obstacle, isKnown, isLate, recording } = tally;
  const { reason, path, exchange } = breach!;
  const led = endingWith(exchanges, exchange);
  const steps = stepsTo(recording, {
    law: law.id,
    exchanges: led.length === 0 && exchange !== undefined ? [exchange] : led,
  });
  const finding: Finding = {
    reason,
    seed,
    ...("counterexample" in breach! ? { counterexample: breach.counterexample } : {}),
    ...(path === undefined ? {} : { path }),
    ...(isUnshrunk === undefined ? {} : { isUnshrunk }),
    ...(exchange === undefined ? {} : { exchange }),
    ...(exchanges.length === 0 ? {} : { exchanges: led }),
    ...(steps === undefined ? {} : { steps }),
  };
  if (judgings === 1) {
    const once = `${reason} (seen once, and ${isKnown ? "known by a waiver" : "could not be judged again"})`;
    const skipCause = obstacle === undefined ? {} : { skipCause: obstacle };
    return { verdict: "fail", evidence: "unconfirmed", ...skipCause, reason: once, finding };
  }
  if (seen === judgings) return { verdict: "fail", evidence: "confirmed", reason, finding };
  const late = isLate ? `: not once the list had ${listsLagMsMax / 1_000} s to settle` : "";
  const counted = `${reason} (seen ${seen} ${seen === 1 ? "time" : "times"} of ${judgings}${late})`;
  return { verdict: "fail", evidence: "intermittent", reason: counted, finding };
}

function endingWith(exchanges: readonly Exchange[], last: Exchange | undefined): readonly Exchange[] {
  const at = last === undefined ? -1 : exchanges.lastIndexOf(last);
  return at === -1 ? exchanges : exchanges.slice(0, at + 1);
}
