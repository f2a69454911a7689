import { operations } from "../../../generated/recoup/operations.ts";
import { responseBodies } from "../../../generated/recoup/validators.js";
import type { Operation } from "../../../src/contract/operation.ts";
import { judgeAnswer } from "../../kit/law/answer.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { ContractModel, Deviation, ModelOptions } from "../../kit/model/contract-model.ts";
import { isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { keep, runMsMax } from "./accounts.ts";
import { slugs, wrong } from "./clauses.ts";
import { missRun, readRun, startRun } from "./runs.ts";
import { listSandbox, makeSandbox, missSandbox } from "./sandboxes.ts";
import type { RecoupPart, RecoupState } from "./states.ts";
import { accountOf, changeOf, isOperation, queryOf, readsOf, runsSomething, sentIn } from "./views.ts";

export { clauseIds, clauses } from "./clauses.ts";

/** The Recoup contract as an oracle: what a server may answer, given all that went before. */
export function createRecoupModel({ keysAreTenants = true, isFromStart = false }: ModelOptions = {}): ContractModel<
  RecoupState,
  RecoupPart
> {
  /** Whether an account was changed under its id: it may be the caller's own by another name, so that no account is known. */
  let isNamed = false;
  let firstMs = isFromStart ? -Infinity : Infinity;
  /** Until when what runs may change an account. */
  const runningUntilMs = new Map<string, number>();
  return {
    change: (exchange) => {
      if (runsSomething(exchange))
        runningUntilMs.set(`account ${accountOf(exchange)}`, exchange.answeredAtMs + lateMsMax + runMsMax);
      return isAccountNamed(exchange) ? undefined : changeOf(exchange);
    },
    reads: readsOf,
    judge: (exchange) => {
      isNamed ||= isAccountNamed(exchange) || (runsSomething(exchange) && sentIn(exchange)["account_id"] !== undefined);
      firstMs = Math.min(firstMs, exchange.sentAtMs);
      return [...judgeShape(exchange), ...judgeRunId(exchange), ...judgeLists(exchange)];
    },
    begin: (part) => [beginOf(part)],
    isFinal: (state) => state.kind !== "sandbox" || state.owner === undefined,
    step: (state, part, at) => {
      const isOthers = state.kind !== "account" && state.owner !== undefined && state.owner !== at.exchange.actor;
      if (isOthers && !keysAreTenants) return [{ next: state, deviations: [] }];
      if (state.kind === "sandbox" && part.kind === "made") return [makeSandbox(state, part, at)];
      if (state.kind === "sandbox" && part.kind === "listed") return [listSandbox(state, part, at)];
      if (state.kind === "sandbox" && part.kind === "unlisted") return [missSandbox(state, part, at)];
      if (state.kind === "run" && part.kind === "started") return [startRun(state, at)];
      if (state.kind === "run" && part.kind === "run") return [readRun(state, part, at)];
      if (state.kind === "run" && part.kind === "no run") return [missRun(state, at)];
      if (state.kind !== "account" || isNamed) return [{ next: state, deviations: [] }];
      // What was asked for before anything was seen may end in that time.
      const isEarly = part.kind !== "setup" && at.span.fromMs < firstMs + runMsMax;
      return [isEarly ? { next: state, deviations: [] } : keep(state, part, at, runningUntilMs.get(at.subject))];
    },
  };
}

/** How late a run may begin, in milliseconds. */
const lateMsMax = 60_000;

const accountOperations: readonly string[] = ["updateSandboxSnapshot", "deleteSandboxes", "setupSandbox"];

function isAccountNamed(exchange: ObservedExchange): boolean {
  return accountOperations.includes(exchange.operation) && sentIn(exchange)["account_id"] !== undefined;
}

function beginOf({ kind }: RecoupPart): RecoupState {
  if (kind === "made" || kind === "listed" || kind === "unlisted") return { kind: "sandbox" };
  return kind === "started" || kind === "run" || kind === "no run" ? { kind: "run" } : { kind: "account" };
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
  return [wrong(`${slugs[operation]}/${shape}`, reason, 2)];
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
