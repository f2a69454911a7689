import { operations } from "../../../generated/recoup/operations.ts";
import { responseBodies } from "../../../generated/recoup/validators.js";
import type { Operation } from "../../../src/contract/operation.ts";
import { judgeAnswer } from "../../kit/law/answer.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { ContractModel, Deviation, ModelOptions, StepContext } from "../../kit/model/contract-model.ts";
import { isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { createUnaskedCreates } from "../../kit/model/unasked-creates.ts";
import type { CreateSeen, ListedSeen } from "../../kit/model/unasked-creates.ts";
import { keep, runMsMax } from "./accounts.ts";
import type { Beside } from "./accounts.ts";
import { sentOperations } from "../operations.ts";
import { wrong } from "./clauses.ts";
import { filesIn } from "./files.ts";
import { missInList, missRun, readRun, startRun } from "./runs.ts";
import { listSandbox, makeSandbox, missSandbox } from "./sandboxes.ts";
import { unknownAccount } from "./states.ts";
import type { RecoupPart, RecoupState } from "./states.ts";
import { changeOf, createAccounts, isChanging, isOperation, namedIn, queryOf } from "./views.ts";
import { readsOf, runsSomething, sentIn, startedIn } from "./views.ts";

export { clauseIds, clauses } from "./clauses.ts";

/** The Recoup contract as an oracle: what a server may answer, given all that went before. */
export function createRecoupModel({
  keysAreTenants = true,
  isFromStart = false,
  listsLagMs = 0,
}: ModelOptions = {}): ContractModel<RecoupState, RecoupPart> {
  const accounts = createAccounts();
  const creates = createUnaskedCreates();
  /** Callers that named an account which may be their own, so that no account of theirs is known. */
  const naming = new Set<string | undefined>();
  let firstMs = isFromStart ? -Infinity : Infinity;
  /** Until when what runs may change an account. */
  const runningUntilMs = new Map<string, number>();
  const started = new Map<string, { readonly account: string; readonly isSetup: boolean }>();
  const uploads = new Map<string, { readonly account: string; readonly repository: unknown }>();
  const repositories = new Map<string, unknown>();

  const note = (exchange: ObservedExchange) => {
    const isNaming = namedIn(exchange) !== undefined && (isChanging(exchange.operation) || runsSomething(exchange));
    if (isNaming && !accounts.isKnown(exchange.actor)) naming.add(exchange.actor);
    firstMs = Math.min(firstMs, exchange.sentAtMs);
    const account = accounts.of(exchange);
    const run = startedIn(exchange);
    if (run !== undefined) keepLatest(started, run, { account, isSetup: exchange.operation === "setupSandbox" });
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
    runningUntilMs: runningUntilMs.get(subject),
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
      if (runsSomething(exchange))
        runningUntilMs.set(`account ${accounts.of(exchange)}`, exchange.answeredAtMs + lateMsMax + runMsMax);
      return changeOf(exchange, accounts);
    },
    reads: (exchange, known) => readsOf(exchange, known, { accounts, started }),
    judge: (exchange) => {
      const moved = accounts.note(exchange);
      note(exchange);
      return [
        ...(moved === undefined ? [] : [wrong("account-id/fixed", moved)]),
        ...judgeShape(exchange),
        ...judgeRunId(exchange),
        ...judgeLists(exchange),
        ...creates
          .judge(createIn(exchange), listedIn(exchange), accounts.of(exchange))
          .map((reason) => wrong("create/one-each", reason)),
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
      const isOfAccount =
        part.kind === "change" || part.kind === "settled" || part.kind === "keeps" || part.kind === "file";
      if (state.kind !== "account" || !isOfAccount) return [{ next: state, deviations: [] }];
      if (isAliased(at.exchange.actor)) return [{ next: unknownAccount, deviations: [] }];
      // What was asked for before anything was seen may end in that time.
      const isSetup = part.kind === "change" && part.operation === "setupSandbox";
      if (!isSetup && at.span.fromMs < firstMs + runMsMax) return [{ next: state, deviations: [] }];
      return [keep(state, part, at, beside(at.subject.replace(/^account /, ""), at))];
    },
  };
}

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
  return { fromMs: sentAtMs, toMs: answeredAtMs, made: idsOf(json["sandboxes"], "sandboxId") };
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
  if ((status >= 300 && status < 400) || [402, 413, 429].includes(status)) return [];
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
    return isTwice(ids) ? [wrong("list/once", "it lists a sandbox twice")] : [];
  }
  if (operation !== "listTaskRuns") return [];
  const ids = idsOf(response.json["runs"], "id");
  const limit = query.get("limit") ?? "20";
  const isKept = !/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100 || ids.length <= Number(limit);
  if (!isKept)
    return [wrong("list-runs/limit-kept", `it lists ${ids.length} runs where at most ${limit} were asked for`)];
  return isTwice(ids) ? [wrong("list-runs/once", "it lists a run twice")] : [];
}

function idsOf(list: unknown, name: string): readonly string[] {
  return Array.isArray(list) ? list.filter(isObject).map((entry) => String(entry[name])) : [];
}

function isTwice(ids: readonly string[]): boolean {
  return new Set(ids).size < ids.length;
}
