import type { Breach } from "../law/case.ts";
import type { JudgeRecording, Law, RecordedBreach, RecordingJudgement } from "../law/law.ts";
import { assertNoTransientFailure, confirmAll } from "./confirm.ts";
import type { Attempted, Judgement } from "./confirm.ts";
import type { UntimedOutcome } from "./outcome.ts";
import type { RecordingEntry } from "../law/recording.ts";
import type { SessionParts } from "./session-parts.ts";
import { Unjudged } from "../law/unjudged.ts";

/** So many entries are shown of what led to a breach. */
const shownMax = 40;

/**
 * Judges laws over the whole recording of a run. A breach is looked for again: the law that sent the request is judged
 * anew, once for all the breaches that it caused, and the recording is judged with what all of these add.
 *
 * @param repeat - judges a law anew, whatever comes of it, so that its requests stand in the recording again
 */
export async function judgePassive(
  parts: SessionParts,
  laws: readonly Law[],
  repeat: (id: string) => Promise<void>,
): Promise<ReadonlyMap<Law, UntimedOutcome>> {
  const { entries } = parts.recording;
  const causes = new Map<Law, string>();
  const judge = judgesOf(parts);
  const judgeFirst = (law: Law): Judgement => {
    const { judged, breaches } = judge(law.passive!);
    const found = breaches.find((breach) => breach.law === law.id);
    if (found === undefined && !judged.has(law.id)) {
      throw new Unjudged("input-missing", "no request of the run was about it");
    }
    if (found !== undefined) causes.set(law, causeOf(parts, found));
    const judgement = judgementOf(parts, law, found);
    assertNoTransientFailure(judgement);
    return judgement;
  };
  const judgeAgain = async (broken: readonly Law[]) => {
    const added = new Map<string, Added | { readonly thrown: unknown }>();
    for (const cause of new Set(broken.map((law) => causes.get(law)!))) {
      const from = entries.length;
      const repeated = repeat(cause).then(() => ({ from, to: entries.length }));
      added.set(cause, await repeated.catch((thrown: unknown) => ({ thrown })));
    }
    return attempts(broken, (law) => {
      const range = added.get(causes.get(law)!)!;
      if ("thrown" in range) throw range.thrown;
      const isNew = ({ law: id, entry }: RecordedBreach) => id === law.id && entry > range.from && entry <= range.to;
      return judgementOf(parts, law, judge(law.passive!).breaches.find(isNew));
    });
  };
  return confirmAll(parts, { laws, first: attempts(laws, judgeFirst), judgeAgain });
}

/** The entries that one repetition of a law has added. */
type Added = { readonly from: number; readonly to: number };

function attempts(laws: readonly Law[], judge: (law: Law) => Judgement): ReadonlyMap<Law, Attempted> {
  const attempt = (law: Law): Attempted => {
    try {
      return judge(law);
    } catch (thrown) {
      return { thrown };
    }
  };
  return new Map(laws.map((law) => [law, attempt(law)]));
}

/** Asks each function once for each length of the recording. */
function judgesOf({ recording, contract, inputs, lists }: SessionParts) {
  const judges = new Map<JudgeRecording, ReturnType<JudgeRecording>>();
  const known = new Map<JudgeRecording, { readonly length: number; readonly judgement: RecordingJudgement }>();
  return (passive: JudgeRecording) => {
    const { length } = recording.entries;
    const last = known.get(passive);
    if (last?.length === length) return last.judgement;
    const judge = judges.get(passive) ?? passive(recording, { contract, inputs: inputs(), listsLagMs: lists.lagMs() });
    judges.set(passive, judge);
    const judgement = judge();
    known.set(passive, { length, judgement });
    return judgement;
  };
}

function causeOf({ recording }: SessionParts, { entry: number }: RecordedBreach): string {
  const entry = recording.entries[number - 1];
  if (entry === undefined || entry.kind === "clock") throw new Unjudged("no-sandbox", `there is no request ${number}`);
  return entry.purpose;
}

function judgementOf({ recording }: SessionParts, law: Law, found: RecordedBreach | undefined): Judgement {
  if (found === undefined) return { law, breach: undefined, exchanges: [], delayedMs: 0 };
  const entry = recording.entries[found.entry - 1]!;
  const exchanges = recording.entries
    .slice(0, found.entry)
    .flatMap((each) => (isOfSameCause(each, entry) && each.kind === "exchange" ? [each.exchange] : []));
  const breach: Breach = {
    reason: `${found.reason} (request ${found.entry} of the run)`,
    ...(entry.kind === "exchange" ? { exchange: entry.exchange } : {}),
  };
  return { law, breach, exchanges: exchanges.slice(-shownMax), delayedMs: 0, isOfRecording: true };
}

function isOfSameCause(one: RecordingEntry, other: RecordingEntry): boolean {
  return one.kind !== "clock" && other.kind !== "clock" && one.purpose === other.purpose;
}
