import type { ClauseBreach, ObservedExchange } from "../model/observed-exchange.ts";
import { noSandboxes } from "../law/law.ts";
import type { JudgeRecording, Law } from "../law/law.ts";
import type { Recording, RecordingEntry, SentBy } from "../law/recording.ts";
import type { ModelOfContract } from "./judged-contract.ts";

/** The laws of a contract, with what its model makes of the recording of a run. */
export function lawsByModel(laws: readonly Law[], model: ModelOfContract): readonly Law[] {
  const all: Law[] = [
    ...laws,
    ...model.clauses.map((clause) => ({ ...clause, needs: ["memory"], sandboxes: noSandboxes }) satisfies Law),
  ];
  const passive = judgeRecording(model, all);
  return all.map((law) => (model.ids.has(law.id) ? { ...law, passive } : law));
}

/** Judges a whole recording by a model. A clause was judged where some request of one of its operations was answered. */
function judgeRecording({ createJudge, ids }: ModelOfContract, laws: readonly Law[]): JudgeRecording {
  return ({ entries }, { listsLagMs }) => {
    const judge = createJudge({ isFromStart: true, listsLagMs });
    const answered = new Set<string>();
    const found: ClauseBreach[] = [];
    let judgedUntil = 0;
    // A clock that no request moves is known the better the longer the run lasts.
    const settledMs = entries.at(-1)?.aheadMs ?? 0;
    return () => {
      for (const exchange of observe(entries, { from: judgedUntil, settledMs })) {
        if (exchange.response !== undefined) answered.add(exchange.operation);
        found.push(...judge.take(exchange));
      }
      found.push(...judge.release());
      judgedUntil = entries.length;
      const isJudged = ({ id, operations }: Law) =>
        ids.has(id) && operations.some((operation) => answered.has(operation));
      return {
        judged: new Set(laws.filter(isJudged).map(({ id }) => id)),
        breaches: [...found, ...judge.suspected()].map(({ clause, reason, exchange }) => {
          return { law: clause, entry: exchange.number, reason };
        }),
      };
    };
  };
}

/** What the entries of a run from one on show, by the clock of the target. */
function observe(
  entries: Recording["entries"],
  { from, settledMs }: { readonly from: number; readonly settledMs: number },
): readonly ObservedExchange[] {
  const isMoved = entries.some(({ kind }) => kind === "clock");
  const aheadOf = (entry: RecordingEntry) => (isMoved ? entry.aheadMs : settledMs);
  return entries.slice(from).flatMap((entry) => {
    if (entry.kind === "clock") return [];
    const last = entries[(entry.sentBefore ?? entry.number) - 1] ?? entry;
    const movedMs = last.kind === "clock" ? last.movedMs : 0;
    const { number, by, operation, path, request, sentAtMs, answeredAtMs } = entry;
    return [
      {
        ...{
          number,
          operation,
          path,
          request,
          response: responseOf(entry),
          actor: operation === "preview" ? undefined : actors[by],
          isAnonymous: operation !== "preview" && by === "none",
        },
        ...(entry.sentBefore === undefined ? {} : { sentBefore: entry.sentBefore }),
        sentAtMs: sentAtMs + aheadOf(entry),
        answeredAtMs: answeredAtMs + Math.max(aheadOf(entry), aheadOf(last) + movedMs),
      },
    ];
  });
}

/** What a law wrote into the headers itself is the credential of no known caller. */
const actors: Readonly<Record<SentBy, string | undefined>> = {
  own: "own",
  other: "other",
  none: undefined,
  written: undefined,
};

function responseOf(entry: Exclude<RecordingEntry, { kind: "clock" }>): ObservedExchange["response"] {
  if (entry.kind === "lost") return undefined;
  if (entry.kind === "socket") return { status: entry.status, headers: {}, body: "", json: undefined };
  return entry.exchange.response;
}
