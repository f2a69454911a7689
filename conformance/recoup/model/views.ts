import document from "../../../generated/recoup/openapi.json" with { type: "json" };
import { operations } from "../../../generated/recoup/operations.ts";
import { requestBodies } from "../../../generated/recoup/validators.js";
import type { BodyValidator } from "../../kit/law/contract.ts";
import { isObject } from "../../kit/law/schema.ts";
import type { JsonObject } from "../../kit/law/schema.ts";
import type { View } from "../../kit/model/contract-model.ts";
import { isUncertain } from "../../kit/model/observed-exchange.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { parseJson } from "../../kit/law/exchange.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import type { ChangePart, RecoupPart, RecoupState } from "./states.ts";

export function isOperation(id: string): id is OperationId {
  return Object.hasOwn(operations, id);
}

/** The members of a request's body; none where it is no object. */
export function sentIn({ request }: Pick<ObservedExchange, "request">): JsonObject {
  const json = parseJson(request.body ?? "");
  return isObject(json) ? json : {};
}

export function queryOf({ request }: ObservedExchange): URLSearchParams {
  return new URL(request.url, "http://x.invalid").searchParams;
}

/** Which account is meant: by its id, or as the caller's own. */
type Accounts = {
  /** Learns whose account an id names; hands back what is wrong with it, in words. */
  readonly note: (exchange: ObservedExchange) => string | undefined;
  /** The name of the account that a request is for: the same by whichever name the request means it, as far as is known. */
  readonly of: (exchange: ObservedExchange) => string;
  /** The same of a name that was given to it before. */
  readonly nameOf: (account: string) => string;
  /** The id of an account by its name, where it is known. */
  readonly idOf: (account: string) => string | undefined;
  /** Whether the id of a caller's own account is known. */
  readonly isKnown: (actor: string | undefined) => boolean;
};

export function createAccounts(): Accounts {
  const actors = new Map<string, string>();
  const known = new Map<string, string>();
  const nameOf = (account: string) => (actors.has(account) ? `of ${actors.get(account)}` : account);
  return {
    note: ({ operation, actor, response }) => {
      const id = response?.status === 200 && isObject(response.json) ? response.json["accountId"] : undefined;
      if (operation !== "getAccountId" || actor === undefined || typeof id !== "string") return undefined;
      const before = known.get(actor);
      known.set(actor, id.toLowerCase());
      if (!actors.has(id.toLowerCase())) actors.set(id.toLowerCase(), actor);
      return before === undefined || before === id.toLowerCase() ? undefined : `the account was ${before} and is ${id}`;
    },
    idOf: (account) => (account.startsWith("of ") ? known.get(account.slice(3)) : account),
    of: (exchange) => {
      return nameOf(namedIn(exchange) ?? `of ${exchange.actor ?? "an unknown caller"}`);
    },
    nameOf,
    isKnown: (actor) => actor !== undefined && known.has(actor),
  };
}

/** The account that a request names by its id. Files are those of the caller's own. */
export function namedIn(exchange: ObservedExchange): string | undefined {
  if (exchange.operation === "uploadSandboxFiles" || exchange.operation === "getSandboxFile") return undefined;
  const named =
    exchange.request.method === "GET" ? queryOf(exchange).get("account_id") : sentIn(exchange)["account_id"];
  return typeof named === "string" && named !== "" ? named.toLowerCase() : undefined;
}

const changing: readonly string[] = [
  "updateSandboxSnapshot",
  "deleteSandboxes",
  "setupSandbox",
  "uploadSandboxFiles",
] satisfies readonly ChangePart["operation"][];

export function isChanging(operation: string): operation is ChangePart["operation"] {
  return changing.includes(operation);
}

/** What an exchange may change: a sandbox that it made, or what an account keeps. */
export function changeOf(exchange: ObservedExchange, accounts: Accounts): View<RecoupPart> | undefined {
  const { operation, response, actor } = exchange;
  const isDone = response !== undefined && response.status < 300;
  const json = isDone && isObject(response.json) ? response.json : {};
  if (operation === "createSandbox") {
    const entry = Array.isArray(json["sandboxes"]) ? (json["sandboxes"][0] as unknown) : undefined;
    if (!isObject(entry) || typeof entry["sandboxId"] !== "string") return undefined;
    return { subject: entry["sandboxId"], part: { kind: "made", account: accounts.of(exchange), entry } };
  }
  if (!isChanging(operation) || (actor === undefined && namedIn(exchange) === undefined)) return undefined;
  const answer = isDone ? response.json : undefined;
  const part: ChangePart = { kind: "change", operation, body: readBody(operation, exchange.request), answer };
  return { subject: `account ${accounts.of(exchange)}`, part };
}

