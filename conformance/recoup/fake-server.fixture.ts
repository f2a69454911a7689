import { createManualClock } from "../../src/contract/clock.ts";
import type { ManualClock } from "../../src/contract/clock.ts";
import { requestBodies } from "../../generated/recoup/validators.js";
import { parseJson } from "../kit/law/exchange.ts";
import type { FetchLike, Target } from "../kit/target/target.ts";
import type { OperationId } from "../../generated/recoup/operations.ts";

export type Seen = {
  readonly operation: OperationId;
  readonly key: string | undefined; // undefined without a header
  readonly token: string | undefined; // what stands in Authorization
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown; // undefined where it is not JSON
  readonly nowMs: number;
};
export type Answer = {
  readonly status: number;
  readonly json: object;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Stands between a request and the honest server: asks it, or answers by itself. */
export type Tamper = (seen: Seen, honest: (seen: Seen) => Answer) => Answer;

export const fakeKey = "recoup_sk_fake-key-0123456789";
const otherKey = "recoup_sk_other-key-987654321";

/** The accounts of the keys, one that the first may act for, and that of a stranger, who is the second key's. */
export const fakeAccounts = {
  own: "11111111-1111-4111-8111-111111111111",
  member: "22222222-2222-4222-8222-222222222222",
  stranger: "33333333-3333-4333-8333-333333333333",
} as const;

const operations: Readonly<Record<string, OperationId>> = {
  "POST /api/sandboxes": "createSandbox",
  "GET /api/sandboxes": "listSandboxes",
  "GET /api/sandboxes/file": "getSandboxFile",
  "GET /api/tasks/runs": "listTaskRuns",
  "GET /api/accounts/id": "getAccountId",
};

type Made = { readonly id: string; readonly account: string; readonly atMs: number; readonly line?: string };

export const fakeLifeMs = 1_800_000;
const bootMs = 1_000;
const stopMs = 2_000;

/** A server that keeps every law, as far as laws look, in one object: what a test tampers with shows in one law. */
export function fakeServer(tamper: Tamper = (seen, honest) => honest(seen)): {
  readonly target: Target;
  readonly clock: ManualClock;
} {
  const clock = createManualClock(Date.UTC(2026, 2, 1));
  const sandboxes: Made[] = [];
  const runs: Made[] = [];
  const make = ({ body, nowMs }: Seen, account: string): Answer => {
    const count = sandboxes.push({ id: `sbx_${sandboxes.length + 1}`, account, atMs: nowMs });
    const isRun = ["command", "prompt"].some((name) => name in (body as object));
    const line = (body as { args?: string[] }).args?.[1] ?? "";
    const runId = isRun ? `run_${runs.push({ id: `run_${runs.length + 1}`, account, atMs: nowMs, line })}` : undefined;
    const entry = { ...viewSandbox(sandboxes[count - 1]!, nowMs), ...(runId === undefined ? {} : { runId }) };
    return { status: 200, json: { status: "success", sandboxes: [entry] } };
  };
  const listed = ({ query, nowMs }: Seen, account: string): Answer => {
    const own = sandboxes.filter(
      (made) => made.account === account && (!query["sandbox_id"] || made.id === query["sandbox_id"]),
    );
    const entries = own.reverse().map((made) => viewSandbox(made, nowMs));
    const ended = runs.filter((made) => made.account === account && nowMs - made.atMs >= runMs).at(-1);
    const kept = { snapshot_id: ended === undefined ? null : `snap_${ended.id}`, github_repo: null, filetree: null };
    return { status: 200, json: { status: "success", sandboxes: entries, ...kept } };
  };
  const listedRuns = ({ query, nowMs }: Seen, caller: string, account: string): Answer => {
    const limit = Number(query["limit"] ?? 20);
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100)) return refuse(400, "limit is out of range");
    const one = runs.find(({ id }) => id === query["runId"]);
    if (query["runId"] !== undefined && (one === undefined || one.account !== caller)) return refuse(404, "not found");
    const found =
      one === undefined
        ? runs
            .filter((made) => made.account === account)
            .reverse()
            .slice(0, limit)
        : [one];
    return { status: 200, json: { status: "success", runs: found.map((made) => viewRun(made, nowMs)) } };
  };
  const act = (seen: Seen, caller: string): Answer => {
    if (seen.operation === "createSandbox" && !requestBodies.createSandbox(seen.body))
      return refuse(400, "Invalid input");
    const body = seen.operation === "createSandbox" ? (seen.body as { account_id?: string }) : {};
    const account = body.account_id ?? seen.query["account_id"] ?? caller;
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(account)) return refuse(400, "account_id is no UUID");
    if (account !== caller && account !== fakeAccounts.member) return refuse(403, "Access denied");
    if (seen.operation === "createSandbox") return make(seen, account);
    if (seen.operation === "listSandboxes") return listed(seen, account);
    if (seen.operation === "listTaskRuns") return listedRuns(seen, caller, account);
    if (seen.operation === "getAccountId") return { status: 200, json: { status: "success", accountId: caller } };
    return seen.query["path"] === undefined ? refuse(400, "path is required") : refuse(404, "File not found");
  };
  const honest = (seen: Seen): Answer => {
    const token = seen.token === undefined ? undefined : /^[Bb]earer (.+)$/.exec(seen.token)?.[1];
    const key = Boolean(seen.key) === Boolean(seen.token) ? undefined : seen.key || token;
    if (key === fakeKey) return act(seen, fakeAccounts.own);
    return key === otherKey ? act(seen, fakeAccounts.stranger) : refuse(401, "Unauthorized");
  };
  const fetch: FetchLike = async (request) => {
    const { status, json, headers } = tamper(await read(request, clock.now()), honest);
    return Response.json(json, { status, headers: headers ?? { "access-control-allow-origin": "*" } });
  };
  const { member: memberAccount, stranger: foreignAccount } = fakeAccounts;
  const target = { baseUrl: "http://fake.test", key: fakeKey, otherKey, memberAccount, foreignAccount, clock, fetch };
  return { target, clock };
}

