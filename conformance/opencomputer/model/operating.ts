import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { Deviation, StepContext, StepOutcome } from "../../kit/model/contract-model.ts";
import { changesOf } from "./changes.ts";
import type { ClauseId } from "./clauses.ts";
import { isWithin, read, readTags, shownAs, spanText } from "./reading.ts";
import { isByGateway } from "../../kit/model/observed-exchange.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { apply, passTime, suspect } from "./sandbox-state.ts";
import { explainStatus } from "./status-mismatch.ts";
import type { ElsewhereChange } from "./status-mismatch.ts";
import { answerIn, slugs } from "../operations.ts";
import type { OperationId } from "../operations.ts";
import type { Part } from "./views.ts";
import { isSame, shown } from "../../kit/model/compare.ts";
import { outcome, wrong } from "./wrong.ts";

type OperationPart = Extract<Part, { kind: "operation" }>;
type Outcomes = readonly StepOutcome<SandboxState>[];

const portMax = 65_535;

/** Operations to which it makes a difference whether the sandbox runs or hibernates. */
const awakeOperations: readonly OperationId[] = ["wakeSandbox", "setSandboxTimeout", "createPreview"];

/** Servers were seen to look up previews without looking for the sandbox. */
function isEmptyList({ operation }: OperationPart, json: unknown): boolean {
  return operation === "listPreviews" && Array.isArray(json) && json.length === 0;
}

/** An operation on one sandbox: what it is answered with in each state, and what becomes of the sandbox. */
export function operate(
  state: SandboxState,
  part: OperationPart,
  at: StepContext,
  elsewhere: readonly ElsewhereChange[],
): Outcomes {
  const { exchange, span, isUncertain } = at;
  const { operation } = part;
  const isOfTime = awakeOperations.includes(operation);
  const now = isOfTime ? passTime(state, span) : [state];
  const status = exchange.response?.status ?? 0;
  const done = (each: SandboxState) => carryOut(each, part, at);
  if (isUncertain) return now.map((each) => outcome(done(each)));
  if (status === 401 || status === 403 || isByGateway(status)) return [outcome(refused(state, part, at))];
  if (exchange.actor === undefined) return now.flatMap((each) => [outcome(each), outcome(done(each))]);
  if (state.owner !== undefined && state.owner !== exchange.actor) return operateForeign([state], part, at);
  const owned =
    status < 300 && !isEmptyList(part, exchange.response?.json)
      ? now.map((each) => ({ ...each, owner: exchange.actor! }))
      : now;
  if (operation === "getSandbox" && status === 200) {
    const json = exchange.response?.json;
    return owned.flatMap((each) => read(each, isObject(json) ? json : {}, at, elsewhere));
  }
  const outcomes = owned.flatMap((each) => answer(each, part, at));
  if (!isOfTime || outcomes.some(({ deviations }) => deviations.length === 0)) return outcomes;
  return [...outcomes, ...answerOutOfTime(state, part, at, { now, elsewhere })];
}

/** It answers as it may, were it not for the time: it sleeps too soon, or not yet. */
function answerOutOfTime(
  state: SandboxState,
  part: OperationPart,
  at: StepContext,
  { now, elsewhere }: { readonly now: readonly SandboxState[]; readonly elsewhere: readonly ElsewhereChange[] },
): Outcomes {
  const isByTime = state.status === "running" || state.dozed === true;
  const other = now.some(({ status }) => status === "running") ? "hibernated" : "running";
  if (!isByTime || now.some(({ status }) => status === other)) return [];
  const why = { ...explainStatus(state, now, other, elsewhere), weight: 0.5 };
  return answer(shownAs(state, other), part, at)
    .filter(({ deviations }) => deviations.every(({ weight = Infinity }) => weight <= 1))
    .map(({ next, deviations }) => outcome(next, why, ...deviations));
}

/** What it makes of the sandbox, where it is carried out. */
function carryOut(state: SandboxState, part: OperationPart, { exchange, span }: StepContext): SandboxState {
  if (state.status === "absent") return state;
  const changed = apply(state, changesOf(state, part, exchange), span, part.operation);
  if (part.operation === "rotatePreviewToken") {
    const { gate: _, ...rest } = changed;
    const token = tokenIn(exchange.response?.json);
    const old = typeof state.gate === "string" ? [...state.oldTokens, state.gate].slice(-4) : state.oldTokens;
    return { ...rest, gateBy: "rotate", oldTokens: old, ...(token === undefined ? {} : { gate: token }) };
  }
  if (part.operation === "replaceSandboxTags" && part.body.is !== "broken") {
    const { taggedAt: _, tagsBefore: __, ...rest } = changed;
    return { ...rest, ...(state.tags === undefined ? {} : { tagsBefore: state.tags }), taggedWhile: state.status };
  }
  return changed.status === state.status ? changed : { ...changed, isSeen: false };
}

