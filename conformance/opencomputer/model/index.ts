import { operations } from "../../../generated/opencomputer/operations.ts";
import { responseBodies } from "../../../generated/opencomputer/validators.js";
import type { Operation } from "../../../src/contract/operation.ts";
import { judgeAnswer } from "../../kit/law/answer.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type {
  ContractModel,
  Deviation,
  ModelOptions,
  StepContext,
  StepOutcome,
} from "../../kit/model/contract-model.ts";
import { isByGateway, isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { make } from "./creating.ts";
import { createHidden } from "./hidden.ts";
import { stepPreview } from "./gate.ts";
import { createHandleWatch } from "./handles.ts";
import { actsForAnyone, stepCheckpoint, stepInside, stepOther } from "./inside.ts";
import { operate } from "./operating.ts";
import { read, readUnlisted } from "./reading.ts";
import type { SandboxState } from "./sandbox-state.ts";
import { absent, unknownStates } from "./sandbox-state.ts";
import type { ElsewhereChange } from "./status-mismatch.ts";
import type { Part } from "./views.ts";
import { groupOf, slugs } from "../operations.ts";
import type { OperationId } from "../operations.ts";
import { changeOf, isOperation, listViews } from "./views.ts";
import { shown } from "../../kit/model/compare.ts";
import { outcome, wrong } from "./wrong.ts";

export { clauseIds, clauses } from "./clauses.ts";

/** So many changes of other sandboxes are remembered, to name one where a sandbox changed by itself. */
const elsewhereMax = 16;

/** The OpenComputer contract as an oracle: what a server may answer, given all that went before. */
export function createOpenComputerModel({ keysAreTenants = true, listsLagMs = 0 }: ModelOptions = {}): ContractModel<
  SandboxState,
  Part
> {
  const hidden = createHidden();
  const judgeHandles = createHandleWatch();
  let changes: readonly ElsewhereChange[] = [];
  const changesBeside = (subject: string) => changes.filter((each) => each.subject !== subject);
  return {
    listsLagMs,
    change: changeOf,
    reads: listViews,
    begin: (part) => (part.kind === "create" ? [absent] : unknownStates),
    isFinal: ({ status }) => status !== "running" && status !== "hibernated",
    judge: (exchange) => {
      const change = endOf(exchange);
      if (change !== undefined) changes = [...changes, change].slice(-elsewhereMax);
      return [
        ...judgeShape(exchange),
        ...judgeAnonymous(exchange),
        ...judgeList(exchange),
        ...hidden.judge(exchange),
        ...judgeHandles(exchange),
      ];
    },
    step: (state, part, at) => {
      const { actor, response } = at.exchange;
      const isSame = state.owner === undefined || actor === undefined || state.owner === actor;
      if (isSame || keysAreTenants) return step(state, part, at);
      if (part.kind === "unlisted" || response?.status === 404) return [outcome(state)];
      return step(state, part, { ...at, exchange: { ...at.exchange, actor: state.owner } });
    },
  };

  function step(state: SandboxState, part: Part, at: StepContext): readonly StepOutcome<SandboxState>[] {
    switch (part.kind) {
      case "create":
        return [make(state, part, at)];
      case "operation":
        return operate(state, part, at, changesBeside(at.subject));
      case "preview":
        return stepPreview(state, part.shown, at);
      case "listed":
        return readListed(state, part.entry, at);
      case "unlisted":
        return readUnlisted(state, at);
      case "inside":
        return stepInside(state, at);
      case "checkpoint":
        return [stepCheckpoint(state, at)];
      case "other":
        return stepOther(state, at);
    }
  }

  function readListed(state: SandboxState, entry: JsonObject, at: StepContext): readonly StepOutcome<SandboxState>[] {
    const { actor } = at.exchange;
    if (state.owner !== undefined && actor !== undefined && state.owner !== actor) {
      return [outcome(state, wrong("list/foreign", `the list holds ${at.subject}, another organisation's`))];
    }
    const mine = actor === undefined ? state : { ...state, owner: actor };
    const seen = read(mine, entry, at, changesBeside(at.subject));
    if (entry["status"] === "running" || entry["status"] === undefined) return seen;
    const deviation = wrong("list/running-only", `the list holds ${at.subject}, which is ${shown(entry["status"])}`, 1);
    return seen.map(({ next, deviations }) => ({ next, deviations: [...deviations, deviation] }));
  }
}

/** A kill that was carried out. */
function endOf({ operation, path, response }: ObservedExchange): ElsewhereChange | undefined {
  if (operation !== "killSandbox" || response === undefined || response.status >= 300) return undefined;
  return { subject: path["id"] ?? "", what: "the kill", status: "stopped" };
}

const shapes = { name: "opencomputer", operations: Object.values<Operation>(operations), responseBodies };

/** Whether the answer is documented: status, content type and body. */
function judgeShape(exchange: ObservedExchange): readonly Deviation[] {
  const { operation, response } = exchange;
  if (response === undefined || isUncertain(exchange)) return [];
  if (!isOperation(operation) && (!Object.hasOwn(operations, operation) || response.status >= 300)) return [];
  if (response.headers["content-type"]?.startsWith("text/event-stream") === true && response.status === 200) return [];
  if (isByGateway(response.status)) return [];
  const reason = judgeAnswer(shapes, { operation, response });
  if (reason === undefined) return [];
  const clause = isOperation(operation)
    ? shapeClause(operation, response.status)
    : (`${groupOf(shapes.operations.find(({ id }) => id === operation)!)}/answer-shape` as const);
  return [wrong(clause, reason, 2)];
}

/** No operation acts for a caller without a key. */
function judgeAnonymous(exchange: ObservedExchange): readonly Deviation[] {
  const { operation, response, isAnonymous = false } = exchange;
  if (actsForAnyone(exchange)) return [wrong("inside/credentials-none", `${operation} without a key was carried out`)];
  if (!isAnonymous || !isOperation(operation) || response === undefined || response.status >= 300) return [];
  return [wrong(`${slugs[operation]}/credentials-none`, `${operation} without a key was answered ${response.status}`)];
}

function shapeClause(operation: OperationId, status: number) {
  const slug = slugs[operation];
  if (status < 300) return `${slug}/answer-shape` as const;
  return status === 401 ? (`${slug}/refusal-shape` as const) : (`${slug}/error-shape` as const);
}

function judgeList({ operation, response }: ObservedExchange): readonly Deviation[] {
  if (operation !== "listSandboxes" || response?.status !== 200 || !Array.isArray(response.json)) return [];
  const entries = response.json.filter(isObject);
  const ids = entries.map(({ sandboxID }) => String(sandboxID));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return [wrong("list/once", `the list holds ${twice} twice`)];
  const times = entries.map(({ startedAt }) => Date.parse(String(startedAt)));
  const late = ids.find((_, index) => times[index]! > times[index - 1]!);
  return late === undefined ? [] : [wrong("list/newest-first", `the list holds ${late} after an older one`)];
}
