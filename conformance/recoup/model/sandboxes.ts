import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import type { JsonObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import type { Span } from "../../kit/law/exchange.ts";
import { wrong } from "./clauses.ts";
import { accountName } from "./states.ts";
import type { RecoupPart, RecoupState, RecoupSandboxState } from "./states.ts";

/** What rounding, and clocks of several machines, may make of a time, in milliseconds. */
const slackMs = 1_500;
/** Two tellings of one createdAt may be apart by this much. */
const apartMs = 1_000;
/** How far in the future a time may seem to be. */
const futureMsMax = 5_000;
/** A list may lag behind by this much. */
const listedMsMax = 10_000;
/** A stop may take a moment, and it is not known to the second when a sandbox began. */
const stopSlackMs = 120_000;

const transitions: Readonly<Record<string, readonly string[]>> =
  document.components.schemas.Sandbox["x-lifecycle"].transitions;

/** All states that can follow on one, itself among them. */
function reachable(from: string): ReadonlySet<string> {
  const found = new Set([from]);
  for (const state of found) for (const next of transitions[state] ?? []) found.add(next);
  return found;
}

/** A sandbox that a create has made. */
export function makeSandbox(
  state: RecoupSandboxState,
  { account, entry }: Extract<RecoupPart, { kind: "made" }>,
  at: StepContext,
): StepOutcome<RecoupState> {
  const again = state.createdIn === undefined ? [] : [wrong("create/unique-ids", `${at.subject} was there before`)];
  const { actor } = at.exchange;
  const fresh: RecoupSandboxState = {
    ...{ kind: "sandbox", account, createdIn: at.span },
    ...(actor === undefined ? {} : { owner: actor }),
  };
  const seen = readSandbox(fresh, entry, at, "create");
  return { next: seen.next, deviations: [...again, ...seen.deviations] };
}

/** A sandbox as a list shows it. */
export function listSandbox(
  state: RecoupSandboxState,
  { entry, isAskedFor, account, isNamed }: Extract<RecoupPart, { kind: "listed" }>,
  at: StepContext,
): StepOutcome<RecoupState> {
  if (state.owner !== undefined && state.owner !== at.exchange.actor) {
    const clause = isAskedFor ? "list/stranger-reads-nothing" : "list/stranger-lists-nothing";
    return { next: state, deviations: [wrong(clause, `it shows ${at.subject}, another's, to a stranger`)] };
  }
  const seen = readSandbox(state, entry, at, "list");
  const isOther = state.account !== undefined && state.account !== account;
  // The key may be an organisation's, whose lists show what all of its accounts have.
  const isElsewhere = isOther && (isNamed || (isAskedFor && state.hiddenFrom === account));
  return {
    next: seen.next,
    deviations: [
      ...seen.deviations,
      ...(entry["runId"] === undefined ? [] : [wrong("list/no-run-id", `the list names a run of ${at.subject}`, 1)]),
      ...(isElsewhere
        ? [wrong("list/of-one-account", `it shows ${at.subject}, of ${accountName(state.account)}`)]
        : []),
    ],
  };
}

/** A list in which it is not. */
export function missSandbox(
  state: RecoupSandboxState,
  { account, isNamed, isAskedFor }: Extract<RecoupPart, { kind: "unlisted" }>,
  { subject, exchange }: StepContext,
): StepOutcome<RecoupState> {
  if (state.owner === undefined || state.owner !== exchange.actor) return { next: state, deviations: [] };
  if (state.account !== account) {
    const isOld = exchange.sentAtMs > (state.createdIn?.toMs ?? Infinity) + listedMsMax;
    const isHidden = isOld && !isNamed && !isAskedFor && state.hiddenFrom !== account;
    return { next: isHidden ? { ...state, hiddenFrom: account } : state, deviations: [] };
  }
  const clause = isAskedFor ? "list/read-back" : "list/lists-all";
  return { next: state, deviations: [wrong(clause, `${subject} is not listed`, 2)] };
}

function readSandbox(
  state: RecoupSandboxState,
  entry: JsonObject,
  at: StepContext,
  by: "create" | "list",
): StepOutcome<RecoupState> {
  const deviations = [
    ...judgeCreatedAt(state, entry["createdAt"], at),
    ...judgeStatus(state, entry["sandboxStatus"]),
    ...judgeEnd(state, entry, at.span),
  ];
  const remaining = judgeRemaining(state, entry, at.span, by);
  const { createdAt, sandboxStatus } = entry;
  const next: RecoupSandboxState = {
    ...state,
    ...remaining.known,
    ...(typeof createdAt === "string" && state.createdAt === undefined ? { createdAt } : {}),
    ...(typeof sandboxStatus === "string" ? { status: sandboxStatus } : {}),
  };
  return { next, deviations: [...deviations, ...remaining.deviations] };
}

function judgeCreatedAt(
  { createdAt: first, createdIn }: RecoupSandboxState,
  told: unknown,
  { span, exchange }: StepContext,
): Deviation[] {
  if (typeof told !== "string" || Number.isNaN(Date.parse(told))) return [];
  const aheadMs = Date.parse(told) - span.toMs;
  if (aheadMs > futureMsMax) return [wrong("list/created-at-past", `createdAt is ${told}, in the future`)];
  if (first === undefined) return [];
  if (Math.abs(Date.parse(first) - Date.parse(told)) <= apartMs) return [];
  const isFirst = createdIn !== undefined && exchange.operation === "listSandboxes";
  const clause = isFirst ? "list/created-at-as-created" : "list/created-at-fixed";
  return [wrong(clause, `createdAt was ${first} and is ${told}`)];
}

function judgeStatus({ status }: RecoupSandboxState, told: unknown): Deviation[] {
  if (status === undefined || typeof told !== "string" || transitions[told] === undefined) return [];
  if (reachable(status).has(told)) return [];
  const clause = status === "stopped" ? "list/stays-stopped" : "list/legal-transitions";
  return [wrong(clause, `it was ${status} and is ${told}`)];
}

/** A sandbox whose create was seen ends when its time is up, neither sooner nor later. */
function judgeEnd(
  { end, createdIn }: RecoupSandboxState,
  { sandboxStatus, timeout }: JsonObject,
  { fromMs, toMs }: Span,
): Deviation[] {
  const isLive = sandboxStatus === "pending" || sandboxStatus === "running";
  if (sandboxStatus === "stopped" && typeof timeout === "number" && timeout > slackMs) {
    return [wrong("list/timeout-ends-at-zero", `it is stopped, with a timeout of ${timeout}`)];
  }
  if (end === undefined || createdIn === undefined) return [];
  if (sandboxStatus === "stopped" && toMs < end.fromMs - stopSlackMs) {
    return [wrong("list/runs-until-timeout", `it is stopped, ${end.fromMs - toMs} ms before its time is up`)];
  }
  if (isLive && fromMs > end.toMs + stopSlackMs) {
    return [wrong("list/stops-in-time", `it is ${sandboxStatus}, ${fromMs - end.toMs} ms after its time was up`)];
  }
  return [];
}

type Remaining = { readonly known: Pick<RecoupSandboxState, "end">; readonly deviations: readonly Deviation[] };

/** What remains and the time make the end, which does not move. */
function judgeRemaining(
  { end }: RecoupSandboxState,
  { timeout, sandboxStatus }: JsonObject,
  { fromMs, toMs }: Span,
  by: "create" | "list",
): Remaining {
  if (typeof timeout !== "number" || !Number.isFinite(timeout) || sandboxStatus === "failed")
    return { known: {}, deviations: [] };
  const told = { fromMs: fromMs + timeout - slackMs, toMs: toMs + timeout + slackMs, toldMs: timeout, by };
  if (timeout <= 0) {
    const isUp = end === undefined || end.fromMs <= toMs + slackMs;
    return {
      known: {},
      deviations: isUp ? [] : [wrong("list/timeout-falls", `no time is left, ${end.fromMs - toMs} ms too soon`)],
    };
  }
  if (end === undefined) return { known: { end: told }, deviations: [] };
  const [least, most] = [Math.max(end.fromMs, told.fromMs), Math.min(end.toMs, told.toMs)];
  if (least <= most) return { known: { end: { ...told, fromMs: least, toMs: most } }, deviations: [] };
  const reason = `the timeout was ${end.toldMs} and is ${timeout}, so that its end has moved by ${Math.round(told.toMs - end.toMs)} ms`;
  const clause =
    timeout > end.toldMs
      ? "list/timeout-unmoved-by-reading"
      : end.by === "create"
        ? "list/timeout-as-created"
        : "list/timeout-falls";
  return { known: { end: told }, deviations: [wrong(clause, reason)] };
}