function tokenIn(json: unknown): string | undefined {
  const token = isObject(json) ? json["previewAuthToken"] : undefined;
  return typeof token === "string" ? token : undefined;
}

/** Clauses that say that what was refused has changed nothing. */
const refusalClauses: Partial<Record<OperationId, ClauseId>> = {
  wakeSandbox: "wake/refusal-wakes-nothing",
  replaceSandboxTags: "replace-tags/refusal-changes-nothing",
  createPreview: "create-preview/refusal-lists-nothing",
  deletePreview: "delete-preview/exact-port",
};

function refused(state: SandboxState, part: OperationPart, { exchange }: StepContext, foreign = false): SandboxState {
  const status = exchange.response?.status ?? 0;
  const clause: ClauseId = foreign
    ? "get/foreign-untouched"
    : status === 401
      ? "sandbox/unauthorized-untouched"
      : (refusalClauses[part.operation] ?? "sandbox/refusal-changes-nothing");
  const whose = foreign ? "another organisation's " : "a ";
  const what = `after ${whose}${part.operation} that was answered ${status}`;
  return suspect(state, { clause: `opencomputer/${clause}`, what, changes: changesOf(state, part, exchange) });
}

/** Another organisation's sandbox is answered like one that never was, and nothing is done to it. */
function operateForeign(now: readonly SandboxState[], part: OperationPart, at: StepContext): Outcomes {
  const { status = 0, json } = at.exchange.response ?? {};
  if (status >= 400 || isEmptyList(part, json)) return now.map((each) => outcome(refused(each, part, at, true)));
  const clause: ClauseId =
    part.operation === "listSandboxes" ? "list/foreign" : `${foreignSlug(part.operation)}/foreign`;
  const deviation = wrong(clause, `${part.operation} on another organisation's sandbox was answered ${status}`);
  return now.flatMap((each) => [outcome(each, deviation), outcome(carryOut(each, part, at), deviation)]);
}

function foreignSlug(operation: OperationId): Exclude<(typeof slugs)[OperationId], "create" | "list"> {
  return slugs[operation] as Exclude<(typeof slugs)[OperationId], "create" | "list">;
}

function answer(state: SandboxState, part: OperationPart, at: StepContext): Outcomes {
  const { operation, body } = part;
  const status = at.exchange.response?.status ?? 0;
  const expected = expectedOf(state, part, at);
  if (expected.includes(status)) {
    return status < 300 ? succeedOr(state, part, at) : [outcome(refused(state, part, at))];
  }
  // Which is judged first, the body or the sandbox, is open; and so is in which 4xx a broken body is refused.
  if (status >= 400 && (body.is === "broken" || body.is === "open")) return [outcome(refused(state, part, at))];
  const reason = `${operation} on ${articled(state)} sandbox was answered ${status}, not ${expected.join(" or ")}`;
  if (status >= 400) return [outcome(refused(state, part, at), wrong(stateClause(state, operation), reason, 2))];
  if (body.is === "broken") return [acceptBroken(state, part, at)];
  const deviation = wrong(stateClause(state, operation), reason, 2);
  if (state.status === "absent") return [outcome({ ...state, status: "running", idle: { from: "create" } }, deviation)];
  const done = succeed(state, part, at);
  return expected.some((each) => each < 300)
    ? [{ ...done, deviations: [deviation, ...done.deviations] }]
    : [outcome(state, deviation), { ...done, deviations: [deviation, ...done.deviations] }];
}

function articled({ status }: SandboxState): string {
  return status === "error" || status === "absent" ? `an ${status}` : `a ${status}`;
}

function expectedOf(
  state: SandboxState,
  { operation, body }: OperationPart,
  { exchange }: StepContext,
): readonly number[] {
  const { status, ports } = state;
  const usual = answerIn(operation, status === "absent" ? "unknown" : status);
  if (body.is === "broken") return [usual < 400 ? 400 : usual, 400];
  // A sandbox whose owner was never seen may belong to another organisation.
  if (state.owner === undefined && usual !== 404) return [usual, 404, ...portAnswers(operation)];
  if (status === "absent") return [usual];
  const sent = isObject(body.json) ? body.json["port"] : undefined;
  const port = String(operation === "createPreview" ? sent : exchange.path["port"]);
  if (operation === "createPreview" && status === "running") {
    if (isObject(body.json) && body.json["domain"] !== undefined) return [usual, 200, 400, 403];
    return ports === undefined ? [usual, 200] : [ports[port] === undefined ? usual : 200];
  }
  if (operation === "deletePreview") {
    // Some servers read a number as a number, with a sign or zeros before it.
    const isPort = /^\+?0*[1-9]\d{0,4}$/.test(port) && Number(port) <= portMax;
    const isPlain = isPort && /^[1-9]/.test(port);
    if (!isPlain && isPort && ports?.[Number(port)] !== undefined) return [400, 404, 204];
    if (!isPlain) return [400, 404];
    if (ports === undefined) return [204, 404];
    return [ports[port] === undefined ? 404 : 204];
  }
  return [usual];
}

