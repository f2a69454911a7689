import { operations } from "../../../generated/recoup/operations.ts";
import { responseBodies } from "../../../generated/recoup/validators.js";
import type { Operation } from "../../../src/contract/operation.ts";
import { judgeAnswer } from "../../kit/law/answer.ts";
import type { Span } from "../../kit/law/exchange.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { ContractModel, Deviation, ModelOptions, StepContext } from "../../kit/model/contract-model.ts";
import { isByGateway, isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { createUnaskedCreates } from "../../kit/model/unasked-creates.ts";
import type { CreateSeen, ListedSeen } from "../../kit/model/unasked-creates.ts";
import { keep, runMsMax } from "./accounts.ts";
import type { AccountPart, Beside } from "./accounts.ts";
import { sentOperations } from "../operations.ts";
import { wrong } from "./clauses.ts";
import { filesIn } from "./files.ts";
import { missInList, missRun, readRun, startRun } from "./runs.ts";
import { listSandbox, makeSandbox, missSandbox } from "./sandboxes.ts";
import { unknownAccount } from "./states.ts";
import type { RecoupPart, RecoupState } from "./states.ts";
import { changeOf, createAccounts, isChanging, isOperation, namedIn, queryOf } from "./views.ts";
import { endedIn, readsOf, runsSomething, sentIn, startedIn } from "./views.ts";

export { clauseIds, clauses } from "./clauses.ts";

/** The Recoup contract as an oracle: what a server may answer, given all that went before. */
export function createRecoupModel({
  keysAreTenants = true,
  isFromStart = false,
  listsLagMs = 0,
}: ModelOptions = {}): ContractModel<RecoupState, RecoupPart> {
  const accounts = createAccounts();
  const creates = createUnaskedCreates();
  const unaskedRuns = createUnaskedCreates();
  /** Callers that named an account which may be their own, so that no account of theirs is known. */
  const naming = new Set<string | undefined>();
  let firstMs = isFromStart ? -Infinity : Infinity;
  /** Until when each command or prompt may change an account, and since when. */
  const running = new Map<string, Map<string, RunSpan>>();
  /** When something else was asked to change an account. */
  const changedAtMs = new Map<string, number>();
  const started = new Map<
    string,
    { readonly account: string; readonly isSetup: boolean; readonly startedAtMs: number }
  >();
  const uploads = new Map<string, { readonly account: string; readonly repository: unknown }>();
  const repositories = new Map<string, unknown>();

  const runsOf = (subject: string) => running.get(subject) ?? new Map<string, RunSpan>();
  /** It has changed what it was to change. */
  const end = (run: string, { number, answeredAtMs }: ObservedExchange) => {
    const runs = runsOf(`account ${started.get(run)?.account}`);
    const span = runs.get(run);
    if (span === undefined || span.endedBy !== undefined) return;
    runs.set(run, { ...span, toMs: Math.min(span.toMs, answeredAtMs), endedBy: number });
  };
  const hasLeft = (run: string, { number }: ObservedExchange) => {
    const subject = `account ${started.get(run)?.account}`;
    const runs = [...runsOf(subject)];
    const { fromMs = -Infinity, endedBy } = runs.find(([id]) => id === run)?.[1] ?? {};
    const isAlone = runs.every(([id, span]) => id === run || span.toMs < fromMs);
    return endedBy === number && isAlone && !((changedAtMs.get(subject) ?? -Infinity) >= fromMs);
  };
  const note = (exchange: ObservedExchange) => {
    const isNaming = namedIn(exchange) !== undefined && (isChanging(exchange.operation) || runsSomething(exchange));
    if (isNaming && !accounts.isKnown(exchange.actor)) naming.add(exchange.actor);
    firstMs = Math.min(firstMs, exchange.sentAtMs);
    const account = accounts.of(exchange);
    const run = startedIn(exchange);
    const isSetup = exchange.operation === "setupSandbox";
    if (run !== undefined) keepLatest(started, run, { account, isSetup, startedAtMs: exchange.sentAtMs });
    for (const ended of endedIn(exchange)) end(ended, exchange);
    if (exchange.response?.status !== 200 || !isObject(exchange.response.json)) return;
    const { github_repo } = exchange.response.json;
    if (typeof github_repo === "string") keepLatest(repositories, account, github_repo);
    if (exchange.operation !== "uploadSandboxFiles") return;
    const repository = repositories.get(account);
    for (const { path } of filesIn(sentIn(exchange))) keepLatest(uploads, path, { account, repository });
  };
  const isAliased = (actor: string | undefined) =>
    keysAreTenants
      ? naming.has(actor) && !accounts.isKnown(actor)
      : [...naming].some((each) => !accounts.isKnown(each)) || (naming.size > 0 && !accounts.isKnown(actor));
  const beside = (account: string, { exchange: { actor }, subject }: StepContext): Beside => ({
    runningUntilMs: Math.max(...[...runsOf(subject).values()].map(({ toMs }) => toMs)),
    isForeign: keysAreTenants && actor !== undefined && account.startsWith("of ") && account !== `of ${actor}`,
    accountId: accounts.idOf(account),
    isUploadedElsewhere: (path, repository) => {
      const upload = uploads.get(path);
      const isKnown = repository !== undefined && typeof upload?.repository === "string";
      return isKnown && upload.account !== account && upload.repository !== repository;
    },
  });
  return {
    listsLagMs,
    change: (exchange) => {
      if (runsSomething(exchange)) {
        const subject = `account ${accounts.of(exchange)}`;
        const { sentAtMs, answeredAtMs, number } = exchange;
        const runs = runsOf(subject);
        const span = { fromMs: sentAtMs, toMs: answeredAtMs + lateMsMax + runMsMax };
        keepLatest(runs, startedIn(exchange) ?? `of ${number}`, span);
        running.set(subject, runs);
      }
      const changed = changeOf(exchange, accounts);
      const isDone = (exchange.response?.status ?? 500) < 400 || isUncertain(exchange);
      if (changed?.part.kind === "change" && isDone) changedAtMs.set(changed.subject, exchange.answeredAtMs);
      return changed;
    },
    reads: (exchange, known) => readsOf(exchange, known, { accounts, started, hasLeft }),
    judge: (exchange) => {
      const moved = accounts.note(exchange);
      const run = startedIn(exchange);
      const again = run === undefined ? undefined : started.get(run);
      note(exchange);
      return [
        ...(moved === undefined ? [] : [wrong("account-id/fixed", moved)]),
        ...(again === undefined ? [] : [wrong("list-runs/unique-ids", `the run ${run} was started before`)]),
        ...judgeShape(exchange),
        ...judgeRunId(exchange),
        ...judgeLists(exchange),
        ...creates
          .judge(createIn(exchange), listedIn(exchange), accounts.of(exchange))
          .map((reason) => wrong("create/one-each", reason)),
        ...unaskedRuns
          .judge(runIn(exchange), listedRunsIn(exchange), accounts.of(exchange))
          .map((reason) => wrong("list-runs/none-unasked", reason)),
      ];
    },
    begin: (part) => [beginOf(part)],
    isFinal: (state) => state.kind !== "sandbox" || state.owner === undefined,
    step: (known, part, at) => {
      const state =
        known.kind === "account" || known.account === undefined
          ? known
          : { ...known, account: accounts.nameOf(known.account) };
      const isOthers = state.kind !== "account" && state.owner !== undefined && state.owner !== at.exchange.actor;
      if (isOthers && !keysAreTenants) return [{ next: state, deviations: [] }];
      if (state.kind === "sandbox" && part.kind === "made") return [makeSandbox(state, part, at)];
      if (state.kind === "sandbox" && part.kind === "listed") return [listSandbox(state, part, at)];
      if (state.kind === "sandbox" && part.kind === "unlisted") return [missSandbox(state, part, at)];
      if (state.kind === "run" && part.kind === "started") return [startRun(state, part.account, at)];
      if (state.kind === "run" && part.kind === "run") {
        return [readRun(state, part, at, state.account === undefined ? undefined : accounts.idOf(state.account))];
      }
      if (state.kind === "run" && part.kind === "no run") return [missRun(state, at)];
      if (state.kind === "run" && part.kind === "unlisted run") return [missInList(state, part.account, at)];
      if (state.kind !== "account" || !isOfAccount(part)) return [{ next: state, deviations: [] }];
      if (isAliased(at.exchange.actor)) return [{ next: unknownAccount, deviations: [] }];
      // What was asked for before anything was seen may end in that time.
      const isSetup = part.kind === "change" && part.operation === "setupSandbox";
      if (!isSetup && at.span.fromMs < firstMs + runMsMax) return [{ next: state, deviations: [] }];
      return [keep(state, part, at, beside(at.subject.replace(/^account /, ""), at))];
    },
  };
}

/** When a run may change its account, and the exchange that told first that it is over. */
type RunSpan = Span & { readonly endedBy?: number };

/** How late a run may begin, in milliseconds. */
export const lateMsMax = 60_000;
/** So many of each kind are remembered, the latest. */
const rememberedMax = 512;

function keepLatest<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > rememberedMax) map.delete(map.keys().next().value!);
}

