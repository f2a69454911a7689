import type { LawOutcome } from "../law/law-outcome.ts";
import type { JudgedContract } from "../run/judged-contract.ts";
import type { Law } from "../law/law.ts";
import type { LedgerEntry, LedgerSink } from "../money/ledger.ts";
import type { Receipt } from "../money/receipt.ts";
import { createSession } from "../run/session.ts";
import type { SessionOptions } from "../run/session.ts";
import { usualCreatesMax, usualMinutesMax } from "../run/usual-limits.ts";
import { pinnedValue } from "./reproduce/pinned-value.ts";
import type { LawReport, Report } from "./content/report.ts";

/** What became of a finding: it shows again, it does not, or that could not be judged. */
type ReplayVerdict = "stands" | "gone" | "unjudged";

/** One finding of a report, judged again. */
export type Replayed = {
  readonly before: LawReport;
  readonly verdict: ReplayVerdict;
  readonly reason: string; // what is seen now, or why nothing is
  readonly outcome?: LawOutcome; // absent where the contract has no such law any more
  readonly unsettled: readonly string[]; // what judging it leaves behind, or may
};

/** How to reach the target; the rest is the report's. */
type ReplayOptions = Omit<SessionOptions, "seed" | "path" | "counterexample"> & {
  readonly contract: JudgedContract;
};

/**
 * Judges the findings of a report again, each straight at its counterexample as the report has it, one after the other. What
 * is created is ended again. Creates and minutes are limits of all of them together.
 */
export async function* replayReport(report: Report, options: ReplayOptions): AsyncGenerator<Replayed, void, void> {
  const { clock, createsMax = usualCreatesMax, minutesMax = usualMinutesMax } = options;
  const sink = options.sink === undefined ? undefined : numberThrough(options.sink);
  const startedAtMs = clock.now();
  let counted = 0;
  for (const before of report.laws.filter(({ verdict }) => verdict === "fail")) {
    const law = options.contract.laws.find(({ id }) => id === before.id);
    if (law === undefined) {
      yield { before, verdict: "unjudged", reason: "there is no such law any more", unsettled: [] };
      continue;
    }
    const pinned = { seed: report.seed, path: before.path ?? undefined, counterexample: pinnedValue(before) };
    const left = {
      createsMax: Math.max(0, createsMax - counted),
      minutesMax: Math.max(0, minutesMax - (clock.now() - startedAtMs) / 60_000),
    };
    const judged = await judgeAgain(law, { ...options, ...pinned, ...left, sink: sink?.() });
    counted += judged.receipt.counted;
    yield { ...replayed(before, judged.outcome), unsettled: judged.receipt.unsettled };
  }
}

/** Each finding has a run of its own, which counts its creates from 1: in one ledger no number stands for two of them. */
function numberThrough(sink: LedgerSink): () => LedgerSink {
  let last = 0;
  return () => {
    const before = last;
    const renumbered = (entry: LedgerEntry): LedgerEntry =>
      "create" in entry ? { ...entry, create: before + entry.create } : entry;
    return {
      append: (entry) => {
        if (entry.type === "intended") last = before + entry.create;
        return sink.append(renumbered(entry));
      },
    };
  };
}

function replayed(before: LawReport, outcome: LawOutcome | undefined): Omit<Replayed, "unsettled"> {
  const reason = outcome?.reason ?? "";
  if (outcome === undefined) return { before, verdict: "unjudged", reason: "the run was ended before it" };
  if (outcome.verdict === "pass") return { before, verdict: "gone", reason: "it holds now", outcome };
  return { before, verdict: outcome.verdict === "fail" ? "stands" : "unjudged", reason, outcome };
}

type JudgedAgain = { readonly outcome: LawOutcome | undefined; readonly receipt: Receipt };

async function judgeAgain(law: Law, options: SessionOptions): Promise<JudgedAgain> {
  const session = createSession(options);
  let outcome: LawOutcome | undefined;
  let receipt: Receipt;
  try {
    for (const group of session.groups(await session.order([law]))) {
      if (options.signal?.aborted === true) break;
      outcome = (await session.judge(group)).get(law) ?? outcome;
    }
  } finally {
    receipt = await session.close();
  }
  return { outcome, receipt };
}
