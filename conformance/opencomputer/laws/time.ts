import document from "../../../generated/opencomputer/openapi.json" with { type: "json" };
import type { Breach } from "../../kit/law/case.ts";
import type { Exchange } from "../../kit/law/exchange.ts";
import { isSuccess } from "../../kit/law/exchange.ts";
import type { Law } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import { act, get, list } from "../calls.ts";
import {
  idle,
  idleThrough,
  lateMs,
  lookAtIdle,
  notEarly,
  notLate,
  judgeRuns,
  putOff,
  restart,
  sharedIdle,
  untouchedIdle,
  watchedIdle,
  timedLaw,
  timeout,
  timeoutMs,
} from "../idle-window.ts";
import type { Idle } from "../idle-window.ts";
import { needs, needsSuccess } from "../../kit/law/precondition.ts";
import { answered, isListedRunning, stateIn, statusOf, tokenIn } from "../readings.ts";
import { otherToken } from "../scenarios/preview-gate.ts";
import { inOwnHeader } from "../preview-client.ts";

const data = "#/x-idle-timeout";

/**
 * Idle timeouts: when a sandbox hibernates by itself, and what puts it off. One that runs for longer than it was told costs
 * money, so what says so is MUST.
 */
export const timeLaws: readonly Law[] = [
  timedLaw({
    id: "opencomputer/create/timeout-fires",
    requirement: "MUST",
    statement: "hibernate a sandbox that was idle for its timeout, no later than it says",
    source: "#/components/schemas/CreateSandboxRequest/properties/timeout",
    operations: ["createSandbox", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => [notLate(run, (await run.play(untouchedIdle)).record)],
  }),
  timedLaw({
    id: "opencomputer/create/timeout-not-early",
    requirement: "MUST",
    statement: "leave a sandbox running until it was idle for its timeout, which is in seconds",
    source: "#/components/schemas/CreateSandboxRequest/properties/timeout",
    operations: ["createSandbox", "getSandbox"],
    waitsMs: timeoutMs,
    creates: 0, // that of opencomputer/get/no-activity
    check: async (run) => [notEarly(run, (await run.play(watchedIdle)).record)],
  }),
  timedLaw({
    creates: 0, // that of opencomputer/create/timeout-fires
    id: "opencomputer/create/timeout-hibernates",
    requirement: "SHOULD",
    statement: "hibernate a sandbox whose time is up, rather than stop it, and list it as running no more",
    source: `${data}/onExpiry`,
    operations: ["createSandbox", "getSandbox", "listSandboxes"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const { id, toMs } = (await run.play(untouchedIdle)).record;
      return [{ untilMs: toMs + timeoutMs + lateMs, judge: () => judgeExpired(run, id) }];
    },
  }),
  timedLaw({
    id: "opencomputer/create/timeout-never",
    requirement: "MUST",
    statement: "let a sandbox with timeout 0 run on",
    source: "#/components/schemas/CreateSandboxRequest/properties/timeout",
    operations: ["createSandbox", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const since = await idle(run, { timeout: 0 });
      const what = "its timeout is 0, never";
      return [{ untilMs: since.toMs + timeoutMs + lateMs, judge: () => judgeRuns(run, since, { what }) }];
    },
  }),
  timedLaw({
    id: "opencomputer/create/timeout-default",
    requirement: "MUST",
    statement: "hibernate a sandbox without a timeout of its own after 300 seconds, neither sooner nor later",
    source: `${data}/default`,
    operations: ["createSandbox", "getSandbox"],
    waitsMs: document["x-idle-timeout"].default * 1000 + lateMs,
    check: async (run) => {
      const plain = await idle(run, {});
      const ms = document["x-idle-timeout"].default * 1000;
      const what = "it has the default timeout";
      return [notEarly(run, plain, { ms, what }), notLate(run, plain, { ms, what })];
    },
  }),
  timedLaw({
    id: "opencomputer/set-timeout/restarts",
    requirement: "SHOULD",
    statement: "start a new period when the timeout is set",
    source: `${data}/rearms`,
    operations: ["setSandboxTimeout", "getSandbox"],
    waitsMs: 2 * timeoutMs,
    check: (run) =>
      putOff(run, [{ what: "its timeout was set meanwhile", step: (id) => setTimeoutTo(run, id, timeout) }]),
  }),
  timedLaw({
    id: "opencomputer/set-timeout/replaces",
    requirement: "MUST",
    statement: "hibernate a sandbox by the timeout that was set last, which is in seconds",
    source: pointerToTimeout(),
    operations: ["setSandboxTimeout", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const since = (await run.play(replacedIdle)).record;
      return [notEarly(run, since), notLate(run, since)];
    },
  }),
  timedLaw({
    id: "opencomputer/set-timeout/never",
    requirement: "SHOULD",
    statement: "let a sandbox run on whose timeout was set to 0",
    source: pointerToTimeout(),
    operations: ["setSandboxTimeout", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const since = await idle(run);
      needsSuccess(await setTimeoutTo(run, since.id, 0));
      const what = "its timeout was set to 0";
      return [{ untilMs: since.toMs + timeoutMs + lateMs, judge: () => judgeRuns(run, since, { what }) }];
    },
  }),
  timedLaw({
    id: "opencomputer/get/no-activity",
    requirement: "MUST",
    statement: "take no reading, tagging, listing of ports or rotation for activity: they do not put the timeout off",
    source: `${data}/not`,
    operations: ["getSandbox", "listSandboxes", "getSandboxTags", "replaceSandboxTags", "listPreviews"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const untouched = (await run.play(untouchedIdle)).record;
      const watched = (await run.play(watchedIdle)).record;
      const { step, untilMs } = idleThrough(watched, () => readBusily(run, watched.id));
      return [step, { untilMs, judge: () => judgeWatched(run, watched, untouched.id) }];
    },
  }),
  timedLaw({
    id: "opencomputer/preview/refused-no-activity",
    requirement: "MUST",
    statement: "take a request that it refuses at the gate for no activity",
    source: `${data}/not`,
    operations: ["createSandbox", "getSandbox"],
    needs: ["preview-route"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const untouched = (await run.play(untouchedIdle)).record;
      const fromMs = run.time.now();
      const { id, exchange } = await run.create({ timeout, previewAuth: {} });
      const since = { id, fromMs, toMs: run.time.now() };
      const wrong = otherToken(tokenIn(exchange) ?? "no-token-was-told");
      const request = async () => {
        for (const headers of [{}, inOwnHeader(wrong)]) {
          needs(statusOf(await run.preview({ id, headers })) === 401, "a gate that is shut");
        }
      };
      const { step, untilMs } = idleThrough(since, request);
      return [step, { untilMs, judge: () => judgeWatched(run, since, untouched.id) }];
    },
  }),
  timedLaw({
    id: "opencomputer/wake/timeout-kept",
    requirement: "MUST",
    statement: "keep the timeout of a sandbox over hibernation and wake",
    source: `${data}/keptOver`,
    operations: ["wakeSandbox", "hibernateSandbox", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const untouched = (await run.play(untouchedIdle)).record;
      const { id } = await run.create({ timeout });
      needsSuccess(await act(run, "hibernateSandbox", id));
      const since = await restart(run, id, () => act(run, "wakeSandbox", id));
      return [
        notEarly(run, since, { what: "it woke with a new period" }),
        {
          untilMs: since.toMs + timeoutMs + lateMs,
          judge: () => judgeWatched(run, since, untouched.id, "it woke, and is idle"),
        },
      ];
    },
  }),
  timedLaw({
    id: "opencomputer/wake/timeout-replaced",
    requirement: "MUST",
    statement: "give a sandbox the timeout that its wake names",
    source: "#/components/schemas/WakeSandboxRequest/properties/timeout",
    operations: ["wakeSandbox", "hibernateSandbox", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const untouched = (await run.play(untouchedIdle)).record;
      const { id } = await run.create({ timeout: 120 });
      needsSuccess(await act(run, "hibernateSandbox", id));
      const since = await restart(run, id, () => act(run, "wakeSandbox", id, { json: { timeout } }));
      return [
        notEarly(run, since, { what: "it woke with a new timeout" }),
        {
          untilMs: since.toMs + timeoutMs + lateMs,
          judge: () => judgeWatched(run, since, untouched.id, "its wake named 2 s"),
        },
      ];
    },
  }),
  timedLaw({
    id: "opencomputer/set-timeout/asleep",
    requirement: "MUST",
    statement: "leave a hibernated sandbox asleep when its timeout is set, and give it that timeout when it wakes",
    source: pointerToTimeout(),
    operations: ["setSandboxTimeout", "wakeSandbox", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const untouched = (await run.play(untouchedIdle)).record;
      const { id } = await run.create({ timeout: 120 });
      needsSuccess(await act(run, "hibernateSandbox", id));
      needsSuccess(await setTimeoutTo(run, id, timeout));
      const since = await restart(run, id, () => act(run, "wakeSandbox", id));
      return [
        notEarly(run, since, { what: "it woke with a new period" }),
        {
          untilMs: since.toMs + timeoutMs + lateMs,
          judge: () => judgeWatched(run, since, untouched.id, "it was set to 2 s"),
        },
      ];
    },
  }),
  timedLaw({
    creates: 0, // that of opencomputer/set-timeout/replaces
    id: "opencomputer/wake/after-timeout",
    requirement: "SHOULD",
    statement: "wake a sandbox that hibernated by its timeout",
    source: "#/paths/~1api~1sandboxes~1{id}~1wake/post",
    operations: ["wakeSandbox", "getSandbox"],
    waitsMs: timeoutMs + lateMs,
    check: async (run) => {
      const { id, toMs } = (await run.play(replacedIdle)).record;
      return [{ untilMs: toMs + timeoutMs + lateMs + 1, judge: () => judgeWake(run, id), isAfterOthers: true }];
    },
  }),
  timedLaw({
    // A killed sandbox that comes back costs money, and its user does not look for it any more.
    id: "opencomputer/kill/stays-dead",
    requirement: "MUST",
    statement: "leave a sandbox stopped that was killed right after its creation: it does not come back later",
    source: pointerToKill(),
    operations: ["killSandbox", "getSandbox", "listSandboxes"],
    waitsMs: 4_000,
    check: async (run) => {
      const { id } = await run.create({ timeout: 60 });
      needsSuccess(await act(run, "killSandbox", id));
      const dead = stateIn(await get(run, id)) !== "running";
      needs(dead, "a killed sandbox that does not run");
      const nowMs = run.time.now();
      return [1_000, 2_500, 4_000].map((ms) => ({ untilMs: nowMs + ms, judge: () => judgeDead(run, id) }));
    },
  }),
];

function pointerToTimeout(): string {
  return "#/components/schemas/SetTimeoutRequest/properties/timeout";
}

function pointerToKill(): string {
  return "#/paths/~1api~1sandboxes~1{id}/delete";
}

/** Its timeout was set after its creation. */
const replacedIdle = sharedIdle("replaced", async (run) => {
  const { id } = await run.create({ timeout: 0 });
  return restart(run, id, () => setTimeoutTo(run, id, timeout));
});

function setTimeoutTo(run: LawRun, id: string, seconds: number): Promise<Exchange> {
  return act(run, "setSandboxTimeout", id, { json: { timeout: seconds } });
}

async function readBusily(run: LawRun, id: string): Promise<void> {
  await run.beside([
    () => get(run, id),
    () => list(run),
    () => act(run, "getSandboxTags", id),
    () => act(run, "replaceSandboxTags", id, { json: { busy: "yes" } }),
    () => act(run, "createPreview", id, { json: { port: 3000 } }),
    () => act(run, "listPreviews", id),
    () => act(run, "rotatePreviewToken", id),
  ]);
  await act(run, "deletePreview", id);
}

async function judgeExpired(run: LawRun, id: string): Promise<Breach | undefined> {
  const exchange = await get(run, id);
  const state = stateIn(exchange);
  if (state === "running") return undefined; // late, which is another law
  if (state !== "hibernated") return { reason: `its time is up, and it is ${state ?? answered(exchange)}`, exchange };
  const listed = await list(run);
  return isListedRunning(listed, id)
    ? { reason: "its time is up, yet it is listed as running", exchange: listed }
    : undefined;
}

async function judgeWake(run: LawRun, id: string): Promise<Breach | undefined> {
  needs(stateIn(await get(run, id)) === "hibernated", "a sandbox that hibernates by its timeout");
  const woken = await act(run, "wakeSandbox", id);
  if (!isSuccess(woken)) return { reason: `it hibernated by its timeout, and ${answered(woken)}`, exchange: woken };
  const exchange = await get(run, id);
  const state = stateIn(exchange);
  return state === "running"
    ? undefined
    : { reason: `it was woken, yet it is ${state ?? answered(exchange)}`, exchange };
}

/** Looks at a sandbox whose time must be up; that timeouts fire at all is shown by one that was left alone. */
async function judgeWatched(
  run: LawRun,
  since: Idle,
  alone: string,
  what = "nothing put its timeout off",
): Promise<Breach | undefined> {
  const { verdict, text, exchange } = await lookAtIdle(run, since);
  if (verdict !== "late") return undefined;
  const other = await get(run, alone);
  needs(stateIn(other) === "hibernated", "a timeout that fires");
  return { reason: `${what}, yet it is ${text}`, exchange };
}

async function judgeDead(run: LawRun, id: string): Promise<Breach | undefined> {
  const exchange = await get(run, id);
  if (stateIn(exchange) === "running") return { reason: `${id} was killed, and runs again`, exchange };
  const listed = await list(run);
  return isListedRunning(listed, id)
    ? { reason: `${id} was killed, and is listed as running again`, exchange: listed }
    : undefined;
}
