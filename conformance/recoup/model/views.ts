import { operations } from "../../../generated/recoup/operations.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { View } from "../../kit/model/contract-model.ts";
import { isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { parseJson } from "../../kit/law/exchange.ts";
import type { OperationId } from "./clauses.ts";
import type { RecoupPart } from "./states.ts";

export function isOperation(id: string): id is OperationId {
  return Object.hasOwn(operations, id);
}

/** The members of a request's body; none where it is no object. */
export function sentIn({ request }: ObservedExchange): JsonObject {
  const json = parseJson(request.body ?? "");
  return isObject(json) ? json : {};
}

export function queryOf({ request }: ObservedExchange): URLSearchParams {
  return new URL(request.url, "http://x.invalid").searchParams;
}

/** The account that a request is for, as it names it: by its id, or as the caller's own. */
export function accountOf(exchange: ObservedExchange): string {
  const named =
    exchange.request.method === "GET" ? queryOf(exchange).get("account_id") : sentIn(exchange)["account_id"];
  return typeof named === "string" && named !== ""
    ? named.toLowerCase()
    : `of ${exchange.actor ?? "an unknown caller"}`;
}

/** What an exchange may change: a sandbox that it made, or what an account keeps. */
export function changeOf(exchange: ObservedExchange): View<RecoupPart> | undefined {
  const { operation, response, actor } = exchange;
  const isDone = response !== undefined && response.status < 300;
  const json = isDone && isObject(response.json) ? response.json : {};
  const account = accountOf(exchange);
  if (operation === "createSandbox") {
    const entry = Array.isArray(json["sandboxes"]) ? (json["sandboxes"][0] as unknown) : undefined;
    if (!isObject(entry) || typeof entry["sandboxId"] !== "string") return undefined;
    return { subject: entry["sandboxId"], part: { kind: "made", account, entry } };
  }
  if (actor === undefined || (!isDone && !isUncertain(exchange))) return undefined;
  const subject = `account ${account}`;
  switch (operation) {
    case "updateSandboxSnapshot":
      return { subject, part: { kind: "update", sent: sentIn(exchange), row: response?.json } };
    case "deleteSandboxes":
      return { subject, part: { kind: "delete" } };
    case "setupSandbox":
      return { subject, part: { kind: "setup" } };
    default:
      return undefined;
  }
}

/** What an answer shows of sandboxes, runs and accounts. */
export function readsOf(exchange: ObservedExchange, known: Iterable<string>): readonly View<RecoupPart>[] {
  const { operation, response, actor } = exchange;
  if (response === undefined || actor === undefined) return [];
  if (operation === "listTaskRuns") return runViews(exchange);
  if (response.status !== 200 || !isObject(response.json)) return [];
  const { json } = response;
  if (operation === "setupSandbox") return startedBy(json["runId"]);
  const { sandboxes } = json;
  if (!Array.isArray(sandboxes)) return [];
  const entries = sandboxes.filter(isObject);
  if (operation === "createSandbox") return startedBy(entries[0]?.["runId"]);
  if (operation !== "listSandboxes") return [];
  const account = accountOf(exchange);
  const wanted = queryOf(exchange).get("sandbox_id") ?? "";
  const isAskedFor = wanted !== "";
  const listed = new Set(entries.map(({ sandboxId }) => String(sandboxId)));
  const missing = (isAskedFor ? [wanted] : [...known].filter((id) => !/^(run|account) /.test(id))).filter(
    (id) => !listed.has(id),
  );
  return [
    ...entries.map((entry): View<RecoupPart> => {
      return { subject: String(entry["sandboxId"]), part: { kind: "listed", account, entry, isAskedFor } };
    }),
    ...missing.map((subject): View<RecoupPart> => ({ subject, part: { kind: "unlisted", account, isAskedFor } })),
    { subject: `account ${account}`, part: { kind: "keeps", told: json } },
  ];
}

/** Whether it is a create that may have started a command or prompt. */
export function runsSomething(exchange: ObservedExchange): boolean {
  const { operation, response } = exchange;
  if (operation !== "createSandbox" || (response !== undefined && response.status !== 200 && !isUncertain(exchange))) {
    return false;
  }
  const { command, prompt } = sentIn(exchange);
  return command !== undefined || prompt !== undefined;
}

function startedBy(runId: unknown): readonly View<RecoupPart>[] {
  return typeof runId === "string" ? [{ subject: `run ${runId}`, part: { kind: "started" } }] : [];
}

function runViews(exchange: ObservedExchange): readonly View<RecoupPart>[] {
  const { response } = exchange;
  const id = queryOf(exchange).get("runId")?.trim() ?? "";
  const isAskedFor = id !== "";
  const gone: View<RecoupPart> = { subject: `run ${id}`, part: { kind: "no run" } };
  if (response?.status === 404 && isAskedFor) return [gone];
  const runs = isObject(response?.json) ? response.json["runs"] : undefined;
  if (response?.status !== 200 || !Array.isArray(runs)) return [];
  const views = runs.filter(isObject).map((run): View<RecoupPart> => {
    return { subject: `run ${String(run["id"])}`, part: { kind: "run", run, isAskedFor } };
  });
  return isAskedFor && views.every(({ subject }) => subject !== gone.subject) ? [...views, gone] : views;
}
