import { concludeRun } from "../../run/conclusion.ts";
import type { Conclusion, Judging, RunEnd } from "../../run/conclusion.ts";
import { usualProfile } from "../../law/contract.ts";
import type { RunEvent, TrafficSummary } from "../../run/event.ts";
import type { Coverage } from "../../run/coverage.ts";
import type { LawOutcome, Waived, Place } from "../../law/law-outcome.ts";
import type { EvidenceLevel, SkipCause, Verdict } from "../../law/verdict.ts";
import type { Law, Requirement } from "../../law/law.ts";
import type { Receipt } from "../../money/receipt.ts";
import type { Retries } from "../../target/retry.ts";
import { formatCurlScript } from "../reproduce/curl-script.ts";
import { formatFrozenTest } from "../reproduce/frozen-test.ts";
import { reportExchange } from "./reported-exchange.ts";
import type { ReportedExchange } from "./reported-exchange.ts";
import { reproduceCommand } from "../reproduce/reproduce-command.ts";

/**
 * What a run leaves behind as JSON; `report.schema.json` says the same. Secrets are masked as shell variables, so that it can
 * be replayed.
 */
export type Report = {
  readonly version: 1; // of this format
  readonly contract: string;
  readonly target: string;
  readonly seed: number;
  readonly profile: string; // which operations the run could send
  /** How many laws were judged side by side; older reports and those of recordings do not say. */
  readonly concurrency?: number;
  readonly startedAt: string; // RFC 3339, UTC
  readonly durationMs: number;
  /** Whether a law that was not judged makes the run red. */
  readonly requireAll: boolean;
  /** What the run comes to. */
  readonly conclusion: Conclusion;
  readonly laws: readonly LawReport[];
  readonly ledger: Receipt;
  readonly coverage: Coverage;
  /** How many requests were sent, to clean up among them; older reports and those of recordings do not say. */
  readonly requests?: number;
  /** How often requests were sent again, because of transient failures; older reports do not say. */
  readonly askedAgain?: Retries;
  /** What the recording held that was judged; absent where a target was. */
  readonly recording?: TrafficSummary;
};

/** Several runs in one file: what `sandglass conform all` writes. */
export type ReportSet = { readonly version: 1; readonly contract: "all"; readonly runs: readonly Report[] };

/** What a report says of one law. */
export type LawReport = {
  readonly id: string;
  readonly requirement: Requirement;
  readonly statement: string;
  readonly verdict: Verdict;
  readonly evidence: EvidenceLevel | null;
  readonly skipCause: SkipCause | null;
  readonly reason: string | null;
  readonly flag: string | null; // what to add to the command so that the law can be judged
  /** Set where a breach is known, and lived with for now. */
  readonly waived: Waived | null;
  readonly source: string;
  readonly durationMs: number;
  readonly counterexample: unknown; // null where none was generated
  readonly path: string | null; // leads straight to the counterexample
  /** Where the breach stands in the recording that was judged; absent where a target was. */
  readonly place?: Place;
  /** What was sent and answered, up to the breach. Empty where there is none. */
  readonly exchanges: readonly ReportedExchange[];
  readonly reproduce: {
    readonly curl: string | null; // a script for a shell
    readonly command: string;
    readonly vitest: string | null; // a file for a test suite
  };
};

type Started = Extract<RunEvent, { type: "runStarted" }>;
type Finished = Extract<RunEvent, { type: "runFinished" }>;

/**
 * Builds the report of a run from its events, or undefined while it has not finished.
 *
 * @param end - what counts for the run beside its events
 */
export function reportOf(events: readonly RunEvent[], end: Judging & Pick<RunEnd, "stale"> = {}): Report | undefined {
  const started = events.find((event): event is Started => event.type === "runStarted");
  const finished = events.find((event): event is Finished => event.type === "runFinished");
  if (started === undefined || finished === undefined) return undefined;
  const laws = events.flatMap((event) => (event.type === "lawFinished" ? [lawReport(event, started)] : []));
  const { receipt, stopped } = finished;
  return {
    version: 1,
    contract: started.contract,
    target: started.target,
    seed: started.seed,
    profile: started.profile ?? usualProfile,
    ...(started.concurrency === undefined ? {} : { concurrency: started.concurrency }),
    startedAt: new Date(started.startedAtMs).toISOString(),
    durationMs: finished.durationMs,
    requireAll: end.requireAll ?? false,
    conclusion: concludeRun(laws, { ...end, unsettled: receipt.unsettled, stopped }),
    laws,
    ledger: receipt,
    coverage: finished.coverage ?? { operations: {}, keywords: {} },
    ...(finished.requests === undefined ? {} : { requests: finished.requests }),
    ...(finished.askedAgain === undefined ? {} : { askedAgain: finished.askedAgain }),
    ...(finished.traffic === undefined ? {} : { recording: finished.traffic }),
  };
}

/** By what the laws of a report make it red. */
export function judgingOf({ requireAll, conclusion: { failOn } }: Report): Judging {
  return { requireAll, failOn };
}

/** Wraps reports as one value: a single one as it is, several as a set. */
export function joinReports(reports: readonly Report[]): Report | ReportSet {
  const [first, ...rest] = reports;
  return first !== undefined && rest.length === 0 ? first : { version: 1, contract: "all", runs: reports };
}

function lawReport({ law, outcome }: { law: Law; outcome: LawOutcome }, run: Started): LawReport {
  const { verdict, evidence, skipCause, reason, finding } = outcome;
  const exchanges = finding?.exchanges ?? (finding?.exchange === undefined ? [] : [finding.exchange]);
  const judged = { law, outcome, run };
  return {
    id: law.id,
    requirement: law.requirement,
    statement: law.statement,
    verdict,
    evidence: evidence ?? null,
    skipCause: skipCause ?? null,
    reason: reason ?? null,
    flag: outcome.flag ?? null,
    waived: outcome.waived ?? null,
    source: law.source,
    durationMs: outcome.durationMs,
    counterexample: finding?.counterexample ?? null,
    path: finding?.path ?? null,
    ...(finding?.place === undefined ? {} : { place: finding.place }),
    exchanges: exchanges.map((exchange) => reportExchange(exchange)),
    reproduce: {
      curl:
        exchanges.length === 0
          ? null
          : formatCurlScript({ law, reason: reason ?? "", exchanges, steps: finding?.steps }),
      command: reproduceCommand(law, { outcome, run }),
      vitest: finding === undefined || run.files !== undefined ? null : formatFrozenTest(judged),
    },
  };
}
