import { attemptsMax } from "./attempts.ts";
import type { Breach } from "../law/case.ts";
import { assertNoTransientFailure, confirmAll } from "./confirm.ts";
import type { Attempted } from "./confirm.ts";
import { waits } from "../law/law.ts";
import type { LaterLook, Law } from "../law/law.ts";
import { createLawRun, release } from "./law-runner.ts";
import type { TracedRun } from "./law-runner.ts";
import type { UntimedOutcome } from "./outcome.ts";
import { each } from "../target/each.ts";
import { forgetShared } from "./scenario.ts";
import type { ScenarioStore } from "./scenario.ts";
import type { SessionParts } from "./session-parts.ts";
import type { Begun } from "./side-by-side.ts";
import { isSuccess } from "../law/exchange.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/**
 * Judges laws together: runs the check of each, lets time pass once for all looks that are to be made later, and makes each
 * look at its time. Breaches are judged again together.
 *
 * @param path - replays one counterexample of the law that is judged
 */
export async function judgeLaws(
  parts: SessionParts,
  laws: readonly Law[],
  path?: string,
): Promise<ReadonlyMap<Law, UntimedOutcome>> {
  // Shared sandboxes may well run out while time passes, and take places in a quota.
  if (laws.some(takesRoom)) await parts.makeRoom();
  const first = await attemptAll(parts, laws, () => path);
  const replayOf = (law: Law) => pathOf(first.get(law)) ?? path;
  const judgeAgain = (broken: readonly Law[]) => attemptAgain(parts, broken, replayOf);
  return confirmAll(parts, { laws, first, judgeAgain });
}

function takesRoom(law: Law): boolean {
  return waits(law) || (law.movesTime === true && law.sandboxes.shared === 0) || law.needs.includes("quota");
}

/**
 * Judges one law beside others, as far as that goes: what it saw is looked for again, and what found no room is tried again, while
 * nothing else is under way.
 */
export async function judgeBeside(parts: SessionParts, law: Law): Promise<Begun<UntimedOutcome>> {
  const first = await attemptAll(parts, [law], () => undefined);
  const seen = first.get(law)!;
  if ("thrown" in seen && isForRoom(parts, seen.thrown)) return { alone: () => judgeLaw(parts, law) };
  const judgeAgain = (broken: readonly Law[]) => attemptAgain(parts, broken, () => pathOf(seen));
  const settle = async () => (await confirmAll(parts, { laws: [law], first, judgeAgain })).get(law)!;
  const isBroken = !("thrown" in seen) && seen.breach !== undefined;
  return isBroken ? { alone: settle } : { result: await settle() };
}

/** Judges one law while nothing else is under way. */
export async function judgeLaw(parts: SessionParts, law: Law, path?: string): Promise<UntimedOutcome> {
  return (await judgeLaws(parts, [law], path)).get(law)!;
}

function pathOf(attempted: Attempted | undefined): string | undefined {
  return attempted === undefined || "thrown" in attempted ? undefined : attempted.breach?.path;
}

/** Judges laws again that have been judged before, with creates that no law still needs. */
export function attemptAgain(parts: SessionParts, laws: readonly Law[], replayOf: ReplayOf) {
  return parts.budget.optional(() => parts.lanes.again(() => attemptAll(parts, laws, replayOf)));
}

type ReplayOf = (law: Law) => string | undefined;

/**
 * Tries each law until it is judged: one that met a transient failure a few times, one that found no room for its sandboxes
 * with the next that do. Each round judges a law for good or takes one of its attempts, so there are no more than those.
 */
async function attemptAll(parts: SessionParts, laws: readonly Law[], replayOf: ReplayOf) {
  const judged = new Map<Law, Attempted>();
  const attempts = new Map<Law, number>();
  let left = laws;
  let atOnceMax = parts.concurrency;
  while (left.length > 0) {
    const { seen, postponed, isCrowded } = await attemptOnce(parts, left, { replayOf, atOnceMax });
    if (isCrowded) atOnceMax = 1;
    const again: Law[] = [];
    for (const [law, attempted] of seen) {
      const count = (attempts.get(law) ?? 0) + 1;
      attempts.set(law, count);
      if (count < attemptsMax && mayPass(attempted)) again.push(law);
      else judged.set(law, attempted);
    }
    left = [...postponed, ...again];
  }
  return judged;
}

/** Whether the next attempt may well go better. */
function mayPass(attempted: Attempted): boolean {
  return "thrown" in attempted && attempted.thrown instanceof TransientFailure && attempted.thrown.mayPass;
}

type Waiting = { readonly law: Law; readonly looks: readonly LaterLook[]; readonly traced: TracedRun };

