import { requestBodies } from "../../generated/recoup/validators.js";
import { parseJson } from "../kit/exchange.ts";
import type { FetchLike, Target } from "../kit/target.ts";
import type { OperationId } from "./laws/operations.ts";

export type Seen = {
  readonly operation: OperationId;
  readonly key: string | undefined; // undefined without the header
  readonly sandboxId: string | undefined; // what a list asks for
  readonly body: unknown; // undefined where it is not JSON
};
export type Answer = { readonly status: number; readonly json: object };

/** Stands between a request and the honest server: asks it, or answers by itself. */
export type Tamper = (seen: Seen, honest: (seen: Seen) => Answer) => Answer;

export const fakeKey = "recoup_sk_fake-key-0123456789";

const operations: Readonly<Record<string, OperationId>> = {
  "POST /api/sandboxes": "createSandbox",
  "GET /api/sandboxes": "listSandboxes",
  "GET /api/sandboxes/file": "getSandboxFile",
  "GET /api/tasks/runs": "listTaskRuns",
};

/** A server that keeps every law, as far as laws look, in one object: what a test tampers with shows in one law. */
export function fakeServer(tamper: Tamper = (seen, honest) => honest(seen)): Target {
  const ids: string[] = [];
  const entry = (sandboxId: string) => ({
    sandboxId,
    sandboxStatus: "running",
    timeout: 1_000,
    createdAt: "2026-03-01T12:00:00.000Z",
  });
  const act = ({ operation, sandboxId }: Seen): Answer => {
    if (operation === "createSandbox") {
      ids.push(`sbx_${ids.length + 1}`);
      return { status: 200, json: { status: "success", sandboxes: [entry(`sbx_${ids.length}`)] } };
    }
    if (operation === "listTaskRuns") return { status: 200, json: { status: "success", runs: [] } };
    if (operation === "getSandboxFile") return { status: 404, json: { error: "File not found in repository" } };
    const sandboxes = ids.filter((id) => sandboxId === undefined || sandboxId === id).map(entry);
    const account = { snapshot_id: null, github_repo: null, filetree: null };
    return { status: 200, json: { status: "success", sandboxes, ...account } };
  };
  const honest = (seen: Seen): Answer => {
    if (seen.key !== fakeKey) return { status: 401, json: { status: "error", error: "Unauthorized" } };
    if (seen.operation !== "createSandbox" || requestBodies.createSandbox(seen.body)) return act(seen);
    return { status: 400, json: { status: "error", error: "Invalid input" } };
  };
  const fetch: FetchLike = async (request) => {
    const { status, json } = tamper(await read(request), honest);
    return Response.json(json, { status });
  };
  return { baseUrl: "http://fake.test", key: fakeKey, fetch };
}

async function read(request: Request): Promise<Seen> {
  const { pathname, searchParams } = new URL(request.url);
  const operation = operations[`${request.method} ${pathname}`];
  if (operation === undefined) throw new Error(`no operation is ${request.method} ${pathname}`);
  return {
    operation,
    key: request.headers.get("x-api-key") ?? undefined,
    sandboxId: searchParams.get("sandbox_id") ?? undefined,
    body: parseJson(await request.text()),
  };
}

/** The answer with other members in each of its sandboxes. */
export function withSandboxMembers(answer: Answer, members: Readonly<Record<string, unknown>>): Answer {
  const { sandboxes } = answer.json as { sandboxes?: readonly object[] };
  if (sandboxes === undefined) return answer;
  return { ...answer, json: { ...answer.json, sandboxes: sandboxes.map((sandbox) => ({ ...sandbox, ...members })) } };
}
