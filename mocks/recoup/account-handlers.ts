import type { components } from "../../generated/recoup/types.ts";
import type { Call, Handler, MockRequest, Outcome } from "../kit/exchange.ts";
import { addOutcome, deletedAccount, repositoryOf, updateAccount, viewAccount } from "./account.ts";
import { refuse, refuseField, succeed } from "./answers.ts";
import { resolveAccount } from "./credentials.ts";
import type { RecoupParts } from "./parts.ts";
import { createRepositoryFile, isReadableUrl } from "./repository-file.ts";
import { snapshotLifeMs, startRun, viewRun } from "./run.ts";
import { explainUnknown, readSettledAccount, settleRun } from "./run-command.ts";
import { readAccountQuery } from "./sandbox-handlers.ts";

type Schemas = components["schemas"];

export const updateSandboxSnapshot: Handler<RecoupParts> = async ({ world, tenant, body, nowMs }) => {
  const { snapshotId, github_repo: githubRepo, account_id } = body as Schemas["UpdateSnapshotRequest"];
  const account = resolveAccount(world, tenant, account_id);
  if ("refusal" in account) return account.refusal;
  if (snapshotId === undefined && githubRepo === undefined) {
    const stored = await readSettledAccount(world, account.value, nowMs);
    return succeed(stored === undefined ? null : viewAccount(stored));
  }
  await readSettledAccount(world, account.value, nowMs); // what has ended by now comes before
  const updated = await updateAccount(world, account.value, nowMs, () => ({
    ...(snapshotId === undefined ? {} : { snapshotId, expiresAtMs: nowMs + snapshotLifeMs }),
    ...(githubRepo === undefined ? {} : { githubRepo }),
  }));
  return succeed(viewAccount(updated));
};

export const deleteSandboxes: Handler<RecoupParts> = async ({ world, tenant, body, nowMs }) => {
  const account = resolveAccount(world, tenant, (body as Schemas["DeleteSandboxesRequest"]).account_id);
  if ("refusal" in account) return account.refusal;
  const stored = await readSettledAccount(world, account.value, nowMs);
  if (stored !== undefined) await updateAccount(world, account.value, nowMs, () => deletedAccount);
  return succeed({ status: "success", deleted_snapshot: stored === undefined ? null : viewAccount(stored) });
};

export const setupSandbox: Handler<RecoupParts> = async ({ world, tenant, body, nowMs }, parts) => {
  const account = resolveAccount(world, tenant, (body as Schemas["SetupSandboxRequest"]).account_id);
  if ("refusal" in account) return account.refusal;
  const snapshotId = `snap_${world.random.hex(12)}`;
  const githubRepo = repositoryOf(account.value);
  const run = await startRun(parts.runs(world), world, nowMs, {
    tenantId: account.value,
    taskIdentifier: "setup-sandbox",
    payload: { accountId: account.value },
    output: { githubRepo, snapshotId },
  });
  await addOutcome(world, account.value, nowMs, { completeAtMs: run.liveUntilMs, snapshotId, githubRepo });
  return succeed({ status: "success", runId: run.id });
};

export const getSandboxFile: Handler<RecoupParts> = async ({ world, tenant, request, nowMs }) => {
  const path = readFilePath(request);
  if ("refusal" in path) return path.refusal;
  const stored = await readSettledAccount(world, tenant.id, nowMs);
  if (!stored?.githubRepo) return refuseNoRepository();
  const file = stored.files.find((candidate) => candidate.path === path.value);
  if (file === undefined) {
    const reason = {
      rule: "file-unknown",
      message: "the repository has what set-ups, uploads and commands have put there, and no such file",
    };
    return refuse(404, "File not found in repository", reason);
  }
  const { content, encoding } = file;
  return succeed({ status: "success", content, ...(encoding === undefined ? {} : { encoding }) });
};

export const getAccountId: Handler<RecoupParts> = ({ tenant }) => succeed({ status: "success", accountId: tenant.id });