/** Tries each law once. Laws that are set up at once may leave each other no room: `isCrowded`. */
async function attemptOnce(
  parts: SessionParts,
  laws: readonly Law[],
  { replayOf, atOnceMax }: { readonly replayOf: (law: Law) => string | undefined; readonly atOnceMax: number },
) {
  const seen = new Map<Law, Attempted>();
  const waiting: Waiting[] = [];
  const noRoom = new Map<Law, Attempted>();
  let window: ScenarioStore = new Map();
  const attempt = async (law: Law) => {
    const traced = createLawRun(parts, law, replayOf(law), window);
    if (law.sandboxes.shared > 0) parts.lookers.set(law.id, law.sandboxes.shared);
    try {
      if (law.check === undefined) throw new Error("the law has no check");
      const found = await law.check(traced.run);
      if (isLater(found)) waiting.push({ law, looks: found, traced });
      else seen.set(law, judgementOf(parts, law, found, traced));
    } catch (thrown) {
      const waitsForRoom = isForRoom(parts, thrown);
      (waitsForRoom ? noRoom : seen).set(law, { thrown });
      // What it made stays, since those after it may share it: unless its room is needed.
      if (!waitsForRoom || !hasMade(parts, law)) return;
      await release(parts, [law]);
      window = new Map();
    }
  };
  await each(laws, attempt, { atOnceMax });
  // Without room now, with room when the others are done: unless no other law takes any.
  const isCrowded = waiting.length === 0 && atOnceMax > 1 && noRoom.size > 1;
  const postponed = waiting.length > 0 || isCrowded ? [...noRoom.keys()] : [];
  if (postponed.length === 0) for (const [law, attempted] of noRoom) seen.set(law, attempted);
  for (const [law, attempted] of await passAndLook(parts, waiting)) seen.set(law, attempted);
  for (const { id } of laws) parts.lookers.delete(id);
  await release(parts, laws);
  return { seen, postponed, isCrowded };
}

function isLater(found: Breach | readonly LaterLook[] | undefined): found is readonly LaterLook[] {
  return Array.isArray(found);
}

/** A breach that a transient failure may have caused counts as none. */
function judgementOf(parts: SessionParts, law: Law, breach: Breach | undefined, traced: TracedRun): Attempted {
  const { exchanges, delayedMs } = traced;
  const judgement = { law, breach, exchanges, delayedMs: delayedMs() };
  if (breach !== undefined) forgetDisturbed(parts, breach, traced);
  try {
    assertNoTransientFailure(judgement);
    return judgement;
  } catch (thrown) {
    return { thrown };
  }
}

// To make another one leaves the shared ones as they are.
function forgetDisturbed({ scenarios, contract }: SessionParts, { exchange }: Breach, { exchanges }: TracedRun): void {
  const changed = [...exchanges, ...(exchange === undefined ? [] : [exchange])].some(
    (seen) => seen.request.method !== "GET" && seen.operation !== contract.create.operation && isSuccess(seen),
  );
  if (changed) forgetShared(scenarios);
}

function hasMade({ ledger }: SessionParts, { id }: Law): boolean {
  return ledger.alive().some(({ purpose }) => purpose === id);
}

/** Whether a place is missing that another law will give back: in the budget, or in the target's quota. */
function isForRoom({ budget, contract }: SessionParts, thrown: unknown): boolean {
  if (thrown instanceof TransientFailure && thrown.exchange !== undefined) {
    return contract.create.quotaIn?.(thrown.exchange) !== undefined;
  }
  return thrown instanceof Unjudged && thrown.skipCause === "budget" && budget.left().creates > 0;
}

type Look = { readonly law: Law; readonly look: LaterLook };

/** Makes looks in the order of their times: those that are due side by side, unless one has to wait for those before it. */
async function passAndLook(parts: SessionParts, waiting: readonly Waiting[]): Promise<ReadonlyMap<Law, Attempted>> {
  const { time } = parts;
  const thrown = new Map<Law, { readonly thrown: unknown }>();
  const breaches = new Map<Law, Breach>();
  const isOver = ({ law }: Look) => thrown.has(law) || breaches.has(law);
  const note = async (law: Law, act: () => Promise<Breach | undefined>) => {
    const breach = await act().catch((error: unknown) => void thrown.set(law, { thrown: error }));
    if (breach !== undefined) breaches.set(law, breach);
  };
  const lookInTurn = async (looks: readonly Look[]) => {
    for (const { law, look } of looks) if (!isOver({ law, look })) await note(law, look.judge);
  };
  const all = waiting.flatMap(({ law, looks: own }) => own.map((look) => ({ law, look })));
  let open: readonly Look[] = all.toSorted((one, other) => one.look.untilMs - other.look.untilMs);
  while (open.length > 0) {
    const [{ law, look }] = open as [Look];
    await note(law, async () => void (await time.pass(look.untilMs - time.now())));
    const due = dueOf(open, parts.concurrency === 1 ? -Infinity : time.now());
    await each([...Map.groupBy(due, (each) => each.law).values()], lookInTurn, { atOnceMax: parts.concurrency });
    open = open.slice(due.length).filter((each) => !isOver(each));
  }
  return new Map(
    waiting.map(({ law, traced }) => [law, thrown.get(law) ?? judgementOf(parts, law, breaches.get(law), traced)]),
  );
}

/** The first look, and those after it that are due and may be made beside it. */
function dueOf(looks: readonly Look[], nowMs: number): readonly Look[] {
  const end = looks.findIndex(({ look }, at) => at > 0 && (look.isAfterOthers === true || look.untilMs > nowMs));
  return end === -1 ? looks : looks.slice(0, end);
}
