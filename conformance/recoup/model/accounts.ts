import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { isSame, shown } from "../../kit/model/compare.ts";
import type { Span } from "../../kit/law/exchange.ts";
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

/** What says something of an account. */
export type AccountPart = Extract<RecoupPart, { kind: "change" | "settled" | "left" | "keeps" | "file" }>;
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
  const isSeen = next.row !== state.row || next.files !== state.files || next.leftByRun !== state.leftByRun;
  return { next: isSeen ? { ...next, seenAtMs: at.span.fromMs } : next, deviations };
}

function step(
  state: AccountState,
  part: AccountPart,
  at: StepContext,
  { isForeign, accountId, isUploadedElsewhere }: Omit<Beside, "runningUntilMs">,
): Outcome {
  if (part.kind === "settled") return { next: settle(state, part, at.span.toMs), deviations: [] };
  const isBusy = state.setups.length > 0 && at.span.fromMs < (state.busyUntilMs ?? 0);
  if (part.kind === "left") return { next: isBusy ? state : leave(state, part.snapshot), deviations: [] };
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

/** What a set-up has come to, as its run tells. A repository that was there before keeps its files. */
function settle(
  state: AccountState,
  { run, output }: Extract<RecoupPart, { kind: "settled" }>,
  toMs: number,
): AccountState {
  if (!state.setups.includes(run)) return state;
  const setups = state.setups.filter((each) => each !== run);
  if (setups.length > 0) return { ...state, setups };
  const { snapshotId, githubRepo } = output;
  const isKnown = state.isMixed !== true && typeof snapshotId === "string" && typeof githubRepo === "string";
  if (!isKnown) return unknownAccount;
  const { before, busySinceMs = -Infinity } = state;
  const files = before?.url === githubRepo ? Object.entries(before.files).filter(([, file]) => file !== null) : [];
  return {
    ...unknownAccount,
    files: Object.fromEntries(files),
    row: { snapshot_id: snapshotId, github_repo: githubRepo },
    rowBy: "set-up",
    snapshotSetIn: { fromMs: busySinceMs, toMs },
  };
}

/** A command that has ended leaves a snapshot, and may have written to the repository. */
function leave({ setups }: AccountState, leftByRun: string): AccountState {
  return { ...unknownAccount, setups, leftByRun };
}

function change(
  state: AccountState,
  part: ChangePart,
  at: StepContext,
  { isBusy, ...beside }: Pick<Beside, "isForeign" | "accountId"> & { readonly isBusy: boolean },
): Outcome {
  const { isForeign, accountId } = beside;
  const status = at.exchange.response?.status ?? 0;
  if (status >= 400 && !at.isUncertain) return refused(state, part, status, { isForeign, isBusy });
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
    const setups = [...(isBusy ? state.setups : []), run];
    const before = { url: repositoryOf(state), files: state.files };
    const busy = { busySinceMs: at.span.fromMs, busyUntilMs: at.span.toMs + runMsMax, isMixed: isBusy, before };
    return { next: { ...unknownAccount, setups, ...busy }, deviations: [] };
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
function refused(
  state: AccountState,
  part: ChangePart,
  status: number,
  { isForeign, isBusy }: { readonly isForeign: boolean; readonly isBusy: boolean },
): Outcome {
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
  const repository = repositoryOf(state);
  const isLost =
    operation === "uploadSandboxFiles" &&
    status === 404 &&
    !isBusy &&
    body.is === "valid" &&
    typeof repository === "string";
  return {
    next: { ...state, suspects: [...state.suspects, suspect].slice(-suspectsMax) },
    deviations: [
      ...(isWrong ? [wrong("update/accepts-valid", reason, 2)] : []),
      ...(isLost ? [wrong("upload/answers-committed", `${reason}, and there is ${repository}`, 2)] : []),
    ],
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
  const files = filesAfter(state, set["github_repo"]);
  const stored = (told: JsonObject | null | undefined): AccountState => {
    const { row: _, leftByRun: __, erased, ...known } = state;
    const isElsewhere = set["github_repo"] !== undefined && set["github_repo"] !== erased?.url;
    const rest = isElsewhere || erased === undefined ? known : { ...known, erased };
    const setIn = "snapshot_id" in set ? { snapshotSetIn: span } : {};
    return { ...rest, ...setIn, files, ...(told === undefined ? {} : { row: told, rowBy: "update" as const }) };
  };
  if (isUncertain) {
    const { expires_at: _, ...others } = row ?? {};
    const known = "snapshot_id" in set ? others : row; // a snapshot that is set has another expiry
    return { next: stored(isObject(row) ? { ...known, ...set } : undefined), deviations: [] };
  }
  if (answer !== null && !isObject(answer)) return { next: stored(undefined), deviations: [] };
  const deviations: Deviation[] = [...judgeTimes(state, answer, { span, set })];
  const expected: JsonObject = { ...row, ...set };
  // A snapshot that is set has another expiry.
  const fixed = ["created_at", ...("snapshot_id" in set ? [] : ["expires_at"])];
  const differs = [...kept, ...(isObject(row) ? fixed : [])].find(
    (name) => name in expected && !isSame(expected[name] ?? null, answer?.[name] ?? null),
  );
  const isNew = row === null && Object.keys(set).length === 0 && answer !== null;
  if ((differs !== undefined || isNew) && body.is !== "open") {
    const why = explain(state, answer);
    const reason =
      differs === undefined
        ? `there is to be no record, and the answer has one`
        : `${differs} is to be ${shown(expected[differs])}, and the answer says ${shown(answer?.[differs])}`;
    deviations.push(
      wrong(why?.clause ?? "update/answers-stored", `${reason}${why === undefined ? "" : `, ${why.what}`}`),
    );
  }
  if (body.is === "broken") {
    deviations.push(wrong("update/accepts-valid", `an update with ${shown(body.json)} was answered 200`, 2));
  }
  if (!("snapshot_id" in set)) deviations.push(...judgeLeft(state, answer ?? {}));
  return { next: withoutSuspects(stored(answer), "set"), deviations };
}

/** What is known of the files once a repository is set: none of one that was deleted for good. */
function filesAfter({ row, files, erased }: AccountState, repository: unknown): AccountState["files"] {
  if (repository === undefined || repository === row?.["github_repo"]) return files;
  if (erased === undefined || repository !== erased.url) return {};
  return Object.fromEntries(Object.keys(erased.files).map((path) => [path, null]));
}

/** A time that a server tells is not known to be later where it is not later by this much, in milliseconds. */
const laterMsMin = 1_000;

/** What a record tells of when it was made, and of when its snapshot is no longer used. */
function judgeTimes(
  { row, snapshotSetIn }: AccountState,
  answer: JsonObject | null,
  { span, set }: { readonly span: Span; readonly set: JsonObject },
): readonly Deviation[] {
  if (answer === null) return [];
  const { created_at, expires_at, snapshot_id } = answer;
  const isIn = (told: unknown, { fromMs, toMs }: Span, laterMs: number) => {
    const atMs = Date.parse(String(told)) - laterMs;
    return Number.isNaN(atMs) || (atMs >= fromMs - apartMs && atMs <= toMs + apartMs);
  };
  const isSet = "snapshot_id" in set;
  const setIn = isSet ? span : isObject(row) && "expires_at" in row ? undefined : snapshotSetIn;
  const isRenewed = !isSet || snapshotSetIn === undefined || span.fromMs - snapshotSetIn.toMs < laterMsMin;
  const isKept = !isRenewed && typeof expires_at === "string" && expires_at === row?.["expires_at"];
  const isWrong = (setIn !== undefined && !isIn(expires_at, setIn, weekMs)) || isKept;
  const isOdd = snapshot_id !== undefined && (snapshot_id === null) !== ((expires_at ?? null) === null);
  return [
    ...(row === null && Object.keys(set).length > 0 && !isIn(created_at, span, 0)
      ? [wrong("update/answers-stored", `the record is written first now, and is of ${String(created_at)}`)]
      : []),
    ...(isWrong || isOdd ? [wrong("update/expires", `it expires at ${String(expires_at)}`, 1)] : []),
  ];
}

/** What a command has left is the account's, from when its run has ended. */
function judgeLeft({ row, leftByRun }: AccountState, told: JsonObject): readonly Deviation[] {
  const { snapshot_id } = told;
  if (row !== undefined || leftByRun === undefined || snapshot_id === leftByRun) return [];
  return [wrong("list/run-sets-snapshot", `a run has left ${leftByRun}, and the account has ${String(snapshot_id)}`)];
}

function deleteAccount(state: AccountState, { answer }: ChangePart, { isUncertain }: StepContext): Outcome {
  const { row, setups, files, erased } = state;
  const deleted = isObject(answer) ? answer["deleted_snapshot"] : undefined;
  const isWrong =
    !isUncertain &&
    row !== undefined &&
    (isObject(deleted) || deleted === null) &&
    ((row === null && deleted !== null) || !isSame(recordIn(deleted, row), recordIn(row, row)));
  const reason = `it tells ${shown(deleted)}, and the record was ${shown(row)}`;
  const url = repositoryOf(state);
  const gone = typeof url === "string" ? { erased: { url, files } } : erased === undefined ? {} : { erased };
  return {
    next: { ...unknownAccount, ...gone, setups, row: null, rowBy: "delete" },
    deviations: isWrong ? [wrong("delete/answers-deleted", reason)] : [],
  };
}

/** The members of a record that are known of another, too. */
function recordIn(row: JsonObject | null, known: JsonObject | null): JsonObject | null {
  const times = row === null ? [] : ["created_at", "expires_at"].filter((name) => known === null || name in known);
  return { ...keptIn(row), ...Object.fromEntries(times.map((name) => [name, row?.[name]])) };
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
  if (row === undefined) {
    const { leftByRun: _, ...next } = state;
    return { next, deviations: [...tree, ...judgeLeft(state, told)] };
  }
  const [seen, stored] = [keptIn(told), keptIn(row)];
  if (isSame(seen, stored)) return { next: withoutSuspects(state, "set"), deviations: tree };
  const why = explain(state, seen);
  const reason = `the list tells ${shown(seen)}, and it is ${shown(stored)}${why === undefined ? "" : `, ${why.what}`}`;
  return { next: unknownAccount, deviations: [wrong(why?.clause ?? clausesByCause[rowBy], reason)] };
}
