import type { Breach } from "../law/case.ts";
import type { JudgeRecording, Law, RecordedBreach } from "../law/law.ts";
import { assertNoTransientFailure, confirmOutcome } from "./evidence.ts";
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
 * anew, once for all the breaches that it caused, and the recording is judged with what that adds.
 *
 * @param repeat - judges a law anew, whatever comes of it, so that its requests stand in the recording again
 */
export async function judgePassive(
  parts: SessionParts,
  laws: readonly Law[],
  repeat: (id: string) => Promise<void>,
): Promise<ReadonlyMap<Law, UntimedOutcome>> {
  const judge = judgesOf(parts);
  const repetitions = createRepetitions(parts, repeat);
  const outcomes = new Map<Law, UntimedOutcome>();
  for (const law of laws) {
    try {
      const { judged, breaches } = judge(law.passive!);
      const first = breaches.find((breach) => breach.law === law.id);
      if (first === undefined) {
        const isJudged = judged.has(law.id);
        outcomes.set(
          law,
          isJudged ? { verdict: "pass" } : skipped("input-missing", "no request of the run was about it"),
        );
        continue;
      }
      const cause = causeOf(parts, first);
      const judgeAgain = async (): Promise<Attempted> => {
        const added = await repetitions.next(cause, law).catch((thrown: unknown) => ({ thrown }));
        if ("thrown" in added) return added;
        const { from, to } = added;
        const isNew = ({ law: id, entry }: RecordedBreach) => id === law.id && entry > from && entry <= to;
        return judgementOf(parts, law, judge(law.passive!).breaches.find(isNew));
      };
      const judgement = judgementOf(parts, law, first);
      assertNoTransientFailure(judgement);
      outcomes.set(law, await confirmOutcome(parts, judgement, judgeAgain));
    } catch (error) {
      outcomes.set(law, outcomeOfThrown(error));
    }
  }
  return outcomes;
}

/** Calls each function once for each length of the recording. */
function judgesOf({ recording, contract, inputs }: SessionParts) {
  const known = new Map<JudgeRecording, { readonly length: number; readonly judgement: ReturnType<JudgeRecording> }>();
  return (judge: JudgeRecording) => {
    const { length } = recording.entries;
    const last = known.get(judge);
    if (last?.length === length) return last.judgement;
    const judgement = judge(recording, { contract, inputs: inputs() });
    known.set(judge, { length, judgement });
    return judgement;
  };
}

/** The entries that one repetition of a law has added. */
type Added = { readonly from: number; readonly to: number };

/** Hands each law the repetitions of a cause one by one; all laws with this cause share them. */
function createRepetitions({ recording }: SessionParts, repeat: (id: string) => Promise<void>) {
  const byCause = new Map<string, Added[]>();
  const taken = new Map<Law, number>();
  return {
    next: async (cause: string, law: Law): Promise<Added> => {
      const made = byCause.get(cause) ?? [];
      byCause.set(cause, made);
      const index = taken.get(law) ?? 0;
      taken.set(law, index + 1);
      if (made.length <= index) {
        const from = recording.entries.length;
        await repeat(cause);
        made.push({ from, to: recording.entries.length });
      }
      return made[index]!;
    },
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