/** Reads the path of a file from the query. */
export function readFilePath(request: MockRequest): Outcome<string> {
  const path = request.query("path");
  if (path) return { value: path };
  const text = path === undefined ? "path is required" : "path cannot be empty";
  const message = "add ?path= with the file's path in the repository";
  return { refusal: refuse(400, text, { rule: "query-path", message }) };
}

export const uploadSandboxFiles: Handler<RecoupParts> = async ({ world, tenant, body, nowMs }) => {
  const { files, path: folder = "" } = body as Schemas["UploadSandboxFilesRequest"];
  const stored = await readSettledAccount(world, tenant.id, nowMs);
  if (!stored?.githubRepo) return refuseNoRepository();
  const readable = files.filter(({ url }) => isReadableUrl(url));
  const errors = files.filter(({ url }) => !isReadableUrl(url)).map(({ name }) => `Failed to download ${name}`);
  if (readable.length === 0) {
    const reason = { rule: "files-unreadable", message: "use http, https or data URLs" };
    return refuse(500, `All uploads failed: ${errors.join(", ")}`, reason);
  }
  const uploads = readable.map(({ url, name }) => {
    const path = [folder.replace(/^\/+|\/+$/g, ""), name].filter(Boolean).join("/");
    return createRepositoryFile(path, url);
  });
  const replaced = new Set(uploads.map(({ path }) => path));
  await updateAccount(world, tenant.id, nowMs, ({ files: kept }) => ({
    files: [...kept.filter(({ path }) => !replaced.has(path)), ...uploads],
  }));
  const uploaded = uploads.map(({ path, sha }) => ({ path, sha }));
  return succeed({ status: "success", uploaded, ...(errors.length === 0 ? {} : { errors }) });
};

function refuseNoRepository() {
  const message = "run POST /api/sandboxes/setup, or set github_repo with PATCH /api/sandboxes, first";
  return refuse(404, "No GitHub repository found for this account", { rule: "repository-none", message });
}

export const listTaskRuns: Handler<RecoupParts> = async (call, parts) => {
  const { world, tenant, request, nowMs } = call;
  const limit = Number(request.query("limit") ?? "20");
  if (request.query("limit")?.trim() === "" || !Number.isInteger(limit) || limit < 1 || limit > 100) {
    return refuseLimit(limit, request.query("limit")!);
  }
  const query = readAccountQuery(request.query("account_id"));
  if ("refusal" in query) return query.refusal;
  const runId = request.query("runId")?.trim();
  if (runId) return answerOneRun(call, parts, runId);
  const account = resolveAccount(world, tenant, query.value);
  if ("refusal" in account) return account.refusal;
  const runs = await parts.runs(world).list(account.value, { limit });
  const settled = await Promise.all(runs.map((run) => settleRun(world, run)));
  return succeed({ status: "success", runs: settled.map((run) => viewRun(run, nowMs, false)) });
};

async function answerOneRun({ world, tenant, nowMs }: Call, parts: RecoupParts, runId: string) {
  const found = await parts.findRun(world, tenant, runId);
  const run = found && (await settleRun(world, found));
  // Another account's run is answered exactly like one that never was.
  if (run === undefined) {
    return refuse(404, "Task run not found", {
      rule: "run-unknown",
      message: "no run of an account in reach has that id",
    });
  }
  return { ...succeed({ status: "success", runs: [viewRun(run, nowMs, true)] }), ...explainUnknown(run) };
}

function refuseLimit(limit: number, sent: string) {
  const text = Number.isNaN(limit)
    ? "Invalid input: expected number, received NaN"
    : limit < 1
      ? "Too small: expected number to be >=1"
      : limit > 100
        ? "Too big: expected number to be <=100"
        : "Invalid input: expected int, received number";
  const refusal = refuseField(["limit"], text, "query-limit", `limit is a whole number from 1 to 100, not "${sent}"`);
  const { missing_fields: _path, ...json } = refusal.json as Record<string, unknown>;
  return { ...refusal, json };
}
