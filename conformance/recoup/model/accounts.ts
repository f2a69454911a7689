import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { isSame, shown } from "../../kit/model/compare.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import { wrong } from "./clauses.ts";
import type { AccountState, RecoupPart, RecoupState } from "./states.ts";

const weekMs = 604_800_000;
const apartMs = 60_000;
/** So long a run may take, in milliseconds. */
export const runMsMax = document.components.schemas.TaskRun["x-time-limit"].max;

/**
 * What becomes of what an account keeps, or how it is shown.
 *
 * @param runningUntilMs - until when a command or prompt may set its snapshot and write to its repository
 */
export function keep(
  known: AccountState,
  part: RecoupPart,
  at: StepContext,
  runningUntilMs = -Infinity,
): StepOutcome<RecoupState> {
  const { busyUntilMs, seenAtMs = -Infinity } = known;
  const isStale = known.row !== undefined && seenAtMs < runningUntilMs;
  const state: AccountState = isStale
    ? { kind: "account", ...(busyUntilMs === undefined ? {} : { busyUntilMs }) }
    : known;
  const { next, deviations } = keepKnown(state, part, at);
  const isSeen = next.kind === "account" && next.row !== undefined && next.row !== state.row;
  return { next: isSeen ? { ...next, seenAtMs: at.span.fromMs } : next, deviations };
}

function keepKnown(state: AccountState, part: RecoupPart, at: StepContext): StepOutcome<RecoupState> {
  if (part.kind === "setup") {
    return { next: { kind: "account", busyUntilMs: at.span.toMs + runMsMax }, deviations: [] };
  }
  // What a set-up leaves behind is there at some later time.
  if (at.span.fromMs < (state.busyUntilMs ?? 0)) return { next: state, deviations: [] };
  if (part.kind === "update") return updateAccount(state, part, at);
  if (part.kind === "keeps") return readAccount(state, part);
  return { next: { kind: "account", row: null }, deviations: [] };
}

/** Sets the snapshot or the repository of an account, or reads both. */
function updateAccount(
  { row }: AccountState,
  { sent, row: answer }: Extract<RecoupPart, { kind: "update" }>,
  { span, isUncertain }: StepContext,
): StepOutcome<RecoupState> {
  const { snapshotId, github_repo } = sent;
  const set = {
    ...(typeof snapshotId === "string" ? { snapshot_id: snapshotId } : {}),
    ...(typeof github_repo === "string" ? { github_repo } : {}),
  };
  if (isUncertain)
    return { next: { kind: "account", ...(isObject(row) ? { row: { ...row, ...set } } : {}) }, deviations: [] };
  if (answer !== null && !isObject(answer)) return { next: { kind: "account" }, deviations: [] };
  const deviations: Deviation[] = [];
  const members = ["snapshot_id", "github_repo"] as const;
  const expected: JsonObject = { ...row, ...set };
  const differs = members.find((name) => name in expected && !isSame(expected[name] ?? null, answer?.[name] ?? null));
  if (differs !== undefined) {
    const reason = `${differs} is to be ${shown(expected[differs])}, and the answer says ${shown(answer?.[differs])}`;
    deviations.push(wrong("update/answers-stored", reason));
  }
  const expiry = Date.parse(String(answer?.["expires_at"]));
  const isWeek = expiry >= span.fromMs + weekMs - apartMs && expiry <= span.toMs + weekMs + apartMs;
  if ("snapshot_id" in set && !Number.isNaN(expiry) && !isWeek) {
    deviations.push(wrong("update/expires", `it expires at ${String(answer?.["expires_at"])}`, 1));
  }
  return { next: { kind: "account", row: answer }, deviations };
}

/** What a list tells of the account. What was never set may be left out. */
function readAccount(state: AccountState, { told }: Extract<RecoupPart, { kind: "keeps" }>): StepOutcome<RecoupState> {
  const { row } = state;
  const seen = { snapshot_id: told["snapshot_id"] ?? null, github_repo: told["github_repo"] ?? null };
  if (row === undefined) return { next: state, deviations: [] };
  const stored = { snapshot_id: row?.["snapshot_id"] ?? null, github_repo: row?.["github_repo"] ?? null };
  if (isSame(seen, stored)) return { next: state, deviations: [] };
  const clause = row === null ? "delete/erases" : "list/keeps-what-was-set";
  return {
    next: { kind: "account" },
    deviations: [wrong(clause, `the list tells ${shown(seen)}, and it is ${shown(stored)}`)],
  };
}
