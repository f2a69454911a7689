import { attemptsMax } from "./attempts.ts";
import type { Breach } from "../law/breach.ts";
import { assertNoTransientFailure, confirmOutcome } from "./evidence.ts";
import type { Judgement } from "./evidence.ts";
import type { Law, WaitingStep } from "../law/law.ts";
import { createLawRun, release } from "./law-runner.ts";
import type { TracedRun } from "./law-runner.ts";
import { outcomeOfThrown } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import { sharedPurpose } from "./session-parts.ts";
import type { SessionParts } from "./session-parts.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** What came of one law in one window: a judgement, or what kept it from one. */
type Looked = Judgement | { readonly thrown: unknown };

/**
 * Judges laws that wait: sets all of them up, lets time pass once, and looks at each at its time. Laws that found no room
 * for their sandboxes wait for the next window. Breaches are judged again together, in a window of their own.
 */
export async function judgeWindow(
  parts: SessionParts,
  laws: readonly Law[],
  path: string | undefined,
): Promise<ReadonlyMap<Law, UntimedOutcome>> {
  await makeRoom(parts);
  const looked = await lookAtAll(parts, laws, path);
  const broken = [...looked].flatMap(([law, seen]) => ("breach" in seen && seen.breach !== undefined ? [law] : []));
  const again = broken.length === 0 ? new Map<Law, Looked>() : await lookAtAll(parts, broken, path);
  const outcomes = new Map<Law, UntimedOutcome>();
  for (const [law, first] of looked) outcomes.set(law, await outcomeOf(parts, { law, first, second: again.get(law) }));
  return outcomes;
}

async function outcomeOf(
  parts: SessionParts,
  { law, first, second }: { readonly law: Law; readonly first: Looked; readonly second: Looked | undefined },
): Promise<UntimedOutcome> {
  if ("thrown" in first) return outcomeOfThrown(first.thrown);
  let ready = second;
  try {
    return await confirmOutcome(parts, first, async ({ path }) => {
      const next = ready ?? (await lookAtAll(parts, [law], path)).get(law)!;
      ready = undefined;
      if ("thrown" in next) throw next.thrown;
      return next;
    });
  } catch (error) {
    return outcomeOfThrown(error);
  }
}

/**
 * Windows until each law was looked at. A law that the target was not up to is set up again in the next one, a few times;
 * each window judges a law for good or takes one of its attempts, so there are no more than attempts of all laws.
 */
async function lookAtAll(parts: SessionParts, laws: readonly Law[], path: string | undefined) {
  const looked = new Map<Law, Looked>();
  const attempts = new Map<Law, number>();
  let left = laws;
  while (left.length > 0) {
    const { seen, postponed } = await lookAtSome(parts, left, path);
    const again: Law[] = [];
    for (const [law, judgement] of seen) {
      const begun = (attempts.get(law) ?? 0) + 1;
      attempts.set(law, begun);
      if (begun < attemptsMax && isTransient(judgement)) again.push(law);
      else looked.set(law, judgement);
    }
    left = [...postponed, ...again];
  }
  return looked;
}

/** Whether the next window may well go better. */
function isTransient(looked: Looked): boolean {
  if ("thrown" in looked) return looked.thrown instanceof TransientFailure && looked.thrown.mayPass;
  try {
    assertNoTransientFailure(looked);
    return false;
  } catch {
    return true;
  }
}

type Waiting = { readonly law: Law; readonly steps: readonly WaitingStep[]; readonly traced: TracedRun };

async function lookAtSome(parts: SessionParts, laws: readonly Law[], path: string | undefined) {
  const seen = new Map<Law, Looked>();
  const waiting: Waiting[] = [];
  const postponed: Law[] = [];
  let round = {};
  for (const law of laws) {
    const traced = createLawRun(parts, law, path, round);
    try {
      waiting.push({ law, steps: (await law.window?.(traced.run)) ?? [], traced });
    } catch (thrown) {
      // Without room now, with room when the others are done: unless no other law takes any.
      const waitsForRoom = isForRoom(parts, thrown);
      if (waitsForRoom && waiting.length > 0) postponed.push(law);
      else seen.set(law, { thrown });
      // What it made stays, since those after it may share it: unless its room is needed.
      if (!waitsForRoom || !hasMade(parts, law)) continue;
      await release(parts, [law]);
      round = {};
    }
  }
  for (const [law, judgement] of await passAndLook(parts, waiting)) seen.set(law, judgement);
  await release(parts, laws);
  return { seen, postponed };
}

function hasMade({ ledger }: SessionParts, { id }: Law): boolean {
  return ledger.alive().some(({ purpose }) => purpose === id);
}

/** Whether a place is missing that another law of the window will give back: in the budget, or in the target's quota. */
function isForRoom({ budget, contract }: SessionParts, thrown: unknown): boolean {
  if (thrown instanceof TransientFailure && thrown.exchange !== undefined) {
    return contract.create.quotaIn?.(thrown.exchange) !== undefined;
  }
  return thrown instanceof Unjudged && thrown.skipCause === "budget" && budget.left().creates > 0;
}

async function passAndLook({ time }: SessionParts, waiting: readonly Waiting[]): Promise<ReadonlyMap<Law, Looked>> {
  const thrown = new Map<Law, { readonly thrown: unknown }>();
  const breaches = new Map<Law, Breach>();
  const looks = waiting.flatMap(({ law, steps }) => steps.map((step) => ({ law, step })));
  for (const { law, step } of looks.toSorted((one, other) => one.step.untilMs - other.step.untilMs)) {
    if (thrown.has(law) || breaches.has(law)) continue;
    try {
      await time.pass(step.untilMs - time.now());
      const breach = await step.judge();
      if (breach !== undefined) breaches.set(law, breach);
    } catch (error) {
      thrown.set(law, { thrown: error });
    }
  }
  return new Map(
    waiting.map(({ law, traced: { exchanges, delayedMs } }): [Law, Looked] => [
      law,
      thrown.get(law) ?? { law, breach: breaches.get(law), exchanges, delayedMs: delayedMs() },
    ]),
  );
}

/** Shared sandboxes would take up room, and may well run out while time passes. */
async function makeRoom({ pool, cleanup, ledger }: SessionParts): Promise<void> {
  pool.discard();
  await cleanup.release(ledger.alive().filter(({ purpose }) => purpose === sharedPurpose));
}
