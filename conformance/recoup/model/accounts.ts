import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { isSame, shown } from "../../kit/model/compare.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import type { RecoupClauseId } from "./clauses.ts";
import { wrong } from "./clauses.ts";
import { pathsIn, readFile, readTree, uploadFiles } from "./files.ts";
import type { AccountState, ChangePart, RecoupPart, RecoupState, Suspect } from "./states.ts";
import { unknownAccount } from "./states.ts";

const weekMs = 604_800_000;
const apartMs = 60_000;
/** So long a run may take, in milliseconds. */
export const runMsMax = document.components.schemas.TaskRun["x-time-limit"].max;
/** Refused requests that are remembered. */
const suspectsMax = 6;

type AccountPart = Extract<RecoupPart, { kind: "change" | "settled" | "keeps" | "file" }>;
type Outcome = { readonly next: AccountState; readonly deviations: readonly Deviation[] };

/** What is known beside the account itself. */
export type Beside = {
  /** Until when a command or prompt may set its snapshot and write to its repository. */
  readonly runningUntilMs?: number | undefined;
  /** Whether the caller has no way to the account. */
  readonly isForeign: boolean;
  /** Its id, where it is known. */
  readonly accountId: string | undefined;
  /** Whether another account, with a repository of its own, had this path uploaded. */
  readonly isUploadedElsewhere: (path: string, ownRepository: unknown) => boolean;
};

/** What becomes of what an account keeps, or how it is shown. */
export function keep(
  known: AccountState,
  part: AccountPart,
  at: StepContext,
  { runningUntilMs = -Infinity, ...beside }: Beside,
): StepOutcome<RecoupState> {
  const { seenAtMs = Infinity, setups, busyUntilMs = 0 } = known;
  const state = seenAtMs < runningUntilMs ? { ...unknownAccount, setups, busyUntilMs } : known;
  const { next, deviations } = step(state, part, at, beside);
  const isSeen = next.row !== state.row || next.files !== state.files;
  return { next: isSeen ? { ...next, seenAtMs: at.span.fromMs } : next, deviations };
}

function step(
  state: AccountState,
  part: AccountPart,
  at: StepContext,
  { isForeign, accountId, isUploadedElsewhere }: Omit<Beside, "runningUntilMs">,
): Outcome {
  if (part.kind === "settled") return { next: settle(state, part), deviations: [] };
  const isBusy = state.setups.length > 0 && at.span.fromMs < (state.busyUntilMs ?? 0);
  if (part.kind === "change") return change(state, part, at, { isForeign, isBusy, accountId });
  // What a set-up leaves behind is there at some later time.
  if (isBusy) return { next: state, deviations: [] };
  if (part.kind === "keeps") return readAccount(state, part.told);
  return readFile(state, part, (path) => isUploadedElsewhere(path, repositoryOf(state)));
}

/** Undefined where it is not known, null for none. */
function repositoryOf({ row }: AccountState): unknown {
  return row === undefined ? undefined : (row?.["github_repo"] ?? null);
}

/** What a set-up has come to, as its run tells. */
function settle(state: AccountState, { run, output }: Extract<RecoupPart, { kind: "settled" }>): AccountState {
  if (!state.setups.includes(run)) return state;
  const setups = state.setups.filter((each) => each !== run);
  const { snapshotId, githubRepo } = output;
  const isKnown = setups.length === 0 && state.isMixed !== true;
  if (!isKnown || typeof snapshotId !== "string" || typeof githubRepo !== "string") return { ...state, setups };
  return { ...unknownAccount, row: { snapshot_id: snapshotId, github_repo: githubRepo }, rowBy: "set-up" };
}

