import type { Breach } from "../kit/law/case.ts";
import type { Exchange, Span } from "../kit/law/exchange.ts";
import { isSuccess } from "../kit/law/exchange.ts";
import type { Law, LaterLook } from "../kit/law/law.ts";
import { noSandboxes } from "../kit/law/law.ts";
import type { LawRun, Scenario } from "../kit/law/law-run.ts";
import type { JsonObject } from "../kit/law/schema.ts";
import { clockReading, judgeDeadline } from "../kit/target/timing.ts";
import type { TimingVerdict } from "../kit/target/timing.ts";
import { get } from "./calls.ts";
import { needs, needsSuccess } from "../kit/law/precondition.ts";
import { answered, stateIn } from "./readings.ts";
import type { ScenarioLawHead } from "../kit/law/families/scenario.ts";

/** Seconds of idleness that laws ask for: as short as leaves room for slow answers. */
export const timeout = 2;
export const timeoutMs = timeout * 1000;

/** How long before its time a sandbox is looked at to see that it is not early, and how long after it to see that it is not late. */
const earlyMs = 800;
export const lateMs = 1_500;

/** How late is still in time. The rest of {@link lateMs} is for what is not known of the clock. */
const lateMsMax = 1_000;

/** A law that sets something up and looks at it when time has passed. */
type TimedLaw = Omit<ScenarioLawHead, "needs"> & {
  readonly needs?: Law["needs"];
  readonly creates?: number;
  readonly waitsMs: number;
  readonly check: (run: LawRun) => Promise<readonly LaterLook[]>;
};

export function timedLaw({ needs: more = [], creates = 1, ...law }: TimedLaw): Law {
  return { ...law, needs: ["memory", "waiting", ...more], sandboxes: { ...noSandboxes, creates } };
}

/** A sandbox and when its idleness began, by the target's clock. */
export type Idle = Span & { readonly id: string };

/** Makes a sandbox that is idle from then on. */
export async function idle(run: LawRun, body: JsonObject = { timeout }): Promise<Idle> {
  const fromMs = run.time.now();
  const { id } = await run.create(body);
  return { id, fromMs, toMs: run.time.now() };
}

/** How long laws that are set up together may take for it. */
const setUpMs = 1_000;

/** A sandbox that laws of one window share. */
export function sharedIdle(name: string, play: (run: LawRun) => Promise<Idle> = (run) => idle(run)): Scenario<Idle> {
  return { name, creates: 1, keeps: "window", ageMsMax: setUpMs, play };
}

/** One that no law touches until its time is up, and one that is looked at shortly before. */
export const untouchedIdle = sharedIdle("untouched");
export const watchedIdle = sharedIdle("watched");

/** Takes a step that starts the idleness of a sandbox anew. */
export async function restart(run: LawRun, id: string, step: () => Promise<Exchange>): Promise<Idle> {
  const fromMs = run.time.now();
  needsSuccess(await step());
  return { id, fromMs, toMs: run.time.now() };
}

/** What a look at a sandbox came to, and what its timeout makes of it. */
type IdleLook = TimingVerdict & { readonly state: string | undefined; readonly exchange: Exchange };

/**
 * Looks at a sandbox that has been idle for a while.
 *
 * @param ms - its timeout; `Infinity` where it has none
 */
export async function lookAtIdle(run: LawRun, { id, ...began }: Idle, ms = timeoutMs, late = 0): Promise<IdleLook> {
  const fromMs = run.time.now();
  const exchange = await get(run, id);
  const state = stateIn(exchange);
  const timing = judgeDeadline({
    done: state ?? answered(exchange),
    notYet: "still running",
    began,
    dueMs: ms,
    looked: { fromMs, toMs: run.time.now() },
    isDone: state !== "running",
    lateMsMax: late,
    clock: clockReading(run.time),
  });
  return { ...timing, state, exchange };
}

