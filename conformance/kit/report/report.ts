import { formatCurl } from "../curl.ts";
import type { RunEvent } from "../event.ts";
import type { EvidenceLevel, Outcome, SkipCause } from "../finding.ts";
import type { Law, Requirement } from "../law.ts";
import type { Receipt } from "../ledger.ts";
import type { Verdict } from "../verdict.ts";

/** What a run leaves behind as JSON. Secrets are masked as shell variables, so that it can be replayed. */
export type Report = {
  readonly version: 1; // of this format
  readonly contract: string;
  readonly target: string;
  readonly seed: number;
  readonly startedAt: string; // RFC 3339, UTC
  readonly durationMs: number;
  readonly laws: readonly LawReport[];
  readonly ledger: Receipt;
};

/** What a report says of one law. */
export type LawReport = {
  readonly id: string;
  readonly requirement: Requirement;
  readonly statement: string;
  readonly verdict: Verdict;
  readonly evidence?: EvidenceLevel;
  readonly skipCause?: SkipCause;
  readonly reason: string | null;
  readonly source: string;
  readonly counterexample: unknown; // null where none was generated
  readonly reproduce: { readonly curl: string | null; readonly command: string };
};

type Started = Extract<RunEvent, { type: "runStarted" }>;
type Finished = Extract<RunEvent, { type: "runFinished" }>;

/** Builds the report of a run from its events, or undefined while it has not finished. */
export function reportOf(events: readonly RunEvent[]): Report | undefined {
  const started = events.find((event): event is Started => event.type === "runStarted");
  const finished = events.find((event): event is Finished => event.type === "runFinished");
  if (started === undefined || finished === undefined) return undefined;
  return {
    version: 1,
    contract: started.contract,
    target: started.target,
    seed: started.seed,
    startedAt: new Date(started.startedAtMs).toISOString(),
    durationMs: finished.durationMs,
    laws: events.flatMap((event) => (event.type === "lawFinished" ? [lawReport(event, started)] : [])),
    ledger: finished.receipt,
  };
}

/** The command that judges one law again, straight at its counterexample where there is one. */
export function reproduceCommand(
  law: Law,
  { outcome, run }: { readonly outcome: Outcome; readonly run: { contract: string; target: string; seed: number } },
): string {
  const path = outcome.finding?.path;
  const words = [
    `npx sandglass conform ${run.contract}`,
    `--url ${shellWord(run.target)}`,
    `--key "$SANDGLASS_KEY"`,
    `--law ${law.id}`,
    `--seed ${run.seed}`,
    ...(path === undefined ? [] : [`--path ${path}`]),
  ];
  return words.join(" ");
}

function shellWord(text: string): string {
  return /^[\w:/.@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function lawReport({ law, outcome }: { law: Law; outcome: Outcome }, run: Started): LawReport {
  const { verdict, evidence, skipCause, reason, finding } = outcome;
  return {
    id: law.id,
    requirement: law.requirement,
    statement: law.statement,
    verdict,
    ...(evidence === undefined ? {} : { evidence }),
    ...(skipCause === undefined ? {} : { skipCause }),
    reason: reason ?? null,
    source: law.source,
    counterexample: finding?.counterexample ?? null,
    reproduce: {
      curl: finding?.exchange === undefined ? null : formatCurl(finding.exchange),
      command: reproduceCommand(law, { outcome, run }),
    },
  };
}
