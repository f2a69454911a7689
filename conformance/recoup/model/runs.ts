import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { isSame, shown } from "../../kit/model/compare.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import { runMsMax } from "./accounts.ts";
import { wrong } from "./clauses.ts";
import { accountName } from "./states.ts";
import type { RecoupPart, RecoupState, RunState } from "./states.ts";

const finals: readonly string[] = document.components.schemas.TaskRun["x-lifecycle"].final;
const initials: readonly string[] = document.components.schemas.TaskRun["x-lifecycle"].initial;
const times = ["createdAt", "startedAt", "finishedAt", "updatedAt"] as const;
/** Of these, what does not change once it is told. */
const fixedTimes = ["createdAt", "startedAt", "finishedAt"] as const;
/** What a run was given, and what it gave, as far as it is remembered: so many characters of JSON. */
const results = ["payload", "output"] as const;
const resultMax = 2_000;
/** Times are told by several machines. */
const apartMs = 1_000;

/** A run that the answer of a create or a set-up names. */
export function startRun(state: RunState, account: string, { exchange, span }: StepContext): StepOutcome<RecoupState> {
  const owner = exchange.actor === undefined ? {} : { owner: exchange.actor };
  return { next: { ...state, ...owner, account, startedIn: span }, deviations: [] };
}

/** So long a run is a recent one for certain, in milliseconds. */
const recentMsMax = 3_600_000;

/** A list with room for more, of the account that the run was started for, in which it is not. */
export function missInList(state: RunState, account: string, at: StepContext): StepOutcome<RecoupState> {
  const { owner, startedIn } = state;
  const isExpected =
    owner === at.exchange.actor && state.account === account && at.span.toMs < (startedIn?.fromMs ?? 0) + recentMsMax;
  const reason = `${at.subject} was started for this account, and the list has room for it`;
  return { next: state, deviations: isExpected ? [wrong("list-runs/lists-recent", reason)] : [] };
}

/** A run that is not found by its id. */
export function missRun(state: RunState, { subject, exchange }: StepContext): StepOutcome<RecoupState> {
  if (state.owner === undefined || state.owner !== exchange.actor) return { next: state, deviations: [] };
  return { next: state, deviations: [wrong("list-runs/run-exists", `${subject} was named, and is not there`)] };
}

/** A run as it is read. */
export function readRun(
  state: RunState,
  { run, isAskedFor, account }: Extract<RecoupPart, { kind: "run" }>,
  { subject, exchange, span }: StepContext,
  accountId: string | undefined,
): StepOutcome<RecoupState> {
  if (state.owner !== undefined && state.owner !== exchange.actor) {
    const clause = isAskedFor ? "list-runs/stranger-reads-nothing" : "list-runs/stranger-lists-nothing";
    return { next: state, deviations: [wrong(clause, `it shows ${subject}, another's, to a stranger`)] };
  }
  const told = state.told ?? {};
  const { status } = run;
  const deviations: Deviation[] = [
    ...judgeTimes(told, run),
    ...judgeProgress(run, span.toMs),
    ...judgeResult(told, run, isAskedFor),
    ...judgeStart(state, run, accountId),
  ];
  if (account !== undefined && state.account !== undefined && account !== state.account)
    deviations.push(wrong("list-runs/of-one-account", `it lists ${subject}, of ${accountName(state.account)}`));
  if (typeof told["status"] === "string" && status !== told["status"] && isBackwards(told["status"], status)) {
    deviations.push(wrong("list-runs/legal-transitions", `the run was ${told["status"]} and is ${String(status)}`));
  }
  const isOver = typeof status === "string" && finals.includes(status);
  if (!isOver && state.startedIn !== undefined && span.fromMs > state.startedIn.toMs + runMsMax) {
    deviations.push(wrong("list-runs/run-ends", `the run is ${String(status)} after more than 15 minutes`));
  }
  return { next: { ...state, told: { ...told, ...pick(run, isAskedFor && isOver) } }, deviations };
}

/** Several machines tell times, and a create may answer some time after its run was asked for. */
const startedMsMax = 60_000;

