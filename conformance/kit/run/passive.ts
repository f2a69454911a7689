import type { Breach } from "../law/case.ts";
import type { JudgeRecording, Law, RecordedBreach, RecordingJudgement } from "../law/law.ts";
import { assertNoTransientFailure, confirmOutcome, isJudgedAgain } from "./evidence.ts";
import type { Attempted, Judgement } from "./evidence.ts";
import { outcomeOfThrown, skipped } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import type { RecordingEntry } from "../law/recording.ts";
import type { SessionParts } from "./session-parts.ts";
import { Unjudged } from "../law/unjudged.ts";

/** So many entries are shown of what led to a breach. */
const shownMax = 40;

/**
 * Judges laws over the whole recording of a run. A breach is looked for again: the law that sent the request is judged
 * anew, once for all the breaches that it caused, and the recording is judged with what that adds. All of them are judged
 * anew before that, since to judge a long recording takes long.
 *
 * @param repeat - judges a law anew, whatever comes of it, so that its requests stand in the recording again
 */
export async function judgePassive(
  parts: SessionParts,
  laws: readonly Law[],
  repeat: (id: string) => Promise<void>,
): Promise<ReadonlyMap<Law, UntimedOutcome>> {
  const judge = judgesOf(parts);
  const first = laws.map((law) => [law, judgeFirst(parts, law, judge)] as const);
  const repetition = createRepetitions(parts, repeat);
  for (const [, judged] of first) {
    if ("cause" in judged && isJudgedAgain(parts, judged.judgement)) await repetition(judged.cause, 0);
  }
  const outcomes = new Map<Law, UntimedOutcome>();
  for (const [law, judged] of first) {
    if ("verdict" in judged) {
      outcomes.set(law, judged);
      continue;
    }
    let count = 0;
    const judgeAgain = async (): Promise<Attempted> => {
      const added = await repetition(judged.cause, count++);
      if ("thrown" in added) return added;
      const { from, to } = added;
      const isNew = ({ law: id, entry }: RecordedBreach) => id === law.id && entry > from && entry <= to;
      return judgementOf(parts, law, judge(law.passive!).breaches.find(isNew));
    };
    outcomes.set(law, await confirmOutcome(parts, judged.judgement, judgeAgain).catch(outcomeOfThrown));
  }
  return outcomes;
}

/** What a law comes to by what was recorded: an outcome, or a breach and the law that sent the request. */
function judgeFirst(
  parts: SessionParts,
  law: Law,
  judge: (passive: JudgeRecording) => RecordingJudgement,
): UntimedOutcome | { readonly judgement: Judgement; readonly cause: string } {
  try {
    const { judged, breaches } = judge(law.passive!);
    const first = breaches.find((breach) => breach.law === law.id);
    if (first === undefined) {
      return judged.has(law.id) ? { verdict: "pass" } : skipped("input-missing", "no request of the run was about it");
    }
    const cause = causeOf(parts, first);
    const judgement = judgementOf(parts, law, first);
    assertNoTransientFailure(judgement);
    return { judgement, cause };
  } catch (error) {
    return outcomeOfThrown(error);
  }
}

/** Asks each function once for each length of the recording. */
function judgesOf({ recording, contract, inputs }: SessionParts) {
  const judges = new Map<JudgeRecording, ReturnType<JudgeRecording>>();
  const known = new Map<JudgeRecording, { readonly length: number; readonly judgement: RecordingJudgement }>();
  return (passive: JudgeRecording) => {
    const { length } = recording.entries;
    const last = known.get(passive);
    if (last?.length === length) return last.judgement;
    const judge = judges.get(passive) ?? passive(recording, { contract, inputs: inputs() });
    judges.set(passive, judge);
    const judgement = judge();
    known.set(passive, { length, judgement });
    return judgement;
  };
}

/** The entries that one repetition of a law has added. */
type Added = { readonly from: number; readonly to: number };

/** The repetitions of a cause, one by one; all laws with this cause share them. One that fails is tried again when asked for. */
function createRepetitions({ recording }: SessionParts, repeat: (id: string) => Promise<void>) {
  const byCause = new Map<string, Added[]>();
  return async (cause: string, index: number): Promise<Added | { readonly thrown: unknown }> => {
    const made = byCause.get(cause) ?? [];
    byCause.set(cause, made);
    const known = made[index];
    if (known !== undefined) return known;
    const from = recording.entries.length;
    try {
      await repeat(cause);
    } catch (thrown) {
      return { thrown };
    }
    return (made[index] = { from, to: recording.entries.length });
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
