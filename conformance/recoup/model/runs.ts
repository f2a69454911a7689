import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import type { JsonObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import { runMsMax } from "./accounts.ts";
import { wrong } from "./clauses.ts";
import type { RecoupPart, RecoupState, RunState } from "./states.ts";

const finals: readonly string[] = document.components.schemas.TaskRun["x-lifecycle"].final;
const initials: readonly string[] = document.components.schemas.TaskRun["x-lifecycle"].initial;
const times = ["createdAt", "startedAt", "finishedAt"] as const;
/** Times are told by several machines. */
const apartMs = 1_000;

/** A run that the answer of a create or a set-up names. */
export function startRun(state: RunState, { exchange, span }: StepContext): StepOutcome<RecoupState> {
  const owner = exchange.actor === undefined ? {} : { owner: exchange.actor };
  return { next: { ...state, ...owner, startedIn: span }, deviations: [] };
}

/** A run that is not found by its id. */
export function missRun(state: RunState, { subject, exchange }: StepContext): StepOutcome<RecoupState> {
  if (state.owner === undefined || state.owner !== exchange.actor) return { next: state, deviations: [] };
  return { next: state, deviations: [wrong("list-runs/run-exists", `${subject} was named, and is not there`)] };
}

/** A run as it is read. */
export function readRun(
  state: RunState,
  { run, isAskedFor }: Extract<RecoupPart, { kind: "run" }>,
  { subject, exchange, span }: StepContext,
): StepOutcome<RecoupState> {
  if (state.owner !== undefined && state.owner !== exchange.actor) {
    const clause = isAskedFor ? "list-runs/stranger-reads-nothing" : "list-runs/stranger-lists-nothing";
    return { next: state, deviations: [wrong(clause, `it shows ${subject}, another's, to a stranger`)] };
  }
  const told = state.told ?? {};
  const { status } = run;
  const deviations: Deviation[] = [...judgeTimes(told, run)];
  if (typeof told["status"] === "string" && status !== told["status"] && isBackwards(told["status"], status)) {
    deviations.push(wrong("list-runs/legal-transitions", `the run was ${told["status"]} and is ${String(status)}`));
  }
  const isOver = typeof status === "string" && finals.includes(status);
  if (!isOver && state.startedIn !== undefined && span.fromMs > state.startedIn.toMs + runMsMax) {
    deviations.push(wrong("list-runs/run-ends", `the run is ${String(status)} after more than 15 minutes`));
  }
  return { next: { ...state, told: pick(run) }, deviations };
}

function isBackwards(from: string, to: unknown): boolean {
  if (finals.includes(from)) return true;
  return typeof to === "string" && initials.includes(to) && !initials.includes(from) && from === "EXECUTING";
}

function judgeTimes(told: JsonObject, run: JsonObject): Deviation[] {
  const moved = times.find((name) => typeof told[name] === "string" && apart(told[name], run[name]));
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

function apart(before: string, now: unknown): boolean {
  return !(Math.abs(Date.parse(before) - Date.parse(String(now))) <= apartMs) && !Number.isNaN(Date.parse(before));
}

function pick({ status, createdAt, startedAt, finishedAt }: JsonObject): JsonObject {
  return { status, createdAt, startedAt, finishedAt };
}
