import { usualProfile } from "../law/contract.ts";
import type { RunEvent } from "./event.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import type { JudgedContract } from "./judged-contract.ts";
import type { Law } from "../law/law.ts";
import { createSession } from "./session.ts";
import type { SessionOptions } from "./session.ts";
import { countVerdicts, worstVerdict } from "../law/verdict.ts";
import type { Verdict } from "../law/verdict.ts";
import { rules } from "../../../src/contract/caller-input.ts";
import { requireSessionOptions } from "./option-rules.ts";

/** What a run judges, on what, and within which limits. */
export type RunOptions = SessionOptions & {
  readonly contract: JudgedContract;
  /** Default: all laws of the contract. */
  readonly laws?: readonly Law[];
  /** Ends the run after the law that is being judged; what was created is still cleaned up. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the run once so many laws have failed, waived ones apart. Default: no limit. */
  readonly failuresMax?: number | undefined;
};

/**
 * Judges laws on a target and tells what happens, event by event.
 *
 * A consumer that stops listening ends the run: the sandboxes that it made are cleaned up all the same.
 */
export async function* runLaws(given: RunOptions): AsyncGenerator<RunEvent, void, void> {
  requireSessionOptions("runLaws", given, { laws: rules.list, failuresMax: rules.number });
  const { laws, failuresMax = Infinity, ...options } = given;
  const { clock, seed, contract, target, signal, profile = usualProfile } = options;
  const session = createSession(options);
  const chosen = await session.order(laws ?? contract.laws);
  const startedAtMs = clock.now();
  const seen: Verdict[] = [];
  let failures = 0;
  const finished = (law: Law, outcome: LawOutcome): RunEvent => {
    seen.push(outcome.verdict);
    if (outcome.verdict === "fail" && outcome.waived === undefined) failures += 1;
    return { type: "lawFinished", law, outcome };
  };
  /** Why no further law is judged. */
  const stopReason = () => {
    if (signal?.aborted === true) return "the run was told to stop";
    return failures >= failuresMax ? `${failures} laws have failed, as many as --max-failures allows` : undefined;
  };
  yield {
    type: "runStarted",
    contract: contract.name,
    target: session.mask.text(target.baseUrl),
    seed,
    profile,
    lawCount: chosen.length,
    concurrency: session.concurrency,
    startedAtMs,
  };
  let closed = false;
  try {
    for (const group of session.groups(chosen)) {
      if (stopReason() !== undefined) break;
      if (group.isEach === true) {
        for await (const { item: law, result } of session.judgeEach(group.laws, () => stopReason() !== undefined)) {
          if (result === undefined) yield { type: "lawStarted", law, budgetLeft: session.budgetLeft() };
          else if (!session.held().has(law)) yield finished(law, result);
        }
        continue;
      }
      for (const law of group.laws) {
        const isStarted = group.isOfRecording === true && law.check !== undefined;
        if (!isStarted) yield { type: "lawStarted", law, budgetLeft: session.budgetLeft() };
      }
      for (const [law, outcome] of await session.judge(group)) {
        if (!session.held().has(law)) yield finished(law, outcome);
      }
    }
    for (const [law, outcome] of session.held()) yield finished(law, outcome);
    closed = true;
    const stopped = stopReason();
    const receipt = await session.close();
    const durationMs = clock.now() - startedAtMs;
    yield {
      type: "runFinished",
      verdict: worstVerdict(seen),
      counts: countVerdicts(seen),
      receipt,
      coverage: session.coverage(),
      requests: session.requests(),
      askedAgain: session.askedAgain(),
      clockMovedMs: session.clockMovedMs(),
      ...(stopped === undefined || seen.length === chosen.length ? {} : { stopped }),
      durationMs,
    };
  } finally {
    if (!closed) await session.close();
  }
}