/** What a run says of its beginning, and of its end before it has ended. */
function judgeStart({ startedIn, told }: RunState, run: JsonObject, accountId: string | undefined): Deviation[] {
  const { createdAt, finishedAt, taskIdentifier, tags, status } = run;
  const atMs = Date.parse(String(createdAt));
  const isThen =
    startedIn === undefined ||
    Number.isNaN(atMs) ||
    (atMs >= startedIn.fromMs - startedMsMax && atMs <= startedIn.toMs + startedMsMax);
  if (!isThen) return [wrong("list-runs/as-started", `the run was created at ${String(createdAt)}`)];
  const kind = told?.["taskIdentifier"];
  if (kind !== undefined && kind !== taskIdentifier)
    return [
      wrong("list-runs/as-started", `the run was of the kind ${JSON.stringify(kind)} and is ${String(taskIdentifier)}`),
    ];
  if (typeof finishedAt === "string" && typeof status === "string" && !finals.includes(status))
    return [wrong("list-runs/as-started", `the run is ${status}, and has finished at ${finishedAt}`)];
  const accounts = (Array.isArray(tags) ? tags : []).map(String).filter((tag) => tag.startsWith("account:"));
  const isOfAccount =
    accountId === undefined ||
    accounts.length === 0 ||
    accounts.map((tag) => tag.toLowerCase()).includes(`account:${accountId}`);
  return isOfAccount
    ? []
    : [wrong("list-runs/as-started", `the run of ${accountId} has the tags ${accounts.join(", ")}`)];
}

function isBackwards(from: string, to: unknown): boolean {
  if (finals.includes(from)) return true;
  return typeof to === "string" && initials.includes(to) && !initials.includes(from) && from === "EXECUTING";
}

function judgeTimes(told: JsonObject, run: JsonObject): Deviation[] {
  const moved = fixedTimes.find((name) => typeof told[name] === "string" && apart(told[name], run[name]));
  if (moved !== undefined) {
    const reason = `${moved} of the run was ${String(told[moved])} and is ${String(run[moved])}`;
    return [wrong("list-runs/times-fixed", reason)];
  }
  const instants = times
    .map((name) => run[name])
    .filter((value) => typeof value === "string")
    .map((value) => Date.parse(value));
  const isOrdered = instants.every((instant, index) => index === 0 || !(instant < instants[index - 1]! - apartMs));
  return isOrdered
    ? []
    : [wrong("list-runs/times-in-order", `a run has the times ${times.map((name) => String(run[name])).join(", ")}`)];
}

/** A run that executes has begun, one that is completed has ended, and no time of it is yet to come or more than there was. */
function judgeProgress(run: JsonObject, nowMs: number): Deviation[] {
  const { status, durationMs } = run;
  const [createdMs = NaN, startedMs = NaN, finishedMs = NaN] = times.map((name) => Date.parse(String(run[name])));
  const none = (value: number) => Number.isNaN(value);
  const late = times.find((name) => Date.parse(String(run[name])) > nowMs + startedMsMax);
  const tookMs = (none(finishedMs) ? nowMs + startedMsMax : finishedMs) - (none(startedMs) ? createdMs : startedMs);
  const reason =
    late !== undefined
      ? `${late} is ${String(run[late])}, which is yet to come`
      : status === "EXECUTING" && none(startedMs)
        ? "the run executes, and has not begun"
        : status === "COMPLETED" && none(finishedMs)
          ? "the run is completed, and has not ended"
          : typeof durationMs === "number" && durationMs > tookMs + apartMs
            ? `the run took ${durationMs} ms of ${tookMs}`
            : undefined;
  return reason === undefined ? [] : [wrong("list-runs/as-started", reason, 2)];
}

/** What a run that has ended gave is the same each time. */
function judgeResult(told: JsonObject, run: JsonObject, isAskedFor: boolean): Deviation[] {
  const name = isAskedFor ? results.find((each) => each in told && !isSame(told[each], run[each] ?? null)) : undefined;
  if (name === undefined) return [];
  return [wrong("list-runs/times-fixed", `${name} of the run was ${shown(told[name])} and is ${shown(run[name])}`)];
}

function apart(before: string, now: unknown): boolean {
  return !(Math.abs(Date.parse(before) - Date.parse(String(now))) <= apartMs) && !Number.isNaN(Date.parse(before));
}

function pick(run: JsonObject, isResult: boolean): JsonObject {
  const { status, createdAt, startedAt, finishedAt, taskIdentifier } = run;
  const given = isResult ? results.filter((name) => (JSON.stringify(run[name]) ?? "").length <= resultMax) : [];
  return {
    ...{ status, createdAt, startedAt, finishedAt, taskIdentifier },
    ...Object.fromEntries(given.map((name) => [name, run[name] ?? null])),
  };
}
