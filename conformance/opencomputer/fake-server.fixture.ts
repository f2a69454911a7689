import { operations } from "../../generated/opencomputer/operations.ts";
import { requestBodies } from "../../generated/opencomputer/validators.js";
import { parseJson } from "../kit/exchange.ts";
import { isObject } from "../kit/schema.ts";
import type { FetchLike, Target } from "../kit/target.ts";
import type { OperationId } from "./laws/operations.ts";

export type Seen = {
  readonly operation: OperationId;
  readonly key: string | undefined; // undefined without the header
  readonly id: string;
  readonly body: unknown; // undefined where it is not JSON
  readonly text: string;
};
export type Answer = { readonly status: number; readonly json?: unknown };

/** Stands between a request and the honest server: asks it, or answers by itself. */
export type Tamper = (seen: Seen, honest: (seen: Seen) => Answer) => Answer;

export const fakeKey = "osb_fake-key-0123456789";

type Validators = Readonly<Record<string, ((value: unknown) => boolean) | undefined>>;

/** A server that keeps every law, as far as laws look, in one object: what a test tampers with shows in one law. */
export function fakeServer(tamper: Tamper = (seen, honest) => honest(seen)): Target {
  const boxes = new Map<string, "running" | "stopped">();
  const entry = (id: string) => ({ sandboxID: id, status: boxes.get(id), startedAt: "2026-03-01T12:00:00Z" });
  const act = ({ operation, id }: Seen): Answer => {
    if (operation === "createSandbox") {
      const created = `sb-${String(boxes.size + 1).padStart(8, "0")}`;
      boxes.set(created, "running");
      return { status: 201, json: { sandboxID: created, status: "running", region: "use2", workerID: "w-1" } };
    }
    if (operation === "listSandboxes") {
      return { status: 200, json: [...boxes.keys()].map(entry).filter(({ status }) => status === "running") };
    }
    if (!boxes.has(id)) return { status: 404, json: { error: "sandbox not found" } };
    if (operation === "getSandbox") return { status: 200, json: entry(id) };
    if (operation === "killSandbox") boxes.set(id, "stopped");
    return { status: 204 };
  };
  const honest = (seen: Seen): Answer => {
    if (seen.key !== fakeKey) return { status: 401, json: { error: "missing or invalid API key" } };
    const validate = (requestBodies as Validators)[seen.operation];
    const readable = seen.text === "" || seen.body === null || validate === undefined || validate(seen.body);
    return readable ? act(seen) : { status: 400, json: { error: "invalid request body" } };
  };
  const fetch: FetchLike = async (request) => {
    const { status, json } = tamper(await read(request), honest);
    return json === undefined ? new Response(null, { status }) : Response.json(json, { status });
  };
  return { baseUrl: "http://fake.test", key: fakeKey, fetch };
}

async function read(request: Request): Promise<Seen> {
  const { pathname } = new URL(request.url);
  const text = await request.text();
  const found = Object.values(operations).find(
    ({ method, path }) => method === request.method.toLowerCase() && patternOf(path).test(pathname),
  );
  if (found === undefined) throw new Error(`no operation is ${request.method} ${pathname}`);
  const key = request.headers.get("x-api-key") ?? undefined;
  return { operation: found.id, key, id: pathname.split("/")[3] ?? "", body: parseJson(text), text };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
}

/** The answer with other members in its body. */
export function withMembers(answer: Answer, members: Readonly<Record<string, unknown>>): Answer {
  return { ...answer, json: { ...(isObject(answer.json) ? answer.json : {}), ...members } };
}