function createIn(exchange: ObservedExchange): CreateSeen | undefined {
  if (exchange.operation !== "createSandbox") return undefined;
  const { sentAtMs, answeredAtMs, response } = exchange;
  const json = response?.status === 200 && isObject(response.json) ? response.json : {};
  const made = idsOf(json["sandboxes"], "sandboxId");
  // What a create made that was refused, or whose answer got lost, is another matter.
  return { fromMs: sentAtMs, toMs: answeredAtMs, made: made.length === 0 ? undefined : made };
}

/** A request that starts a run where it is accepted; undefined for one of which it is not known whether it was. */
function runIn(exchange: ObservedExchange): CreateSeen | undefined {
  const { operation, sentAtMs, answeredAtMs, response } = exchange;
  if (operation !== "createSandbox" && operation !== "setupSandbox") return undefined;
  if (response === undefined || isUncertain(exchange)) return { fromMs: sentAtMs, toMs: answeredAtMs, made: undefined };
  const run = startedIn(exchange);
  return { fromMs: sentAtMs, toMs: answeredAtMs, made: run === undefined ? [] : [run] };
}

function listedRunsIn({ operation, response }: ObservedExchange): readonly ListedSeen[] {
  const json = operation === "listTaskRuns" && response?.status === 200 ? response.json : undefined;
  const runs = isObject(json) && Array.isArray(json["runs"]) ? json["runs"].filter(isObject) : [];
  return runs.map(({ id, createdAt }) => ({ id: String(id), atMs: Date.parse(String(createdAt)) }));
}