/** What may be answered beside the usual where it is not known which ports are listed, nor whether this is one. */
function portAnswers(operation: OperationId): readonly number[] {
  if (operation === "deletePreview") return [400];
  return operation === "createPreview" ? [200] : [];
}

function stateClause({ status, ports }: SandboxState, operation: OperationId): ClauseId {
  const slug = slugs[operation];
  if (slug === "create" || slug === "list") return "list/read-back";
  if (status === "absent") return `${slug}/unknown-id`;
  if (slug === "get") return "get/read-back";
  if (slug === "create-preview" && status === "running" && ports !== undefined) return "create-preview/same-port";
  if (slug === "delete-preview" && status !== "stopped") return "delete-preview/unlisted-port";
  return `${slug}/when-${status === "error" ? "stopped" : status}`;
}

/** Something that breaks a rule was taken: what became of it is not known. */
function acceptBroken(state: SandboxState, part: OperationPart, at: StepContext): StepOutcome<SandboxState> {
  const clauses: Partial<Record<OperationId, ClauseId>> = {
    setSandboxTimeout: "set-timeout/broken-timeout",
    wakeSandbox: "wake/broken-body",
    replaceSandboxTags: "replace-tags/broken-limits",
    createPreview: "create-preview/broken-port",
  };
  const clause = clauses[part.operation];
  const { tags: _, ports: __, ...rest } = carryOut(state, part, at);
  const next = { ...rest, idle: { from: "set" as const } };
  if (clause === undefined) return outcome(next);
  const status = at.exchange.response?.status ?? 0;
  return outcome(next, wrong(clause, `${part.operation} with ${shown(part.body.json)} was answered ${status}`, 2));
}

/** Pages of the vendor disagree on the timeout after a wake that names none; from then on it may be another one. */
function succeedOr(state: SandboxState, part: OperationPart, at: StepContext): Outcomes {
  const done = succeed(state, part, at);
  if (part.operation !== "wakeSandbox" || done.next.idle.from !== "kept" || done.next.idle.seconds === undefined)
    return [done];
  const lost = wrong(
    "wake/timeout-kept",
    `${at.subject} has another timeout than ${done.next.idle.seconds} s since it woke`,
    1,
  );
  return [done, { next: { ...done.next, idle: { from: "kept" } }, deviations: [...done.deviations, lost] }];
}

/** It was done: whether the answer says so rightly. */
function succeed(state: SandboxState, part: OperationPart, at: StepContext): StepOutcome<SandboxState> {
  const json = at.exchange.response?.json;
  const members: JsonObject = isObject(json) ? json : {};
  const next = carryOut(state, part, at);
  switch (part.operation) {
    case "getSandboxTags":
      return readTags(next, members, "get-tags/read-back");
    case "replaceSandboxTags":
      return replacedTags(next, part, members, at);
    case "createPreview":
      return recorded(state, next, { record: members, sent: part.body.json }, at);
    case "listPreviews":
      return readPorts(next, json, at);
    case "hibernateSandbox":
    case "wakeSandbox":
      return outcome(next, ...namesIt(part.operation, members, at));
    default:
      return outcome(next);
  }
}

function namesIt(
  operation: "hibernateSandbox" | "wakeSandbox",
  { sandboxID }: JsonObject,
  { subject }: StepContext,
): Deviation[] {
  if (sandboxID === undefined || sandboxID === subject) return [];
  return [wrong(`${slugs[operation]}/answer-shape`, `it names ${shown(sandboxID)}, and ${subject} was asked for`)];
}