/** What was sent, by the contract. What is not JSON is taken for `{}` but by uploads. */
function readBody(
  operation: ChangePart["operation"],
  { headers, body = "" }: ObservedExchange["request"],
): ChangePart["body"] {
  // Required by the document, and taken for `{}` by what it says in words.
  if (body === "" && operation === "updateSandboxSnapshot") return { is: "open", json: {} };
  const sent = parseJson(body);
  const isMissing = sent === undefined && operation !== "uploadSandboxFiles";
  const value = isMissing ? {} : sent;
  const json = isObject(value) ? value : {};
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  if (!isMissing && (!isObject(value) || !/^application\/json\s*(;|$)/i.test(type))) return { is: "open", json };
  const validate: BodyValidator | undefined = (requestBodies as Readonly<Record<string, BodyValidator>>)[operation];
  if (validate === undefined || validate(value)) return { is: "valid", json };
  // Servers were seen to read null as left out.
  const withoutNulls = Object.fromEntries(Object.entries(json).filter(([, member]) => member !== null));
  return { is: validate(withoutNulls) ? "open" : "broken", json };
}

/** What the model remembers of runs: which account a set-up is for, and which runs were started for whom. */
type StartedRuns = ReadonlyMap<
  string,
  { readonly account: string; readonly isSetup: boolean; readonly startedAtMs: number }
>;

/** What is known of runs: `hasLeft` says whether what one has left is what its account has since this exchange has told its end. */
type RunsKnown = {
  readonly started: StartedRuns;
  readonly hasLeft: (run: string, exchange: ObservedExchange) => boolean;
};

/** What an answer shows of sandboxes, runs and accounts. */
export function readsOf(
  exchange: ObservedExchange,
  known: (fits: (state: RecoupState) => boolean) => readonly string[],
  { accounts, started, hasLeft }: RunsKnown & { readonly accounts: Accounts },
): readonly View<RecoupPart>[] {
  const { operation, response, actor } = exchange;
  if (response === undefined || actor === undefined) return [];
  const account = accounts.of(exchange);
  if (operation === "listTaskRuns") {
    const isOne = namedIn(exchange) !== undefined && accounts.isKnown(actor);
    return runViews(exchange, { account, isOne, started, hasLeft });
  }
  if (operation === "getSandboxFile") return fileViews(exchange, account);
  if (response.status !== 200 || !isObject(response.json)) return [];
  const { json } = response;
  const run = startedIn(exchange);
  if (run !== undefined) return [{ subject: `run ${run}`, part: { kind: "started", account } }];
  const { sandboxes } = json;
  if (!Array.isArray(sandboxes) || operation !== "listSandboxes") return [];
  const entries = sandboxes.filter(isObject);
  const wanted = queryOf(exchange).get("sandbox_id") ?? "";
  const isAskedFor = wanted !== "";
  const isOne = namedIn(exchange) !== undefined && accounts.isKnown(actor);
  const listed = new Set(entries.map(({ sandboxId }) => String(sandboxId)));
  const isOwn = (state: RecoupState) => state.kind === "sandbox" && state.owner === actor;
  const missing = (isAskedFor ? [wanted] : known(isOwn)).filter((id) => !listed.has(id));
  return [
    ...entries.map((entry): View<RecoupPart> => {
      const part = { kind: "listed", account, isNamed: isOne, entry, isAskedFor } as const;
      return { subject: String(entry["sandboxId"]), part };
    }),
    ...missing.map((subject): View<RecoupPart> => {
      return { subject, part: { kind: "unlisted", account, isNamed: isOne, isAskedFor } };
    }),
    { subject: `account ${account}`, part: { kind: "keeps", told: json } } as const,
  ].map((view) => ({ ...view, isListed: true }));
}