function isOfAccount(part: RecoupPart): part is AccountPart {
  return ["change", "settled", "left", "keeps", "file"].includes(part.kind);
}

function listedIn({ operation, response }: ObservedExchange): readonly ListedSeen[] {
  const json = operation === "listSandboxes" && response?.status === 200 ? response.json : undefined;
  const entries = isObject(json) && Array.isArray(json["sandboxes"]) ? json["sandboxes"].filter(isObject) : [];
  return entries.map(({ sandboxId, createdAt }) => ({ id: String(sandboxId), atMs: Date.parse(String(createdAt)) }));
}

function beginOf({ kind }: RecoupPart): RecoupState {
  if (kind === "made" || kind === "listed" || kind === "unlisted") return { kind: "sandbox" };
  return kind === "started" || kind === "run" || kind === "no run" || kind === "unlisted run"
    ? { kind: "run" }
    : unknownAccount;
}

const shapes = { name: "recoup", operations: Object.values<Operation>(operations), responseBodies };

function judgeShape(exchange: ObservedExchange): readonly Deviation[] {
  const { operation, response } = exchange;
  if (!isOperation(operation) || response === undefined || isUncertain(exchange)) return [];
  const { status } = response;
  if (isByGateway(status)) return [];
  const reason = judgeAnswer(shapes, { operation, response });
  if (reason === undefined) return [];
  const shape = status < 300 ? "answer-shape" : status === 401 ? "refusal-shape" : "error-shape";
  return [wrong(`${sentOperations[operation].slug}/${shape}`, reason, 2)];
}

