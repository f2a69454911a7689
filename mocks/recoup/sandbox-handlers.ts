import type { components } from "../../generated/recoup/types.ts";
import { schemas } from "../../generated/recoup/schemas.ts";
import type { Call, Handler, Outcome } from "../kit/exchange.ts";
import type { AccountRecord } from "./account.ts";
import { refuseField, succeed } from "./answers.ts";
import { resolveAccount } from "./credentials.ts";
import type { RecoupParts } from "./parts.ts";
import { snapshotOf, startRun } from "./run.ts";
import { findSnapshotSource, readSettledAccount } from "./run-command.ts";
import { defaultTimeoutMs, type RecoupSandboxRecord } from "./sandbox.ts";
import { settings } from "./settings.ts";
import { blobSha } from "./repository-file.ts";

type CreateSandboxRequest = components["schemas"]["CreateSandboxRequest"];

const listMax = 1_000;

export const createSandbox: Handler<RecoupParts> = async (call, parts) => {
  const body = call.body as CreateSandboxRequest;
  const account = resolveAccount(call.world, call.tenant, body.account_id);
  if ("refusal" in account) return account.refusal;
  const record = await insertSandbox(call, parts, account.value);
  const runId = await startRequestedRun(call, parts, record, body);
  const sandbox = { ...parts.viewSandbox(record, call.nowMs), ...(runId === undefined ? {} : { runId }) };
  return succeed({ status: "success", sandboxes: [sandbox] }, unreadFields(body));
};

/** Stores a new sandbox, under an id that no other has. */
async function insertSandbox(
  { world, nowMs }: Call,
  parts: RecoupParts,
  accountId: string,
): Promise<RecoupSandboxRecord> {
  const { bootLatencyMs, stopGraceMs } = settings.of(world);
  for (;;) {
    const record: RecoupSandboxRecord = {
      id: `sbx_${world.random.hex(16)}`,
      tenantId: accountId,
      version: 1,
      createdAtMs: nowMs,
      liveUntilMs: nowMs + defaultTimeoutMs + stopGraceMs,
      bootMs: bootLatencyMs,
      timeoutMs: defaultTimeoutMs,
      graceMs: stopGraceMs,
      failedAtMs: undefined,
      runId: undefined,
    };
    if ((await parts.sandboxes(world).insert(record)).kind === "inserted") return record;
  }
}

async function startRequestedRun(
  { world, nowMs }: Call,
  parts: RecoupParts,
  sandbox: RecoupSandboxRecord,
  body: CreateSandboxRequest,
) {
  const { command, args = [], cwd, prompt } = body;
  if (command === undefined && prompt === undefined) return undefined;
  const [program, programArgs] = command === undefined ? ["agent", [prompt]] : [command, args];
  const bootsFrom = await findSnapshotSource(world, sandbox.tenantId, nowMs);
  const run = await startRun(parts.runs(world), world, nowMs, {
    tenantId: sandbox.tenantId,
    taskIdentifier: "run-sandbox-command",
    payload: { sandboxId: sandbox.id, accountId: sandbox.tenantId, command: program, args: programArgs, cwd },
    output: { snapshot: snapshotOf(`snap_${world.random.hex(12)}`, nowMs) },
    ...(bootsFrom === undefined ? {} : { bootsFrom }),
  });
  return run.id;
}

const knownFields = new Set(["command", "args", "cwd", "prompt", "account_id"]);

function unreadFields(body: CreateSandboxRequest): string[] {
  const unread = Object.keys(body).filter((field) => !knownFields.has(field));
  if (body.command === undefined && body.args !== undefined) unread.push("args");
  if (body.command === undefined && body.prompt === undefined && body.cwd !== undefined) unread.push("cwd");
  return unread.map((field) => `/${field}`);
}

export const listSandboxes: Handler<RecoupParts> = async (call, parts) => {
  const { world, tenant, request, nowMs } = call;
  const query = readAccountQuery(request.query("account_id"));
  if ("refusal" in query) return query.refusal;
  const account = resolveAccount(world, tenant, query.value);
  if ("refusal" in account) return account.refusal;
  const records = await selectSandboxes(call, parts, account.value, request.query("sandbox_id"));
  const stored = await readSettledAccount(world, account.value, nowMs);
  return succeed({
    status: "success",
    sandboxes: records.map((record) => parts.viewSandbox(record, nowMs)),
    snapshot_id: stored?.snapshotId ?? null,
    github_repo: stored?.githubRepo ?? null,
    filetree: stored?.githubRepo ? fileTree(stored) : null,
  });
};

async function selectSandboxes({ world }: Call, parts: RecoupParts, accountId: string, sandboxId: string | undefined) {
  if (!sandboxId) return parts.sandboxes(world).list(accountId, { limit: listMax });
  const record = await parts.findSandbox(world, accountId, sandboxId);
  return record === undefined ? [] : [record];
}

/** Reads `account_id` where it stands in the query. There, unlike in a body, the answer names no field. */
export function readAccountQuery(value: string | undefined): Outcome<string | undefined> {
  if (value === undefined || schemas.DeleteSandboxesRequest.safeParse({ account_id: value }).success) return { value };
  const { json, ...refusal } = refuseField(
    ["account_id"],
    "account_id must be a valid UUID",
    "query-account-id",
    "send a UUID, or leave account_id out for your own account",
  );
  const { missing_fields: _path, ...envelope } = json as Record<string, unknown>;
  return { refusal: { ...refusal, json: envelope } };
}

/** Each file, after the folders that no file before it is in. */
function fileTree({ files }: AccountRecord): components["schemas"]["FileTreeEntry"][] {
  const folders = new Set<string>();
  return files.flatMap(({ path, content, encoding, sha }) => {
    const parts = path.split("/").slice(0, -1);
    const above = parts.map((_, index) => parts.slice(0, index + 1).join("/")).filter((folder) => !folders.has(folder));
    for (const folder of above) folders.add(folder);
    return [
      ...above.map((folder) => ({ path: folder, type: "tree" as const, sha: blobSha(Buffer.from(folder)) })),
      { path, type: "blob" as const, sha, size: Buffer.byteLength(content, encoding ?? "utf8") },
    ];
  });
}