/** The run that an answer names: of a command, a prompt or a set-up. */
export function startedIn({
  operation,
  response,
}: Pick<ObservedExchange, "operation" | "response">): string | undefined {
  if (response?.status !== 200 || !isObject(response.json)) return undefined;
  const { runId, sandboxes } = response.json;
  const [made] = Array.isArray(sandboxes) ? sandboxes.filter(isObject) : [];
  const named = operation === "setupSandbox" ? runId : operation === "createSandbox" ? made?.["runId"] : undefined;
  return typeof named === "string" ? named : undefined;
}

function fileViews(exchange: ObservedExchange, account: string): readonly View<RecoupPart>[] {
  const { status, json } = exchange.response!;
  const path = queryOf(exchange).get("path") ?? "";
  const { content, encoding } = isObject(json) ? json : {};
  if (status !== 404 && (status !== 200 || typeof content !== "string")) return [];
  const bytes =
    status === 404 ? null : encoding === "base64" ? String(content) : Buffer.from(String(content)).toString("base64");
  return [{ subject: `account ${account}`, part: { kind: "file", path, bytes } }];
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

/** A run may be told to have been created so long before its create was sent, or after, in milliseconds. */
const apartMs = 60_000;
const finals: readonly unknown[] = document.components.schemas.TaskRun["x-lifecycle"].final;

/** The runs that an answer shows to have ended. */
export function endedIn({ operation, response }: ObservedExchange): readonly string[] {
  const runs = isObject(response?.json) ? response.json["runs"] : undefined;
  if (operation !== "listTaskRuns" || response?.status !== 200 || !Array.isArray(runs)) return [];
  return runs.filter(isObject).flatMap(({ id, status }) => (finals.includes(status) ? [String(id)] : []));
}

function runViews(
  exchange: ObservedExchange,
  { account, isOne, started, hasLeft }: RunsKnown & { readonly account: string; readonly isOne: boolean },
): readonly View<RecoupPart>[] {
  const { response } = exchange;
  const query = queryOf(exchange);
  const id = query.get("runId")?.trim() ?? "";
  const isAskedFor = id !== "";
  const gone: View<RecoupPart> = { subject: `run ${id}`, part: { kind: "no run" } };
  if (response?.status === 404 && isAskedFor) return [gone];
  const all = isObject(response?.json) ? response.json["runs"] : undefined;
  if (response?.status !== 200 || !Array.isArray(all)) return [];
  const runs = all.filter(isObject);
  const views = runs.map((run): View<RecoupPart> => {
    const of = isOne && !isAskedFor ? { account } : {};
    return { subject: `run ${String(run["id"])}`, part: { kind: "run", run, isAskedFor, ...of } };
  });
  if (isAskedFor) {
    const isThere = views.some(({ subject }) => subject === gone.subject);
    const settled = runs.flatMap((run): readonly View<RecoupPart>[] => {
      const known = started.get(id);
      if (known === undefined || run["id"] !== id || !finals.includes(run["status"])) return [];
      const output = isObject(run["output"]) && run["status"] === "COMPLETED" ? run["output"] : {};
      const subject = `account ${known.account}`;
      if (known.isSetup) return [{ subject, part: { kind: "settled", run: id, output } }];
      const left = isObject(output["snapshot"]) ? output["snapshot"]["id"] : undefined;
      return typeof left === "string" && hasLeft(id, exchange)
        ? [{ subject, part: { kind: "left", snapshot: left } }]
        : [];
    });
    return [...views, ...settled, ...(isThere ? [] : [gone])];
  }
  const limit = query.get("limit") ?? "20";
  const hasRoom = /^[1-9]\d{0,2}$/.test(limit) && runs.length < Math.min(100, Number(limit));
  const listed = new Set(runs.map((run) => run["id"]));
  // Where there is no room for more, it shows those that were started last.
  const oldestMs = Math.min(...runs.map(({ createdAt }) => Date.parse(String(createdAt))));
  const isDue = (startedAtMs: number) => hasRoom || startedAtMs > oldestMs + apartMs;
  const missing = [...started].filter(([run, of]) => {
    return of.account === account && !listed.has(run) && isDue(of.startedAtMs);
  });
  return [
    ...views,
    ...missing.map(([run]): View<RecoupPart> => ({ subject: `run ${run}`, part: { kind: "unlisted run", account } })),
  ].map((view) => ({ ...view, isListed: true }));
}
