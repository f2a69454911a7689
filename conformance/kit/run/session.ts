import type { LawOutcome } from "../law/law-outcome.ts";
import { findMissingCompanion } from "./companion-probe.ts";
import { sendsNothing, waits } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import type { Receipt } from "../money/receipt.ts";
import { maskOutcome } from "../secrets/mask-outcome.ts";
import { findUnmetPrecondition } from "./unmet-precondition.ts";
import type { BudgetLeft } from "../money/budget.ts";
import type { Coverage } from "./coverage.ts";
import type { Retries } from "../target/retry.ts";
import { outcomeOfThrown, skipped } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import type { SecretMask } from "../secrets/secret-mask.ts";
import { createSessionParts } from "./session-parts.ts";
import { usualCreates } from "./usual-limits.ts";
import type { SessionOptions, SessionParts } from "./session-parts.ts";
import { attemptAgain, judgeBeside, judgeLaw, judgeLaws } from "./judge-laws.ts";
import { claimOf, hasRoom, orderForLanes } from "./claim.ts";
import { sideBySide } from "./side-by-side.ts";
import type { Progress, Begun } from "./side-by-side.ts";
import { judgePassive } from "./passive.ts";
import { Unjudged } from "../law/unjudged.ts";
import { countSandboxes, orderForBudget } from "./law-order.ts";
import { worstVerdict } from "../law/verdict.ts";
import { applyWaivers, createsBeyondUsual } from "./waiver.ts";
import { requireSessionOptions, requireTarget } from "./option-rules.ts";

export type { SessionOptions } from "./session-parts.ts";

/** Laws that are judged each by itself, or together: all of them by their checks, or all of them over the recording of the run. */
export type LawGroup = {
  readonly laws: readonly Law[];
  readonly isEach?: boolean;
  readonly isOfRecording?: boolean;
};

