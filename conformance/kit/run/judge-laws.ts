import { attemptsMax } from "./attempts.ts";
import type { Breach } from "../law/case.ts";
import { assertNoTransientFailure, confirmAll } from "./confirm.ts";
import type { Attempted } from "./confirm.ts";
import { waits } from "../law/law.ts";
import type { LaterLook, Law } from "../law/law.ts";
import { createLawRun, release } from "./law-runner.ts";
import type { TracedRun } from "./law-runner.ts";
import type { UntimedOutcome } from "./outcome.ts";
import { forgetShared } from "./scenario.ts";
import type { ScenarioStore } from "./scenario.ts";
import type { SessionParts } from "./session-parts.ts";
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
  if (laws.some((law) => waits(law) || law.movesTime === true || law.needs.includes("quota"))) await parts.makeRoom();
  const first = await attemptAll(parts, laws, () => path);
  const replayOf = (law: Law) => {
    const attempted = first.get(law);
    return (attempted === undefined || "thrown" in attempted ? undefined : attempted.breach?.path) ?? path;
  };
  const judgeAgain = (broken: readonly Law[]) => parts.budget.optional(() => attemptAll(parts, broken, replayOf));
  return confirmAll(parts, { laws, first, judgeAgain });
}

/**
 * Tries each law until it is judged: one that met a transient failure a few times, one that found no room for its sandboxes
 * with the next that do. Each round judges a law for good or takes one of its attempts, so there are no more than those.
 */
export async function attemptAll(
  parts: SessionParts,
  laws: readonly Law[],
  replayOf: (law: Law) => string | undefined,
) {
  const judged = new Map<Law, Attempted>();
  const attempts = new Map<Law, number>();
  let left = laws;
  while (left.length > 0) {
    const { seen, postponed } = await attemptOnce(parts, left, replayOf);
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

async function attemptOnce(parts: SessionParts, laws: readonly Law[], replayOf: (law: Law) => string | undefined) {
  const seen = new Map<Law, Attempted>();
  const waiting: Waiting[] = [];
  const postponed: Law[] = [];
  let window: ScenarioStore = new Map();
  for (const law of laws) {
    const traced = createLawRun(parts, law, replayOf(law), window);
    try {
      if (law.check === undefined) throw new Error("the law has no check");
      const found = await law.check(traced.run);
      if (isLater(found)) waiting.push({ law, looks: found, traced });
      else seen.set(law, judgementOf(parts, law, found, traced));
    } catch (thrown) {
      // Without room now, with room when the others are done: unless no other law takes any.
      const waitsForRoom = isForRoom(parts, thrown);
      if (waitsForRoom && waiting.length > 0) postponed.push(law);
      else seen.set(law, { thrown });
      // What it made stays, since those after it may share it: unless its room is needed.
      if (!waitsForRoom || !hasMade(parts, law)) continue;
      await release(parts, [law]);
      window = new Map();
    }
  }
  for (const [law, attempted] of await passAndLook(parts, waiting)) seen.set(law, attempted);
  await release(parts, laws);
  return { seen, postponed };
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

async function passAndLook(parts: SessionParts, waiting: readonly Waiting[]): Promise<ReadonlyMap<Law, Attempted>> {
  const { time } = parts;
  const thrown = new Map<Law, { readonly thrown: unknown }>();
  const breaches = new Map<Law, Breach>();
  const looks = waiting.flatMap(({ law, looks: own }) => own.map((look) => ({ law, look })));
  for (const { law, look } of looks.toSorted((one, other) => one.look.untilMs - other.look.untilMs)) {
    if (thrown.has(law) || breaches.has(law)) continue;
    try {
      await time.pass(look.untilMs - time.now());
      const breach = await look.judge();
      if (breach !== undefined) breaches.set(law, breach);
    } catch (error) {
      thrown.set(law, { thrown: error });
    }
  }
  return new Map(
    waiting.map(({ law, traced }) => [law, thrown.get(law) ?? judgementOf(parts, law, breaches.get(law), traced)]),
  );
}
