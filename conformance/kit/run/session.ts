import type { Breach } from "../law/breach.ts";
import type { Exchange } from "../target/exchange.ts";
import type { LawOutcome } from "../law/finding.ts";
import { findMissingCompanion } from "./companion-probe.ts";
import { inAttempts } from "./attempts.ts";
import { confirmOutcome } from "./evidence.ts";
import type { Judgement } from "./evidence.ts";
import { sendsNothing } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { createLawRun, release } from "./law-runner.ts";
import type { Receipt } from "../money/receipt.ts";
import { maskOutcome } from "../secrets/mask-outcome.ts";
import { findUnmetPrecondition } from "../law/unmet-precondition.ts";
import type { BudgetLeft } from "../money/budget.ts";
import type { Coverage } from "./coverage.ts";
import type { Retries } from "../target/retry.ts";
import { outcomeOfThrown, skipped } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import type { SecretMask } from "../secrets/secret-mask.ts";
import { createSessionParts, usualCreatesMax } from "./session-parts.ts";
import type { SessionOptions, SessionParts } from "./session-parts.ts";
import { judgePassive } from "./passive.ts";
import { isSuccess } from "../target/exchange.ts";
import { Unjudged } from "../law/unjudged.ts";
import { orderForBudget } from "../law/law-order.ts";
import { worstVerdict } from "../law/verdict.ts";
import { applyWaivers } from "./waiver.ts";
import { judgeWindow } from "./window.ts";
import { requireSessionOptions, requireTarget } from "./option-rules.ts";

export type { SessionOptions } from "./session-parts.ts";

/** Judges laws on one target, one after the other, and cleans up after itself. */
export type Session = {
  /** The order in which to judge laws: as they stand, or the most binding first where not all fit the budget. */
  readonly order: (laws: readonly Law[]) => Promise<readonly Law[]>;
  /** Whether a law lacks what the run may learn on its way: a quota, from a create that is refused. */
  readonly isForLater: (law: Law) => boolean;
  /** Judges one law. A breach is judged again before it is reported; secrets are masked in what comes back. */
  readonly judge: (law: Law) => Promise<LawOutcome>;
  /** Judges laws that wait, all in one stretch of time, as far as they fit the budget; the rest in the next one. */
  readonly judgeWaiting: (laws: readonly Law[]) => Promise<ReadonlyMap<Law, LawOutcome>>;
  /**
   * Judges passive laws over all that was said so far. Call it when the other laws are judged.
   *
   * @param own - what those came to that are judged by themselves too: the worse of both is handed back
   */
  readonly judgeRecording: (
    laws: readonly Law[],
    own: ReadonlyMap<Law, LawOutcome>,
  ) => Promise<ReadonlyMap<Law, LawOutcome>>;
  /** Ends every sandbox that the session made, where the contract has a way to. */
  readonly close: () => Promise<Receipt>;
  readonly mask: SecretMask;
  /** What has been exercised so far. */
  readonly coverage: () => Coverage;
  readonly budgetLeft: () => BudgetLeft;
  /** How often requests were sent again so far, because of transient failures. */
  readonly askedAgain: () => Retries;
  readonly clockMovedMs: () => number;
};

/**
 * Creates a session. Nothing is sent before the first law is judged.
 *
 * @throws {@link ContractError} `CONFIG_INVALID` for an option that is misspelt, or of another type
 */
