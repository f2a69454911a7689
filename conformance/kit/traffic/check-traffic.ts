import type { Clock } from "../../../src/contract/clock.ts";
import type { Finding, LawOutcome } from "../law/law-outcome.ts";
import type { JudgedContract } from "../run/judged-contract.ts";
import type { Law } from "../law/law.ts";
import { countVerdicts, worstVerdict } from "../law/verdict.ts";
import type { Receipt } from "../money/receipt.ts";
import { createCoverage } from "../run/coverage.ts";
import type { RunEvent } from "../run/event.ts";
import { skipped } from "../run/outcome.ts";
import { applyWaivers } from "../run/waiver.ts";
import type { Waiver } from "../run/waiver.ts";
import { createHider } from "./hide-secrets.ts";
import { createTrafficObserver } from "./observed-traffic.ts";
import type { ObservedCall } from "./observed-traffic.ts";
import type { Reach } from "./find-call.ts";
import { readTraffic } from "./read-traffic.ts";
import { createTrafficJudge } from "./judge-traffic.ts";
import type { TrafficJudgeOptions } from "./judge-traffic.ts";
import { createSecondJudge } from "./other-reader.ts";
import type { SecondReading } from "./other-reader.ts";
import type { TrafficBreach } from "./traffic-breach.ts";
import { placeText } from "./traffic-entry.ts";
import type { TrafficSource } from "./traffic-entry.ts";

/** What is judged, and by what. */
export type CheckOptions = TrafficJudgeOptions & {
  readonly contract: JudgedContract;
  readonly sources: readonly TrafficSource[];
  readonly reach: Reach;
  /** Another reader of the document, whose findings are told beside those of the laws. */
  readonly secondReading?: SecondReading | undefined;
  /** Which of the laws that a recording can show, those of the other reader among them. Default: all. */
  readonly choose?: ((laws: readonly Law[]) => readonly Law[]) | undefined;
  /** The command that judges such traffic again, but for the law. Default: `sandglass check` of the sources' names. */
  readonly again?: string | undefined;
  readonly waivers?: readonly Waiver[] | undefined;
  readonly clock: Clock;
};

/**
 * Judges recordings by the laws that need nothing but what was said, and tells of it as a run does. Nothing is sent.
 *
 * Each breach is told with its place. A breach stands in the recording for good, so it is as good as confirmed.
 */
export async function* checkTraffic(options: CheckOptions): AsyncGenerator<RunEvent, void, void> {
  const { contract, sources, reach, clock, secondReading, waivers = [] } = options;
  const judge = createTrafficJudge(contract, options);
  const second = secondReading === undefined ? undefined : createSecondJudge(contract, secondReading);
  const judges = second === undefined ? [judge] : [judge, second];
  const all = judges.flatMap((each) => each.laws);
  const chosen = options.choose?.(all) ?? all;
  const laws = chosen.filter((law) => judge.laws.includes(law));
  const files = sources.map(({ name }) => name);
  const startedAtMs = clock.now();
  yield {
    ...{ type: "runStarted", contract: contract.name, target: files.join(", "), seed: 0, files },
    ...{ lawCount: laws.length, startedAtMs, ...(options.again === undefined ? {} : { again: options.again }) },
  };
  const observer = createTrafficObserver(contract, reach);
  const findings = createFindings(createHider(contract));
  const coverage = createCoverage();
  for await (const entry of readTraffic(sources)) {
    const call = observer.observe(entry);
    if (call === undefined) continue;
    if (call.exchange !== undefined) coverage.answered(call.operation, call.exchange.response.status);
    findings.note(call);
    findings.add(judges.flatMap((each) => each.take(call)));
  }
  findings.add(judges.flatMap((each) => each.finish()));
  // Of another reader's laws those alone are told that something was about.
  const others = chosen.filter((law) => second?.laws.includes(law) === true && second.isJudged(law));
  const outcomes = [...laws, ...others].map((law) => {
    const outcome = { ...findings.outcomeOf(law, others.includes(law) || judge.isJudged(law)), durationMs: 0 };
    return { law, outcome: applyWaivers(outcome, { law, waivers, nowMs: clock.now() }) };
  });
  for (const judged of outcomes) yield { type: "lawFinished", ...judged };
  const verdicts = outcomes.map(({ outcome }) => outcome.verdict);
  yield {
    ...{ type: "runFinished", verdict: worstVerdict(verdicts), counts: countVerdicts(verdicts), receipt: noReceipt },
    ...{
      coverage: coverage.total(),
      traffic: observer.summary(files, options.keysApart),
      durationMs: clock.now() - startedAtMs,
    },
  };
}

/** Nothing is made by looking. */
const noReceipt: Receipt = {
  ...{ created: 0, counted: 0, deleted: 0, verifiedGone: 0, leaked: [], expiring: [], unanswered: 0 },
  ...{ madeByRefused: [], doubtful: [], unsettled: [], refused: 0, refusals: [] },
};

/** What is kept of a law's breaches: the first of them, and where some others stand. */
type Found = { readonly first: Finding; readonly places: string[]; count: number };

const placesMax = 5;

function createFindings(hider: ReturnType<typeof createHider>) {
  const found = new Map<string, Found>();
  const reasonOf = ({ first, places, count }: Found) => {
    const [place = "", ...others] = places;
    const more = count === 1 ? "" : `; ${count - 1} more: ${others.join(", ")}${count > places.length ? ", …" : ""}`;
    return `${first.reason} (${place}${more})`;
  };
  const begin = ({ reason, call: { exchange, place } }: TrafficBreach): Found => {
    const places = [placeText(place)];
    if (exchange === undefined) return { first: { reason: hider.text(reason), seed: 0, place }, places, count: 1 };
    const shown = hider.hide(exchange, reason);
    return { first: { ...shown, seed: 0, place, exchanges: [shown.exchange] }, places, count: 1 };
  };
  return {
    note: ({ exchange, caller }: ObservedCall) => (exchange === undefined ? undefined : hider.note(exchange, caller)),
    add: (breaches: readonly TrafficBreach[]) => {
      for (const breach of breaches) {
        const known = found.get(breach.law);
        const { place } = breach.call;
        if (known === undefined) found.set(breach.law, begin(breach));
        else {
          known.count += 1;
          if (known.places.length < placesMax) known.places.push(`${place.file}:${place.line}`);
        }
      }
    },
    outcomeOf: ({ id }: Law, isJudged: boolean): Omit<LawOutcome, "durationMs"> => {
      const breach = found.get(id);
      if (breach !== undefined) {
        return { verdict: "fail", evidence: "confirmed", reason: reasonOf(breach), finding: breach.first };
      }
      return isJudged ? { verdict: "pass" } : skipped("input-missing", "nothing in the recording is about it");
    },
  };
}