/** Looks shortly before the time is up; not at all where the time is up already because the target was slow to answer. */
export function notEarly(run: LawRun, since: Idle, { ms = timeoutMs, what = "its time was not up" } = {}): LaterLook {
  return {
    untilMs: since.fromMs + ms - earlyMs,
    judge: async () => {
      const { verdict, text, exchange } = await lookAtIdle(run, since, ms);
      return verdict === "early" ? { reason: `${what}, yet it is ${text}`, exchange } : undefined;
    },
  };
}

/** Looks when the time must be up. */
export function notLate(run: LawRun, since: Idle, { ms = timeoutMs, what = "its time was up" } = {}): LaterLook {
  return {
    untilMs: since.toMs + ms + lateMs,
    judge: async () => {
      const { verdict, text, exchange } = await lookAtIdle(run, since, ms, lateMsMax);
      needs(verdict !== "unknown", "a clock that is known to half a second");
      return verdict === "late" ? { reason: `${what}, yet it is ${text}`, exchange } : undefined;
    },
  };
}

/** Does something when the time is almost up. What it does is no breach by itself. */
function shortlyBefore(fromMs: number, step: () => Promise<unknown>, beforeMs = earlyMs): LaterLook {
  return { untilMs: fromMs + timeoutMs - beforeMs, judge: async () => void (await step()) };
}

/**
 * Does what is no activity so shortly before the time is up, that there is room between the latest end of the old period and
 * the earliest of a new one, and says when to look: in the middle.
 */
export function idleThrough({ fromMs, toMs }: Span, step: () => Promise<unknown>) {
  const beforeMs = earlyMs / 2;
  return {
    step: shortlyBefore(fromMs, step, beforeMs),
    untilMs: toMs + timeoutMs + (lateMsMax + timeoutMs - beforeMs) / 2,
  };
}

/** What is done in a sandbox to put its timeout off: "a command ran in it meanwhile". */
type Act = { readonly what: string; readonly step: (id: string) => Promise<Exchange> };

/** How long laws take that put a timeout off by so many acts, in milliseconds. */
export const putOffMs = (acts: number) => (acts + 1) * timeoutMs;

/**
 * Does something in a sandbox when its time is almost up, and looks whether that has begun its period anew; then the next
 * thing, and so on. Where the target was so slow that the time was up before an act was done, or the new period is over, too, or
 * where an act could not be done, nothing is judged.
 */
export async function putOff(run: LawRun, acts: readonly Act[]): Promise<readonly LaterLook[]> {
  const begun = await idle(run);
  const { id, fromMs } = begun;
  const since: (Idle | undefined)[] = [];
  const act = async ({ step }: Act, at: number) => {
    const before = at === 0 ? begun : since[at - 1];
    if (before === undefined) return;
    const sentMs = run.time.now();
    const exchange = await step(id);
    const answeredMs = run.time.now();
    const isLate = answeredMs > before.fromMs + timeoutMs;
    if (isLate || (exchange.operation !== "preview" && !isSuccess(exchange))) return;
    since[at] = { id, fromMs: sentMs, toMs: answeredMs };
  };
  return acts.flatMap((each, at) => {
    const begunMs = fromMs + at * (timeoutMs - earlyMs); // the earliest moment of the act before
    const judge = async () => {
      const known = since[at];
      return known === undefined ? undefined : judgeRuns(run, known, { what: each.what, ms: timeoutMs });
    };
    return [shortlyBefore(begunMs, () => act(each, at)), { untilMs: begunMs + timeoutMs + earlyMs / 2, judge }];
  });
}

/** Looks at a sandbox whose time cannot be up. */
export async function judgeRuns(
  run: LawRun,
  since: Idle,
  { what, ms = Infinity }: { readonly what: string; readonly ms?: number },
): Promise<Breach | undefined> {
  const { verdict, text, exchange } = await lookAtIdle(run, since, ms);
  return verdict === "early" ? { reason: `${what}, yet it is ${text}`, exchange } : undefined;
}
