import { judgeAnswer } from "../../kit/law/answer.ts";
import type { Breach } from "../../kit/law/case.ts";
import type { Law } from "../../kit/law/law.ts";
import { noSandboxes } from "../../kit/law/law.ts";
import type { LawRun } from "../../kit/law/law-run.ts";
import type { ApiCall } from "../../kit/law/call.ts";
import type { OperationId } from "../../../generated/recoup/operations.ts";
import { pointer, sentOperations } from "../operations.ts";

const snapshot = { snapshotId: "snap_sandglass" };
const repository = { github_repo: "https://github.com/sandglass-conform/none" };

/** One request, with the status that it has to get where this law says so; the model holds all of them against each other. */
type Asking = ApiCall & { readonly status?: readonly number[] };

const list: Asking = { operation: "listSandboxes" };
const update = (json: object, status = 200): Asking => ({ operation: "updateSandboxSnapshot", json, status: [status] });
const erase: Asking = { operation: "deleteSandboxes", json: {}, status: [200] };

/**
 * What an account keeps for its next sandboxes. These operations change it for good, so that they are sent in the profile
 * `full` only, which is for servers of one's own.
 */
export const accountKeeps: readonly Law[] = [
  keepsLaw("updateSandboxSnapshot", [
    update({}),
    update(snapshot),
    list,
    update(repository),
    list,
    update({}),
    update({ snapshotId: "" }, 400),
    update({ github_repo: "no address" }, 400),
    { operation: "updateSandboxSnapshot", json: { snapshotId: "snap_stranger" }, credentials: "none" },
    list,
  ]),
  keepsLaw("deleteSandboxes", [
    update(snapshot),
    { operation: "deleteSandboxes", json: {}, credentials: "none" },
    { ...erase, json: { account_id: "me" }, status: [400] },
    list,
    erase,
    list,
    erase,
    update({}),
  ]),
  keepsLaw("setupSandbox", [
    { operation: "setupSandbox", json: { account_id: "me" }, status: [400] },
    { operation: "setupSandbox", json: {}, status: [200] },
    { operation: "listTaskRuns" },
  ]),
  // Without a repository there is nothing to write to, and what a server can download is its own business.
  keepsLaw("uploadSandboxFiles", [
    { operation: "uploadSandboxFiles", json: { files: [] }, status: [400] },
    { operation: "uploadSandboxFiles", json: { files: [{ url: "no address", name: "a.txt" }] }, status: [400] },
    { ...sentOperations.uploadSandboxFiles.call, operation: "uploadSandboxFiles", status: [200, 404, 500] },
    { operation: "getSandboxFile", query: { path: "sandglass.txt" } },
  ]),
];

function keepsLaw(operation: OperationId, askings: readonly Asking[]): Law {
  const { slug } = sentOperations[operation];
  return {
    id: `recoup/${slug}/answer-shape`,
    requirement: "SHOULD",
    statement: `answer ${operation} with the documented status and body, and refuse what breaks a rule`,
    source: pointer(operation, "responses", "200"),
    operations: [
      operation,
      ...new Set(askings.map((asking) => asking.operation).filter((other) => other !== operation)),
    ],
    needs: [],
    sandboxes: noSandboxes,
    check: (run) => judgeInTurn(run, askings),
  };
}

async function judgeInTurn(run: LawRun, askings: readonly Asking[]): Promise<Breach | undefined> {
  for (const { status, ...call } of askings) {
    const exchange = await run.send(call);
    const seen = exchange.response.status;
    if (status === undefined) continue;
    const reason = status.includes(seen)
      ? seen < 300
        ? judgeAnswer(run.contract, exchange)
        : undefined
      : `${call.operation} with ${JSON.stringify(call.json ?? {})} was answered ${seen}, not ${status.join(" or ")}`;
    if (reason !== undefined) return { reason, exchange };
  }
  return undefined;
}