/** A run is named exactly where something is to be run. */
function judgeRunId(exchange: ObservedExchange): readonly Deviation[] {
  const { operation, response } = exchange;
  if (operation !== "createSandbox" || response?.status !== 200 || !isObject(response.json)) return [];
  const { sandboxes } = response.json;
  const [made] = Array.isArray(sandboxes) ? (sandboxes as unknown[]) : [];
  if (!isObject(made)) return [];
  const { command, prompt } = sentIn(exchange);
  const isNamed = typeof made["runId"] === "string" && made["runId"] !== "";
  const has = (value: unknown) => typeof value === "string" && value !== "";
  if (has(command) && !isNamed)
    return [wrong("create/run-id-with-command", "no run is named, though a command was sent")];
  if (has(prompt) && !isNamed) return [wrong("create/run-id-with-prompt", "no run is named, though a prompt was sent")];
  if (command === undefined && prompt === undefined && isNamed)
    return [wrong("create/no-run-id", "a run is named, though nothing is to run")];
  return [];
}

function judgeLists(exchange: ObservedExchange): readonly Deviation[] {
  const { operation, response } = exchange;
  if (response?.status !== 200 || !isObject(response.json)) return [];
  const query = queryOf(exchange);
  if (operation === "listSandboxes") {
    const ids = idsOf(response.json["sandboxes"], "sandboxId");
    const wanted = query.get("sandbox_id") ?? "";
    const other = wanted === "" ? undefined : ids.find((id) => id !== wanted);
    if (other !== undefined) return [wrong("list/read-back", `it lists ${other} where ${wanted} was asked for`)];
    if (isTwice(ids)) return [wrong("list/once", "it lists a sandbox twice")];
    return isNewestFirst(response.json["sandboxes"])
      ? []
      : [wrong("list/newest-first", "it lists a sandbox before a newer one", 1)];
  }
  if (operation !== "listTaskRuns") return [];
  const ids = idsOf(response.json["runs"], "id");
  const limit = query.get("limit") ?? "20";
  const isKept = !/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100 || ids.length <= Number(limit);
  if (!isKept)
    return [wrong("list-runs/limit-kept", `it lists ${ids.length} runs where at most ${limit} were asked for`)];
  const asked = query.get("runId")?.trim() ?? "";
  if (asked !== "" && (ids.length !== 1 || ids[0] !== asked))
    return [wrong("list-runs/read-back", `it lists [${ids.join(", ")}] where ${asked} was asked for`)];
  if (isTwice(ids)) return [wrong("list-runs/once", "it lists a run twice")];
  return isNewestFirst(response.json["runs"])
    ? []
    : [wrong("list-runs/newest-first", "it lists a run before a newer one", 1)];
}

/** Several machines tell times. */
const orderMs = 1_000;

function isNewestFirst(list: unknown): boolean {
  const times = (Array.isArray(list) ? list.filter(isObject) : []).map(({ createdAt }) =>
    Date.parse(String(createdAt)),
  );
  return times.every((atMs, index) => index === 0 || !(atMs > times[index - 1]! + orderMs));
}

function idsOf(list: unknown, name: string): readonly string[] {
  return Array.isArray(list) ? list.filter(isObject).map((entry) => String(entry[name])) : [];
}

function isTwice(ids: readonly string[]): boolean {
  return new Set(ids).size < ids.length;
}
