import { fakeAccounts, fakeKey, fakeLifeMs, refuse, withEntries, withSandboxes } from "./fake-server.fixture.ts";
import type { Answer, Entry, Seen, Tamper } from "./fake-server.fixture.ts";
import { createRules } from "./laws/broken-input.ts";
import { sentOperations } from "./operations.ts";
import type { OperationId } from "../../generated/recoup/operations.ts";

/** Makes a misbehaviour anew, so that one that remembers starts with nothing. */
type MakeTamper = () => Tamper;

/** Changes the answers of one operation. */
function answering(operation: OperationId, change: (answer: Answer, seen: Seen) => Answer): MakeTamper {
  return () => (seen, honest) => (seen.operation === operation ? change(honest(seen), seen) : honest(seen));
}

/** Changes what one operation is told. */
function hearing(operation: OperationId, change: (seen: Seen) => Partial<Seen>): MakeTamper {
  return () => (seen, honest) => honest(seen.operation === operation ? { ...seen, ...change(seen) } : seen);
}

/** Changes each sandbox of one operation's answers. */
function telling(operation: OperationId, change: (entry: Entry, seen: Seen) => object): MakeTamper {
  return answering(operation, (answer, seen) =>
    withSandboxes(answer, (entry) => ({ ...entry, ...change(entry, seen) })),
  );
}

/** Changes each run of an answer. */
function tellingRuns(change: (entry: Entry, seen: Seen) => object): MakeTamper {
  return answering("listTaskRuns", (answer, seen) =>
    withEntries(answer, "runs", (entries) => entries.map((entry) => ({ ...entry, ...change(entry, seen) }))),
  );
}

const acceptsAnyBody = hearing("createSandbox", () => ({ body: {} }));
const asOwner = (): Partial<Seen> => ({ key: fakeKey, token: undefined });
const createdAtOf = ({ createdAt }: Entry): number => Date.parse(String(createdAt));
const withoutQuery =
  (name: string) =>
  ({ query }: Seen) => ({
    query: Object.fromEntries(Object.entries(query).filter(([each]) => each !== name)),
  });
const inPlainText =
  (status: number) =>
  (answer: Answer): Answer =>
    answer.status === status ? { status, json: { message: "no" } } : answer;
/** A list to which something was added by a create that was refused. */
const createsAll: MakeTamper = () => {
  let extra = 0;
  return (seen, honest) => {
    const answer = honest(seen);
    if (seen.operation === "createSandbox") extra += 1;
    return seen.operation !== "listSandboxes"
      ? answer
      : withEntries(answer, "sandboxes", (entries) => [
          ...entries,
          ...Array.from({ length: extra }, (_, index) => ({
            ...entries[0],
            sandboxId: `sbx_extra_${index}`,
            createdAt: new Date(seen.nowMs).toISOString(),
          })),
        ]);
  };
};
const endedAfter = ({ createdAt }: Entry, { nowMs }: Seen) => nowMs - Date.parse(String(createdAt)) - fakeLifeMs;