export function createSession(options: SessionOptions): Session {
  requireSessionOptions("createSession", options);
  requireTarget("createSession", options.target);
  const parts = createSessionParts(options);
  const { clock, mask, cleanup, coverage, budget } = parts;
  const finish = (law: Law, outcome: UntimedOutcome, durationMs: number): LawOutcome => {
    const waived = applyWaivers({ ...outcome, durationMs }, { law, waivers: parts.waivers, nowMs: clock.now() });
    return maskOutcome(mask, waived);
  };
  const timed = async (law: Law, judge: () => Promise<UntimedOutcome>): Promise<LawOutcome> => {
    const startedAtMs = clock.now();
    const outcome = await judge().catch(outcomeOfThrown);
    return finish(law, outcome, clock.now() - startedAtMs);
  };
  const judgeTogether = async (
    laws: readonly Law[],
    judge: (open: readonly Law[]) => Promise<ReadonlyMap<Law, UntimedOutcome>>,
  ) => {
    const outcomes = new Map<Law, LawOutcome>();
    const open: Law[] = [];
    for (const law of laws) {
      const unmet = await unmetOf(parts, law).catch(outcomeOfThrown);
      if (unmet === undefined) open.push(law);
      else outcomes.set(law, finish(law, unmet, 0));
    }
    const startedAtMs = clock.now();
    for (const [law, outcome] of await judge(open)) {
      outcomes.set(law, finish(law, outcome, clock.now() - startedAtMs));
    }
    return outcomes;
  };
  const judged = new Map<string, Law>(); // by id
  const judgeWaiting = (laws: readonly Law[]) => {
    for (const law of laws) judged.set(law.id, law);
    return judgeTogether(laws, (open) => judgeWindow(parts, open, options.path));
  };
  /** Has the recording of the run show once more what a law sends. */
  const repeat = async (id: string) => {
    const law = judged.get(id);
    if (law === undefined)
      throw new Unjudged("no-sandbox", "what the run sends for itself is not sent again for a law");
    if (law.window === undefined) await judgeOnce(parts, law, undefined);
    else await judgeWindow(parts, [law], undefined);
  };
  return {
    order: async (laws) => {
      if (laws.some(mayTakeTime)) await parts.time.prepare();
      const judged = laws.filter((law) => findUnmetPrecondition(law, parts) === undefined);
      return orderForBudget(laws, { judged, createsMax: options.createsMax ?? usualCreatesMax });
    },
    isForLater: ({ needs }) => parts.quota() === undefined && needs.includes("quota"),
    judge: async (law) => {
      judged.set(law.id, law);
      if (law.window !== undefined) return (await judgeWaiting([law])).get(law)!;
      return timed(law, async () => (await unmetOf(parts, law)) ?? judgeChecked(parts, law, options.path));
    },
    judgeWaiting,
    judgeRecording: async (laws, own) => {
      const recorded = await judgeTogether(laws, (open) => judgePassive(parts, open, repeat));
      return new Map([...recorded].map(([law, outcome]) => [law, worseOf(own.get(law), outcome)]));
    },
    close: cleanup.close,
    mask,
    coverage: coverage.total,
    budgetLeft: budget.left,
    askedAgain: parts.transport.askedAgain,
    clockMovedMs: parts.time.movedMs,
  };
}

/** What keeps a law from being judged, found out with as little as can be sent. */
async function unmetOf(parts: SessionParts, law: Law): Promise<UntimedOutcome | undefined> {
  if (mayTakeTime(law)) await parts.time.prepare();
  const unmet =
    findUnmetPrecondition(law, parts) ?? (sendsNothing(law) ? undefined : await findMissingCompanion(law, parts));
  // What a law measures is not to hold the time that this takes.
  if (unmet === undefined && mayCreate(law, parts)) await parts.transport.account.open();
  if (unmet === undefined) return undefined;
  const { cause, reason, flag } = unmet;
  return { ...skipped(cause, reason), ...(flag === undefined ? {} : { flag }) };
}

function worseOf(own: LawOutcome | undefined, recorded: LawOutcome): LawOutcome {
  if (own === undefined) return recorded;
  return worstVerdict([own.verdict, recorded.verdict]) === own.verdict ? own : recorded;
}

function mayCreate({ operations, sandboxes }: Law, { contract }: SessionParts): boolean {
  const { shared, fresh, creates } = sandboxes;
  return shared + fresh + creates > 0 || operations.includes(contract.create.operation);
}

function mayTakeTime({ needs, window, waitsMs = 0 }: Law): boolean {
  return window !== undefined || waitsMs > 0 || needs.includes("waiting") || needs.includes("clock-control");
}

async function judgeOnce(parts: SessionParts, law: Law, path: string | undefined): Promise<Judgement> {
  const { run, exchanges, delayedMs } = createLawRun(parts, law, path);
  try {
    const breach = await law.check?.(run);
    if (breach !== undefined) discardIfDisturbed(parts, breach, exchanges);
    return { law, breach, exchanges, delayedMs: delayedMs() };
  } finally {
    await release(parts, [law]);
  }
}

async function judgeChecked(parts: SessionParts, law: Law, path: string | undefined): Promise<UntimedOutcome> {
  const judge = (replay: string | undefined) => judgeOnce(parts, law, replay);
  if (law.check === undefined) return { verdict: "error", reason: "the law has no check" };
  return inAttempts(async () => confirmOutcome(parts, await judge(path), (breach) => judge(breach.path ?? path)));
}

// To make another one leaves the shared ones as they are.
function discardIfDisturbed(
  { pool, contract }: SessionParts,
  { exchange }: Breach,
  exchanges: readonly Exchange[],
): void {
  const changed = [...exchanges, ...(exchange === undefined ? [] : [exchange])].some(
    (seen) => seen.request.method !== "GET" && seen.operation !== contract.create.operation && isSuccess(seen),
  );
  if (changed) pool.discard();
}