function replacedTags(
  next: SandboxState,
  { body }: OperationPart,
  members: JsonObject,
  { span }: StepContext,
): StepOutcome<SandboxState> {
  const { tags, tagsLastUpdatedAt: time } = members;
  const told = { ...next, ...(typeof time === "string" || time === null ? { taggedAt: time } : {}) };
  if (!isObject(tags)) return outcome(told);
  // What is sent as null, or with no word that it is JSON, is read one way or the other.
  if (body.is === "open") return outcome({ ...told, tags: tags as Readonly<Record<string, string>> });
  const sent = isObject(body.json) ? body.json : {};
  const count = Object.keys(sent).length;
  if (!isSame(tags, sent)) {
    const clause: ClauseId = count === 0 ? "replace-tags/clears" : "replace-tags/answers-new";
    return outcome(told, wrong(clause, `the tags are to be ${shown(sent)}, and the answer says ${shown(tags)}`));
  }
  if ((time === null) !== (count === 0) && time !== undefined) {
    const reason = `tagsLastUpdatedAt is ${shown(time)} where there are ${count} tags`;
    return outcome(told, wrong("replace-tags/answers-new", reason));
  }
  if (typeof time === "string" && !Number.isNaN(Date.parse(time)) && !isWithin(time, span)) {
    const reason = `tagsLastUpdatedAt is ${time}, and they were replaced ${spanText(span)}`;
    return outcome(told, wrong("replace-tags/answers-new", reason));
  }
  return outcome(told);
}

function recorded(
  before: SandboxState,
  next: SandboxState,
  { record, sent }: { readonly record: JsonObject; readonly sent: unknown },
  { subject, span, exchange }: StepContext,
): StepOutcome<SandboxState> {
  if (!isObject(sent)) return outcome(next);
  const port = String(sent["port"]);
  const known = before.ports?.[port];
  if (known !== undefined && Object.keys(known).length > 0) {
    const reason = `the record was ${shown(known)} and is ${shown(record)}`;
    const isAsItWas = isSame(known["id"], record["id"]) && !isChanged(known, record);
    return isAsItWas ? outcome(next) : outcome(next, wrong("create-preview/same-port", reason));
  }
  const { sandboxId, hostname = "", authConfig, createdAt } = record;
  const isKept = !isObject(sent["authConfig"]) || authConfig === undefined || isSame(authConfig, sent["authConfig"]);
  const isNow = typeof createdAt !== "string" || Number.isNaN(Date.parse(createdAt)) || isWithin(createdAt, span);
  const isMade = exchange.response?.status !== 200; // else it was made earlier, by a request of which not all is known
  const isRight =
    (!isMade || (isKept && isNow)) &&
    sandboxId === subject &&
    String(record["port"]) === port &&
    `${hostname as string}`.startsWith(`${subject}-p${port}.`);
  return isRight
    ? outcome(next)
    : outcome(next, wrong("create-preview/record", `port ${port} is recorded as ${shown(record)}`));
}

function readPorts(state: SandboxState, json: unknown, { subject }: StepContext): StepOutcome<SandboxState> {
  if (!Array.isArray(json)) return outcome(state);
  const records = json.filter(isObject);
  const ports = Object.fromEntries(records.map((record) => [String(record["port"]), record]));
  const next = { ...state, ports, suspects: state.suspects.filter(({ changes }) => changes.ports === undefined) };
  const listed = records.map(({ port }) => Number(port));
  const sorted = listed.toSorted((one, other) => one - other);
  const reason = `it lists the ports ${shown(listed)}, and they are ${shown(Object.keys(state.ports ?? {}))}`;
  if (state.ports === undefined) return outcome(next);
  if (isSame(Object.keys(state.ports), Object.keys(ports))) {
    if (!isSame(listed, sorted))
      return outcome(next, wrong("list-previews/read-back", `the ports are ${shown(listed)}, not the lowest first`));
    const alien = records.find(({ sandboxId }) => sandboxId !== subject);
    if (alien !== undefined) return outcome(next, wrong("create-preview/record", `it lists ${shown(alien)}`));
    const changed = records.find((record) => isChanged(state.ports?.[String(record["port"])], record));
    if (changed === undefined) return outcome(next);
    return outcome(
      next,
      wrong(
        "list-previews/read-back",
        `it lists ${shown(changed)}, which was ${shown(state.ports[String(changed["port"])])}`,
      ),
    );
  }
  const names = Object.keys(ports);
  const suspected = state.suspects.findLast(
    ({ changes }) => isSame(Object.keys(changes.ports ?? {}), names) && changes.ports !== undefined,
  );
  if (suspected !== undefined)
    return { next, deviations: [{ clause: suspected.clause, reason: `${reason}, ${suspected.what}` }] };
  if (state.status === "stopped") return outcome(next, wrong("kill/drops-previews", reason));
  if (Object.keys(state.ports).length === 0) return outcome(next, wrong("list-previews/empty", reason));
  return outcome(
    next,
    wrong(state.hasSlept ? "list-previews/kept-over-hibernation" : "list-previews/read-back", reason),
  );
}

/** A record stays what it was: its name, its host name, when it was made, what came with it. */
function isChanged(before: JsonObject | undefined, now: JsonObject): boolean {
  if (before === undefined) return false;
  return ["id", "hostname", "createdAt", "authConfig"].some(
    (name) => name in before && name in now && !isSame(before[name], now[name]),
  );
}