function viewSandbox({ id, atMs }: Made, nowMs: number) {
  const ageMs = nowMs - atMs;
  const state =
    ageMs < bootMs ? "pending" : ageMs < fakeLifeMs ? "running" : ageMs < fakeLifeMs + stopMs ? "stopping" : "stopped";
  return {
    sandboxId: id,
    sandboxStatus: state,
    timeout: Math.max(0, fakeLifeMs - ageMs),
    createdAt: new Date(atMs).toISOString(),
  };
}

const runMs = 2_000;

function viewRun({ id, account, atMs, line = "" }: Made, nowMs: number) {
  const ageMs = nowMs - atMs;
  const printed = (pattern: RegExp) => pattern.exec(line)?.[1] ?? "";
  const output = {
    ...{ stdout: printed(/echo (\S+);/), stderr: printed(/echo (\S+) >&2/) },
    ...{ exitCode: Number(printed(/exit (\d+)/)), snapshot: { id: `snap_${id}` } },
  };
  return {
    id,
    status: ageMs < 500 ? "QUEUED" : ageMs < runMs ? "EXECUTING" : "COMPLETED",
    ...(ageMs < runMs ? {} : { output }),
    taskIdentifier: "run-sandbox-command",
    createdAt: new Date(atMs).toISOString(),
    updatedAt: new Date(atMs).toISOString(),
    tags: [`account:${account}`],
  };
}

export function refuse(status: number, error: string): Answer {
  return { status, json: { status: "error", error } };
}

async function read(request: Request, nowMs: number): Promise<Seen> {
  const { pathname, searchParams } = new URL(request.url);
  const operation = operations[`${request.method} ${pathname}`];
  if (operation === undefined) throw new Error(`no operation is ${request.method} ${pathname}`);
  return {
    operation,
    key: request.headers.get("x-api-key") ?? undefined,
    token: request.headers.get("authorization") ?? undefined,
    query: Object.fromEntries(searchParams),
    body: parseJson(await request.text()),
    nowMs,
  };
}

export type Entry = Readonly<Record<string, unknown>>;

/** The answer with something else in each of its sandboxes. */
export function withSandboxes(answer: Answer, change: (entry: Entry) => object): Answer {
  return withEntries(answer, "sandboxes", (entries) => entries.map(change));
}

/** The answer with another list in it: of sandboxes, or of runs. */
export function withEntries(
  answer: Answer,
  member: "sandboxes" | "runs",
  change: (entries: readonly Entry[]) => readonly object[],
): Answer {
  const entries = (answer.json as { readonly [name: string]: readonly Entry[] | undefined })[member];
  return entries === undefined ? answer : { ...answer, json: { ...answer.json, [member]: change(entries) } };
}