function change(
  state: AccountState,
  part: ChangePart,
  at: StepContext,
  { isBusy, ...beside }: Pick<Beside, "isForeign" | "accountId"> & { readonly isBusy: boolean },
): Outcome {
  const { isForeign, accountId } = beside;
  const status = at.exchange.response?.status ?? 0;
  if (status >= 400 && !at.isUncertain) return refused(state, part, status, isForeign);
  const deviations: Deviation[] =
    isForeign && !at.isUncertain
      ? [wrong("account/foreign-untouched", `${part.operation} for another's account was answered ${status}`)]
      : [];
  const { next, deviations: more } = carryOut(isBusy ? { ...state, isMixed: true } : state, part, at, isBusy);
  const row = isObject(part.answer)
    ? part.operation === "deleteSandboxes"
      ? part.answer["deleted_snapshot"]
      : part.answer
    : undefined;
  const named = isObject(row) && part.operation !== "uploadSandboxFiles" ? row["account_id"] : undefined;
  const isOther = typeof named === "string" && accountId !== undefined && named.toLowerCase() !== accountId;
  if (isOther) deviations.push(wrong("update/answers-stored", `the record is of ${named}, and it is for ${accountId}`));
  return { next, deviations: [...deviations, ...more] };
}

function carryOut(state: AccountState, part: ChangePart, at: StepContext, isBusy: boolean): Outcome {
  if (part.operation === "setupSandbox") {
    const run = isObject(part.answer) ? String(part.answer["runId"]) : "";
    const setups = [...state.setups, run];
    const { isMixed = false } = state;
    const next = { ...unknownAccount, setups, isMixed, busyUntilMs: at.span.toMs + runMsMax };
    return { next, deviations: [] };
  }
  if (isBusy) return { next: state, deviations: [] };
  if (part.operation === "updateSandboxSnapshot") return updateAccount(state, part, at);
  if (part.operation === "uploadSandboxFiles") return uploadFiles(state, part, at);
  return deleteAccount(state, part, at);
}

/** Members of the record that an update sets. */
function setIn({ snapshotId, github_repo }: JsonObject): JsonObject {
  return {
    ...(typeof snapshotId === "string" && snapshotId !== "" ? { snapshot_id: snapshotId } : {}),
    ...(typeof github_repo === "string" && github_repo !== "" ? { github_repo } : {}),
  };
}

/** It is to have changed nothing; what it would have changed is remembered. */
function refused(state: AccountState, part: ChangePart, status: number, isForeign: boolean): Outcome {
  const { operation, body } = part;
  const clause: RecoupClauseId = isForeign
    ? "account/foreign-untouched"
    : status === 401
      ? "account/unauthorized-untouched"
      : "account/refusal-changes-nothing";
  const suspect: Suspect = {
    clause,
    what: `after ${operation} that was answered ${status}`,
    ...(operation === "updateSandboxSnapshot" ? { set: setIn(body.json) } : {}),
    ...(operation === "deleteSandboxes" ? { set: null } : {}),
    ...(operation === "uploadSandboxFiles" ? { files: pathsIn(body.json) } : {}),
  };
  const isWrong = status === 400 && body.is === "valid" && operation === "updateSandboxSnapshot" && !isForeign;
  const reason = `${operation} with ${shown(body.json)} was answered ${status}`;
  return {
    next: { ...state, suspects: [...state.suspects, suspect].slice(-suspectsMax) },
    deviations: isWrong ? [wrong("update/accepts-valid", reason, 2)] : [],
  };
}

const kept = ["snapshot_id", "github_repo"] as const;

/** The members of a record that lists tell, too. What was never set may be left out. */
function keptIn(row: JsonObject | null): JsonObject {
  return Object.fromEntries(kept.map((name) => [name, row?.[name] ?? null]));
}

