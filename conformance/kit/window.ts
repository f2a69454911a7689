import { confirmOutcome } from "./evidence.ts";
import type { Judgement } from "./evidence.ts";
import type { Law, WaitingStep } from "./law.ts";
import { createLawRun, release } from "./law-runner.ts";
import { outcomeOfThrown } from "./outcome.ts";
import type { UntimedOutcome } from "./outcome.ts";
import { sharedPurpose } from "./session-parts.ts";
import type { SessionParts } from "./session-parts.ts";
import { Unjudged } from "./unjudged.ts";

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

/** Windows until each law was looked at. Each judges at least one, so there are at most as many as laws. */
async function lookAtAll(parts: SessionParts, laws: readonly Law[], path: string | undefined) {
  const looked = new Map<Law, Looked>();
  let left = laws;
  while (left.length > 0) {
    const { seen, postponed } = await lookAtSome(parts, left, path);
    for (const [law, judgement] of seen) looked.set(law, judgement);
    left = postponed;
  }
  return looked;
}

type Waiting = { readonly law: Law; readonly steps: readonly WaitingStep[]; readonly judgement: () => Looked };

async function lookAtSome(parts: SessionParts, laws: readonly Law[], path: string | undefined) {
  const seen = new Map<Law, Looked>();
  const waiting: Waiting[] = [];
  const postponed: Law[] = [];
  for (const law of laws) {
    const { run, exchanges } = createLawRun(parts, law, path);
    try {
      const steps = (await law.window?.(run)) ?? [];
      waiting.push({ law, steps, judgement: () => ({ law, breach: undefined, exchanges }) });
    } catch (thrown) {
      await release(parts, [law]);
      // Without room now, with room when the others are done: unless nobody else takes any.
      if (isForRoom(parts, thrown) && waiting.length > 0) postponed.push(law);
      else seen.set(law, { thrown });
    }
  }
  for (const [law, judgement] of await passAndLook(parts, waiting)) seen.set(law, judgement);
  await release(parts, laws);
  return { seen, postponed };
}

function isForRoom({ budget }: SessionParts, thrown: unknown): boolean {
  return thrown instanceof Unjudged && thrown.skipCause === "budget" && budget.left().creates > 0;
}

async function passAndLook({ time }: SessionParts, waiting: readonly Waiting[]): Promise<ReadonlyMap<Law, Looked>> {
  const looked = new Map<Law, Looked>(waiting.map(({ law, judgement }) => [law, judgement()]));
  const looks = waiting.flatMap((item) => item.steps.map((step) => ({ ...item, step })));
  for (const { law, step } of looks.toSorted((one, other) => one.step.untilMs - other.step.untilMs)) {
    const before = looked.get(law)!;
    if ("thrown" in before || before.breach !== undefined) continue;
    try {
      await time.pass(step.untilMs - time.now());
      looked.set(law, { ...before, breach: await step.judge() });
    } catch (thrown) {
      looked.set(law, { thrown });
    }
  }
  return looked;
}

/** Shared sandboxes would take up room, and may well run out while time passes. */
async function makeRoom({ pool, cleanup, ledger }: SessionParts): Promise<void> {
  pool.discard();
  await cleanup.release(ledger.alive().filter(({ purpose }) => purpose === sharedPurpose));
}