/** One misbehaviour for each law, that breaks it. */
export const breakers: Readonly<Record<string, MakeTamper>> = {
  "recoup/create/answer-shape": answering("createSandbox", (answer) => ({ ...answer, status: 201 })),
  "recoup/list/answer-shape": telling("listSandboxes", () => ({ timeout: "1 s" })),
  "recoup/list-runs/answer-shape": answering("listTaskRuns", () => ({ status: 200, json: { status: "pending" } })),
  "recoup/account-id/answer-shape": answering("getAccountId", () => ({ status: 200, json: { status: "success" } })),
  "recoup/create/unique-ids": telling("createSandbox", () => ({ sandboxId: "sbx_1" })),
  "recoup/list/read-back": hearing("listSandboxes", withoutQuery("sandbox_id")),
  "recoup/list/unknown-id": answering("listSandboxes", (answer) =>
    withEntries(answer, "sandboxes", (entries) => (entries.length === 0 ? [{}] : entries)),
  ),
  "recoup/list/created-at-fixed": telling("listSandboxes", (_, { nowMs }) => ({
    createdAt: new Date(nowMs).toISOString(),
  })),
  "recoup/create/malformed-json": acceptsAnyBody,
  ...Object.fromEntries(createRules.map(({ id }) => [id, acceptsAnyBody])),
  "recoup/create/null-member": acceptsAnyBody,
  ...Object.fromEntries(
    (Object.entries(sentOperations) as [OperationId, { slug: string }][]).flatMap(([operation, { slug }]) =>
      credentialsBreakers(operation, `recoup/${slug}`),
    ),
  ),
  "recoup/list/bearer-accepted": () => (seen, honest) => (seen.token === undefined ? honest(seen) : refuse(401, "no")),
  "recoup/list/other-schemes": hearing("listSandboxes", ({ token }) =>
    token === undefined ? {} : { token: `Bearer ${token.replace("Basic ", "")}` },
  ),

  "recoup/list/account-members": answering("listSandboxes", (answer, { query }) => {
    const { filetree: _, ...json } = answer.json as { filetree?: unknown };
    return query["sandbox_id"] === undefined ? answer : { ...answer, json };
  }),
  "recoup/list/empty-sandbox-id": answering("listSandboxes", (answer, { query }) =>
    query["sandbox_id"] === "" ? withEntries(answer, "sandboxes", () => []) : answer,
  ),
  "recoup/list/lists-all": answering("listSandboxes", (answer) =>
    withEntries(answer, "sandboxes", (all) => all.slice(1)),
  ),
  "recoup/list/any-origin": answering("listSandboxes", (answer) => ({ ...answer, headers: {} })),

  "recoup/list/stranger-reads-nothing": hearing("listSandboxes", ({ query }) =>
    query["sandbox_id"] === undefined ? {} : asOwner(),
  ),
  "recoup/list/stranger-lists-nothing": hearing("listSandboxes", asOwner),
  "recoup/list-runs/stranger-reads-nothing": hearing("listTaskRuns", asOwner),
  "recoup/list-runs/stranger-lists-nothing": hearing("listTaskRuns", asOwner),
  "recoup/create/own-account": () => (seen, honest) =>
    (seen.body as { account_id?: string } | undefined)?.account_id === fakeAccounts.own
      ? refuse(403, "Access denied")
      : honest(seen),
  "recoup/create/member-account": hearing("createSandbox", ({ body }) => ({
    body: { ...(body as object), account_id: fakeAccounts.own },
  })),
  "recoup/create/foreign-account": acceptsAnyBody,
  "recoup/list/foreign-account": hearing("listSandboxes", withoutQuery("account_id")),
  "recoup/list-runs/foreign-account": hearing("listTaskRuns", withoutQuery("account_id")),

  "recoup/create/refused-creates-nothing": createsAll,
  "recoup/create/stranger-creates-nothing": createsAll,
  "recoup/list/broken-account-id": hearing("listSandboxes", withoutQuery("account_id")),
  "recoup/list-runs/broken-account-id": hearing("listTaskRuns", withoutQuery("account_id")),
  "recoup/list-runs/broken-limit": hearing("listTaskRuns", withoutQuery("limit")),
  "recoup/get-file/path-required": hearing("getSandboxFile", () => ({ query: { path: "README.md" } })),
  "recoup/create/error-shape": answering("createSandbox", inPlainText(400)),
  "recoup/list/error-shape": answering("listSandboxes", inPlainText(400)),
  "recoup/list-runs/error-shape": answering("listTaskRuns", inPlainText(404)),
  "recoup/get-file/error-shape": answering("getSandboxFile", inPlainText(404)),
  ...Object.fromEntries(
    ["optional-members", "boundary-values", "unicode", "unknown-members"].map((rule) => [
      `recoup/create/${rule}`,
      answering("createSandbox", (answer, { body }) =>
        Object.keys(body as object).length > 0 ? refuse(400, "no") : answer,
      ),
    ]),
  ),

  "recoup/create/run-id-with-command": telling("createSandbox", () => ({ runId: undefined })),
  "recoup/create/run-id-with-prompt": telling("createSandbox", () => ({ runId: undefined })),
  "recoup/create/no-run-id": telling("createSandbox", () => ({ runId: "run_1" })),
  "recoup/list/no-run-id": telling("listSandboxes", () => ({ runId: "run_1" })),
  "recoup/list-runs/run-exists": answering("listTaskRuns", () => refuse(404, "not found")),
  "recoup/list-runs/prompt-run-exists": answering("listTaskRuns", () => refuse(404, "not found")),
  "recoup/list-runs/run-listed": answering("listTaskRuns", (answer) => withEntries(answer, "runs", () => [])),
  "recoup/list-runs/unknown-run": answering("listTaskRuns", (answer) =>
    answer.status === 404 ? refuse(500, "Run not found") : answer,
  ),
  "recoup/list-runs/limit-kept": hearing("listTaskRuns", withoutQuery("limit")),
  "recoup/list-runs/legal-transitions": tellingRuns(({ status }) => ({
    status: status === "QUEUED" ? "EXECUTING" : "QUEUED",
  })),
  "recoup/list-runs/run-ends": tellingRuns(() => ({ status: "EXECUTING" })),

  "recoup/list-runs/streams-apart": tellingRuns(({ output }) => ({ output: { ...(output as object), stderr: "" } })),
  "recoup/list-runs/exit-code": tellingRuns(({ output }) => ({ output: { ...(output as object), exitCode: 0 } })),
  "recoup/list/run-sets-snapshot": answering("listSandboxes", (answer) => ({
    ...answer,
    json: { ...answer.json, snapshot_id: null },
  })),

  "recoup/create/initial-state": telling("createSandbox", () => ({ sandboxStatus: "stopped" })),
  "recoup/list/legal-transitions": telling("listSandboxes", ({ sandboxStatus }) => ({
    sandboxStatus: sandboxStatus === "pending" ? "running" : "pending",
  })),
  "recoup/list/becomes-running": telling("listSandboxes", () => ({ sandboxStatus: "pending" })),
  "recoup/list/created-at-form": telling("listSandboxes", () => ({ createdAt: "2026-01-02 03:04:05Z" })),
  "recoup/list/created-at-past": telling("listSandboxes", (entry) => ({
    createdAt: new Date(createdAtOf(entry) + 60_000).toISOString(),
  })),
  "recoup/list/created-at-as-created": telling("listSandboxes", (entry) => ({
    createdAt: new Date(createdAtOf(entry) - 1).toISOString(),
  })),
  "recoup/list/newest-first": answering("listSandboxes", (answer) =>
    withEntries(answer, "sandboxes", (entries) =>
      entries.map((entry, index) => ({ ...entry, createdAt: new Date(index * 1_000).toISOString() })),
    ),
  ),

  "recoup/list/timeout-falls": telling("listSandboxes", () => ({ timeout: fakeLifeMs })),
  "recoup/list/timeout-as-created": telling("listSandboxes", ({ timeout }) => ({ timeout: Number(timeout) + 30_000 })),
  "recoup/list/timeout-unmoved-by-reading": () => {
    let reads = 0;
    return telling("listSandboxes", ({ timeout }) => ({ timeout: Number(timeout) + (reads += 1) }))();
  },
  "recoup/create/timeout-whole": telling("createSandbox", () => ({ timeout: 300_000 })),
  "recoup/list/runs-until-timeout": telling("listSandboxes", () => ({ sandboxStatus: "stopped" })),
  "recoup/list/stops-in-time": telling("listSandboxes", () => ({ sandboxStatus: "running" })),
  "recoup/list/timeout-ends-at-zero": telling("listSandboxes", () => ({ timeout: 1 })),
  "recoup/list/stays-stopped": telling("listSandboxes", (entry, seen) => ({
    sandboxStatus: endedAfter(entry, seen) > 600_000 ? "running" : "stopped",
  })),
};

function credentialsBreakers(operation: OperationId, prefix: string): [string, MakeTamper][] {
  const takes = (wrong: (seen: Seen) => boolean) => hearing(operation, (seen) => (wrong(seen) ? asOwner() : {}));
  const isAnonymous = ({ key, token }: Seen) => key === undefined && token === undefined;
  return [
    [`${prefix}/credentials-none`, takes(isAnonymous)],
    [`${prefix}/credentials-empty`, takes(({ key }) => key === "")],
    [`${prefix}/credentials-unknown`, takes(({ key }) => key?.startsWith("unknown-") === true)],
    [`${prefix}/credentials-near-miss`, takes(({ token }) => token?.toLowerCase() === `bearer ${fakeKey}`)],
    [`${prefix}/credentials-both`, takes(({ key, token }) => key !== undefined && token === `Bearer ${fakeKey}`)],
    [
      `${prefix}/credentials-first`,
      () => (seen, honest) => (isAnonymous(seen) ? honest({ ...seen, ...asOwner() }) : honest(seen)),
    ],
    [
      `${prefix}/refusal-shape`,
      answering(operation, (answer) =>
        answer.status === 401 ? { status: 401, json: { status: "error", message: "Unauthorized" } } : answer,
      ),
    ],
  ];
}
