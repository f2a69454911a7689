import type { Clock } from "../../../src/contract/clock.ts";
import type { LawOutcome } from "../law/finding.ts";
import type { JudgedContract } from "../law/judged-contract.ts";
import type { Law } from "../law/law.ts";
import { countVerdicts, worstVerdict } from "../law/verdict.ts";
import type { Receipt } from "../money/receipt.ts";
import { createCoverage } from "../run/coverage.ts";
import type { RunEvent } from "../run/event.ts";
import { skipped } from "../run/outcome.ts";
import { applyWaivers } from "../run/waiver.ts";
import type { Waiver } from "../run/waiver.ts";
import type { Exchange } from "../target/exchange.ts";
import { createHider } from "./hide-secrets.ts";
import { createTrafficObserver } from "./observed-traffic.ts";
import type { ObservedCall } from "./observed-traffic.ts";
import type { Reach } from "./find-call.ts";
import { readTraffic } from "./read-traffic.ts";
import { shapeClauses } from "./shape-clauses.ts";
import { placeText } from "./traffic-entry.ts";
import type { Place, TrafficSource } from "./traffic-entry.ts";

/** What is judged, and by what. */
export type CheckOptions = {
  readonly contract: JudgedContract;
  readonly sources: readonly TrafficSource[];
  readonly reach: Reach;
  /** Which of the laws that a recording can show. Default: all. */
  readonly choose?: ((laws: readonly Law[]) => readonly Law[]) | undefined;
  readonly waivers?: readonly Waiver[] | undefined;
  readonly clock: Clock;
  /** Ends the reading early; what was read until then is told. */
  readonly signal?: AbortSignal | undefined;
};

/**
 * Judges recordings by the laws that need nothing but what was said, and tells of it as a run does. Nothing is sent.
 *
 * Each breach is told with its place. A breach stands in the recording for good, so it is as good as confirmed.
 */
export async function* checkTraffic(options: CheckOptions): AsyncGenerator<RunEvent, void, void> {
  const { contract, sources, reach, clock, signal, waivers = [] } = options;
  const shapes = shapeClauses(contract);
  const laws = options.choose?.(shapes.laws) ?? shapes.laws;
  const files = sources.map(({ name }) => name);
  const startedAtMs = clock.now();
  yield {
    ...{ type: "runStarted", contract: contract.name, target: files.join(", "), seed: 0, files },
    ...{ lawCount: laws.length, startedAtMs },
  };
  const observer = createTrafficObserver(contract, reach);
  const findings = createFindings(createHider(contract));
  const coverage = createCoverage();
  for await (const entry of readTraffic(sources)) {
    if (signal?.aborted === true) break;
    const call = observer.observe(entry);
    if (call === undefined) continue;
    coverage.answered(call.exchange);
    findings.note(call);
    const law = shapes.lawOf(call.exchange);
    if (law === undefined || !call.isAnswerWhole) continue;
    const reason = shapes.judge(call.exchange);
    if (reason === undefined) findings.held(law.id);
    else findings.broken({ law: law.id, reason, exchange: call.exchange, place: call.place });
  }
  const outcomes = laws.map((law) => {
    const outcome = { ...findings.outcomeOf(law.id), durationMs: 0 };
    return { law, outcome: applyWaivers(outcome, { law, waivers, nowMs: clock.now() }) };
  });
  for (const judged of outcomes) yield { type: "lawFinished", ...judged };
  const verdicts = outcomes.map(({ outcome }) => outcome.verdict);
  yield {
    ...{ type: "runFinished", verdict: worstVerdict(verdicts), counts: countVerdicts(verdicts), receipt: noReceipt },
    ...{ coverage: coverage.total(), traffic: observer.summary(files), durationMs: clock.now() - startedAtMs },
    ...(signal?.aborted === true ? { stopped: "the check was told to stop" } : {}),
  };
}

/** Nothing is made by looking. */
const noReceipt: Receipt = {
  ...{ created: 0, counted: 0, deleted: 0, verifiedGone: 0, leaked: [], expiring: [], unanswered: 0 },
  ...{ madeByRefused: [], doubtful: [], unsettled: [], refused: 0, refusals: [] },
};

type SeenBreach = {
  readonly law: string;
  readonly reason: string;
  readonly exchange: Exchange;
  readonly place: Place;
};

/** What is kept of a law's breaches: the first of them, and where some others stand. */
type Found = { readonly first: LawOutcome["finding"]; readonly places: string[]; count: number };

const placesMax = 5;

function createFindings(hider: ReturnType<typeof createHider>) {
  const held = new Set<string>();
  const found = new Map<string, Found>();
  const reasonOf = ({ first, places, count }: Found) => {
    const [place = "", ...others] = places;
    const more = count === 1 ? "" : `; ${count - 1} more: ${others.join(", ")}${count > places.length ? ", …" : ""}`;
    return `${first!.reason} (${place}${more})`;
  };
  return {
    note: ({ exchange, caller }: ObservedCall) => hider.note(exchange, caller),
    held: (law: string) => void held.add(law),
    broken: ({ law, reason, exchange, place }: SeenBreach) => {
      const known = found.get(law);
      if (known === undefined) {
        const shown = hider.hide(exchange, reason);
        const first = { ...shown, seed: 0, place, exchanges: [shown.exchange] };
        found.set(law, { first, places: [placeText(place)], count: 1 });
      } else {
        known.count += 1;
        if (known.places.length < placesMax) known.places.push(`${place.file}:${place.line}`);
      }
    },
    outcomeOf: (law: string): Omit<LawOutcome, "durationMs"> => {
      const breach = found.get(law);
      if (breach !== undefined) {
        return { verdict: "fail", evidence: "confirmed", reason: reasonOf(breach), finding: breach.first! };
      }
      return held.has(law) ? { verdict: "pass" } : skipped("input-missing", "nothing in the recording is about it");
    },
  };
}