/** Judges laws on one target, one group after the other, and cleans up after itself. */
export type Session = {
  /** The order in which to judge laws: as they stand, or the most binding first where not all fit the budget. */
  readonly order: (laws: readonly Law[]) => Promise<readonly Law[]>;
  /**
   * In which groups to judge laws: each by itself, then those that wait together, then those for which the run may learn
   * something on its way (a quota, from a create that is refused), or which look at what others have left, then those that read
   * the whole recording.
   */
  readonly groups: (laws: readonly Law[]) => readonly LawGroup[];
  /**
   * Judges laws together. A breach is judged again before it is reported; secrets are masked in what comes back. Over the
   * recording, laws come to the worse of what they came to before, and those that have failed are not judged once more.
   */
  readonly judge: (group: LawGroup) => Promise<ReadonlyMap<Law, LawOutcome>>;
  /**
   * Judges laws each by itself, side by side as far as they do not disturb each other, and tells of each when it is begun and
   * what it comes to.
   *
   * @param isOver - whether no further law is to be begun
   */
  readonly judgeEach: (laws: readonly Law[], isOver: () => boolean) => AsyncGenerator<Progress<Law, LawOutcome>>;
  /** What laws have come to that wait to be judged over the recording. */
  readonly held: () => ReadonlyMap<Law, LawOutcome>;
  /** Ends every sandbox that the session made, where the contract has a way to. */
  readonly close: () => Promise<Receipt>;
  readonly mask: SecretMask;
  readonly concurrency: number;
  /** What has been exercised so far. */
  readonly coverage: () => Coverage;
  readonly budgetLeft: () => BudgetLeft;
  /** How often requests were sent again so far, because of transient failures. */
  readonly askedAgain: () => Retries;
  /** How many requests were sent so far, to clean up among them. */
  readonly requests: () => number;
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
  const { path } = options;
  const parts = createSessionParts(options);
  const { clock, mask, coverage, budget, ledger, concurrency } = parts;
  const finish = (law: Law, outcome: UntimedOutcome, durationMs: number): LawOutcome => {
    const waived = applyWaivers({ ...outcome, durationMs }, { law, waivers: parts.waivers, nowMs: clock.now() });
    return maskOutcome(mask, waived);
  };
  const judged = new Map<string, Law>(); // by id
  /** Laws that are still to be judged, for which creates are kept. */
  const toCome = new Set<Law>();
  /** Laws that are judged beside others. */
  const { beside } = parts;
  /** What laws came to by their checks that are judged over the recording as well. */
  const held = new Map<Law, LawOutcome>();
  const failed = new Set<Law>();
  /** Whether the budget is too small for all laws: then those that bind most have what they need before others begin. */
  let isTight = false;
  /** Has the recording of the run show once more what a law sends. */
  const repeat = async (id: string) => {
    const law = judged.get(id);
    if (law === undefined)
      throw new Unjudged("no-sandbox", "what the run sends for itself is not sent again for a law");
    const attempted = (await attemptAgain(parts, [law], () => undefined)).get(law)!;
    if ("thrown" in attempted) throw attempted.thrown;
  };
  /** The creates that others than this law still need. */
  budget.setAside((purpose) => {
    const others = [...beside].filter(({ id }) => id !== purpose);
    const rest = new Set([...toCome, ...others]);
    const made = others.reduce((sum, { id }) => sum + ledger.createsFor(id), 0);
    const begun = [...judged.values()].filter((law) => !rest.has(law));
    return Math.max(0, countSandboxes([...rest], begun).creates - made);
  });
  const begin = async (law: Law): Promise<Begun<LawOutcome>> => {
    const startedAtMs = clock.now();
    const end = (outcome: UntimedOutcome) => note(law, finish(law, outcome, clock.now() - startedAtMs));
    judged.set(law.id, law);
    toCome.delete(law);
    beside.add(law);
    try {
      const unmet = await unmetOf(parts, law).catch(outcomeOfThrown);
      if (unmet !== undefined) return { result: note(law, finish(law, unmet, 0)) };
      if (claimOf(parts, law) === undefined || path !== undefined)
        return { alone: async () => end(await judgeLaw(parts, law, path)) };
      const step = await judgeBeside(parts, law);
      return "alone" in step ? { alone: async () => end(await step.alone()) } : { result: end(step.result) };
    } finally {
      beside.delete(law);
    }
  };
  /** Takes note of what a law came to by its check. */
  const note = (law: Law, outcome: LawOutcome): LawOutcome => {
    if (outcome.verdict === "fail") failed.add(law);
    else if (law.passive !== undefined) held.set(law, outcome);
    return outcome;
  };
  const judge = async ({ laws, isOfRecording = false }: LawGroup) => {
    const outcomes = new Map<Law, LawOutcome>();
    const open: Law[] = [];
    for (const law of laws) {
      judged.set(law.id, law);
      toCome.delete(law);
      const unmet = await unmetOf(parts, law).catch(outcomeOfThrown);
      if (unmet === undefined) open.push(law);
      else outcomes.set(law, finish(law, unmet, 0));
    }
    const startedAtMs = clock.now();
    const judgeOpen = isOfRecording ? judgePassive(parts, open, repeat) : judgeLaws(parts, open, path);
    for (const [law, outcome] of await judgeOpen) outcomes.set(law, finish(law, outcome, clock.now() - startedAtMs));
    return outcomes;
  };
  return {
    order: async (laws) => {
      if (laws.some(mayTakeTime)) await parts.time.prepare();
      const judged = laws.filter((law) => findUnmetPrecondition(law, parts) === undefined);
      if (options.createsMax === undefined)
        budget.widen(usualCreates(countSandboxes(judged).creates) + createsBeyondUsual(parts.waivers, judged));
      for (const law of judged) toCome.add(law);
      isTight = countSandboxes(judged).creates > budget.createsMax();
      return orderForBudget(laws, { judged, createsMax: budget.createsMax() });
    },
    groups: (laws) => {
      const alone = laws.filter((law) => !waits(law) && !sendsNothing(law));
      const isForLater = ({ needs, isAfterOthers = false }: Law) =>
        isAfterOthers || (parts.quota() === undefined && needs.includes("quota"));
      const later = alone.filter(isForLater);
      return [
        { laws: alone.filter((law) => !later.includes(law)), isEach: true },
        { laws: laws.filter((law) => waits(law) && !sendsNothing(law)) },
        { laws: later, isEach: true },
        { laws: laws.filter(({ passive }) => passive !== undefined), isOfRecording: true },
      ].filter((group) => group.laws.length > 0);
    },
    judge: async ({ laws, isOfRecording = false }) => {
      if (isOfRecording) {
        const outcomes = await judge({ laws: laws.filter((law) => !failed.has(law)), isOfRecording });
        const worse = [...outcomes].map(([law, outcome]): [Law, LawOutcome] => [law, worseOf(held.get(law), outcome)]);
        held.clear();
        return new Map(worse);
      }
      const outcomes = await judge({ laws });
      for (const [law, outcome] of outcomes) note(law, outcome);
      return outcomes;
    },
    judgeEach: (laws, isOver) => {
      const open = new Set(laws);
      const beginEach = async (law: Law) => {
        const step = await begin(law);
        open.delete(law);
        // Their places are for those that are left, which look at fewer.
        const shared = Math.max(0, ...[...open].map(({ sandboxes }) => sandboxes.shared));
        if (concurrency > 1 && shared < law.sandboxes.shared) await parts.makeRoom(undefined, shared);
        return step;
      };
      // Where lists settle, time is moved for all.
      const isAlone = () => isTight || (parts.time.controlled && parts.lists.lagMs() > 0);
      return sideBySide(concurrency === 1 || isTight ? laws : orderForLanes(parts, laws), {
        atOnceMax: () => (isAlone() ? 1 : parts.lanes.forLaws()),
        claimOf: (law) => claimOf(parts, law),
        hasRoom: (claims) => hasRoom(parts, claims),
        begin: beginEach,
        isOver,
      });
    },
    held: () => held,
    close: async () => {
      await parts.receivers.close();
      return parts.transport.close();
    },
    mask,
    concurrency,
    coverage: coverage.total,
    budgetLeft: budget.left,
    askedAgain: parts.transport.askedAgain,
    requests: () => parts.recording.requests,
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

function mayTakeTime({ needs, waitsMs = 0, movesTime = false }: Law): boolean {
  return movesTime || waitsMs > 0 || needs.includes("waiting") || needs.includes("clock-control");
}