/** Sets the snapshot or the repository of an account, or reads both. */
function updateAccount(state: AccountState, { body, answer }: ChangePart, { span, isUncertain }: StepContext): Outcome {
  const { row } = state;
  const set = setIn(body.json);
  const files = set["github_repo"] === undefined || set["github_repo"] === row?.["github_repo"] ? state.files : {};
  const stored = (told: JsonObject | null | undefined): AccountState => {
    const { row: _, ...rest } = state;
    return { ...rest, files, ...(told === undefined ? {} : { row: told, rowBy: "update" as const }) };
  };
  if (isUncertain) return { next: stored(isObject(row) ? { ...row, ...set } : undefined), deviations: [] };
  if (answer !== null && !isObject(answer)) return { next: stored(undefined), deviations: [] };
  const deviations: Deviation[] = [];
  const expected: JsonObject = { ...row, ...set };
  // A snapshot that is set has another expiry.
  const fixed = ["created_at", ...("snapshot_id" in set ? [] : ["expires_at"])];
  const differs = [...kept, ...(isObject(row) ? fixed : [])].find(
    (name) => name in expected && !isSame(expected[name] ?? null, answer?.[name] ?? null),
  );
  if (differs !== undefined && body.is !== "open") {
    const why = explain(state, answer);
    const reason = `${differs} is to be ${shown(expected[differs])}, and the answer says ${shown(answer?.[differs])}`;
    deviations.push(
      wrong(why?.clause ?? "update/answers-stored", `${reason}${why === undefined ? "" : `, ${why.what}`}`),
    );
  }
  if (body.is === "broken") {
    deviations.push(wrong("update/accepts-valid", `an update with ${shown(body.json)} was answered 200`, 2));
  }
  const expiry = Date.parse(String(answer?.["expires_at"]));
  const isWeek = expiry >= span.fromMs + weekMs - apartMs && expiry <= span.toMs + weekMs + apartMs;
  if ("snapshot_id" in set && !Number.isNaN(expiry) && !isWeek) {
    deviations.push(wrong("update/expires", `it expires at ${String(answer?.["expires_at"])}`, 1));
  }
  return { next: withoutSuspects(stored(answer), "set"), deviations };
}

function deleteAccount({ row, setups }: AccountState, { answer }: ChangePart, { isUncertain }: StepContext): Outcome {
  const deleted = isObject(answer) ? answer["deleted_snapshot"] : undefined;
  const isWrong =
    !isUncertain &&
    row !== undefined &&
    (isObject(deleted) || deleted === null) &&
    !isSame(recordIn(deleted, row), recordIn(row, row));
  const reason = `it tells ${shown(deleted)}, and the record was ${shown(row)}`;
  return {
    next: { ...unknownAccount, setups, row: null, rowBy: "delete" },
    deviations: isWrong ? [wrong("delete/answers-deleted", reason)] : [],
  };
}

/** The members of a record that are known of another, too. */
function recordIn(row: JsonObject | null, known: JsonObject | null): JsonObject | null {
  if (row === null || (known !== null && !("created_at" in known))) return keptIn(row);
  return { ...keptIn(row), created_at: row["created_at"], expires_at: row["expires_at"] };
}

/** Which of the refused requests would have led to what is seen. */
function explain({ row, suspects }: AccountState, seen: JsonObject | null): Suspect | undefined {
  return suspects.findLast(({ set }) =>
    set === null
      ? seen?.["snapshot_id"] == null && seen?.["github_repo"] == null
      : set !== undefined && isSame(keptIn({ ...row, ...set }), keptIn(seen)),
  );
}

function withoutSuspects(state: AccountState, of: "set" | "files"): AccountState {
  return state.suspects.length === 0 ? state : { ...state, suspects: state.suspects.filter((each) => !(of in each)) };
}

const clausesByCause = {
  update: "list/keeps-what-was-set",
  delete: "delete/erases",
  "set-up": "setup/sets-account",
} as const;

/** What a list tells of the account. */
function readAccount(state: AccountState, told: JsonObject): Outcome {
  const { row, rowBy = "update" } = state;
  const tree = readTree(state, told["filetree"]);
  if (row === undefined) return { next: state, deviations: tree };
  const [seen, stored] = [keptIn(told), keptIn(row)];
  if (isSame(seen, stored)) return { next: withoutSuspects(state, "set"), deviations: tree };
  const why = explain(state, seen);
  const reason = `the list tells ${shown(seen)}, and it is ${shown(stored)}${why === undefined ? "" : `, ${why.what}`}`;
  return { next: unknownAccount, deviations: [wrong(why?.clause ?? clausesByCause[rowBy], reason)] };
}
