import { Ajv2020 } from "ajv/dist/2020.js";
import type { Operation } from "../../src/contract/operation.ts";
import type { BodyValidator } from "./law/contract.ts";
import type { JudgedContract } from "./run/judged-contract.ts";
import type { Exchange } from "./law/exchange.ts";
import type { Law } from "./law/law.ts";
import { noSandboxes } from "./law/law.ts";
import { isObject } from "./law/schema.ts";
import type { FetchLike, Target } from "./target/target.ts";

const ajv = new Ajv2020({ strict: true });

const idSchema = { type: "object", required: ["id"], properties: { id: { type: "string" } } };
const errorSchema = { type: "object", required: ["error"], properties: { error: { type: "string" } } };

/** A contract of four operations, small enough to see through: `create` is its seed, the rest are companions. */
export function miniContract(laws: readonly Law[] = []): JudgedContract {
  return {
    name: "mini",
    document: {},
    operations: [
      operationFixture({ id: "create", method: "post", path: "/boxes", statuses: ["201", "4XX"], evidence: "seed" }),
      operationFixture({ id: "list", path: "/boxes", statuses: ["200", "401"] }),
      operationFixture({ id: "get", path: "/boxes/{id}", statuses: ["200", "404"] }),
      operationFixture({ id: "kill", method: "delete", path: "/boxes/{id}", statuses: ["204"] }),
    ],
    requestBodies: {},
    responseBodies: {
      create: { "201": compile(idSchema), "4XX": compile(errorSchema) },
      get: { "200": compile(idSchema), "404": compile(errorSchema) },
    },
    programs: { of: () => [], harmless: ["echo"] },
    keyHeader: "x-key",
    profiles: {
      core: ["create", "get", "kill"],
      deployment: ["create", "list", "get", "kill"],
      full: ["create", "list", "get", "kill"],
    },
    repeatable: { kill: [404] },
    companions: ["list", "get", "kill"],
    previews: { template: "{id}-p{port}.{domain}", domainIn: () => undefined },
    probeOperation: "list",
    create: { operation: "create", body: {}, idsIn, shortest: (timeout) => ({ timeout }), quotaIn },
    list: {
      operation: "list",
      entriesIn: ({ response: { json } }) =>
        Array.isArray(json)
          ? json.filter(isObject).map(({ id, startedAtMs }) => ({
              id: String(id),
              startedAtMs: Number(startedAtMs ?? NaN),
              isAlive: true,
            }))
          : undefined,
    },
    reap: {
      by: "delete",
      operation: "kill",
      look: { operation: "get", isGone: ({ response }) => response.status === 404 },
    },
    secretFields: ["token"],
    isId: (text) => /^[a-z0-9-]+$/.test(text),
    absentId: (hex) => `none-${hex}`,
    laws,
  };
}

/** A law that a test fills in. */
export function lawFixture(law: Partial<Law> = {}): Law {
  return {
    id: "mini/create/rule",
    requirement: "MUST",
    statement: "keep the rule",
    source: "#",
    operations: ["create"],
    needs: [],
    sandboxes: { ...noSandboxes, shared: 2, fresh: 1 },
    check: () => Promise.resolve(undefined),
    ...law,
  };
}

export type MiniServer = {
  readonly target: Target;
  /** Method and path of each request, in order. */
  readonly seen: readonly string[];
  readonly alive: ReadonlySet<string>;
};

/**
 * A server that keeps the mini contract, unless told otherwise.
 *
 * @param answer - answers in its stead; undefined leaves the request to the server
 */
export function miniServer(
  answer: (request: Request) => Response | undefined | Promise<Response | undefined> = () => undefined,
): MiniServer {
  const seen: string[] = [];
  const alive = new Set<string>();
  let created = 0;
  const keep = (request: Request): Response => {
    const id = new URL(request.url).pathname.split("/")[2];
    if (request.method === "POST") {
      created += 1;
      alive.add(`b${created}`);
      return Response.json({ id: `b${created}`, token: `secret-of-b${created}` }, { status: 201 });
    }
    if (id === undefined) return Response.json([...alive].map((own) => ({ id: own })));
    if (request.method === "DELETE") alive.delete(id);
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    return alive.has(id) ? Response.json({ id }) : Response.json({ error: "no such box" }, { status: 404 });
  };
  const fetch: FetchLike = async (request) => {
    seen.push(`${request.method} ${new URL(request.url).pathname}`);
    return (await answer(request)) ?? keep(request);
  };
  return { target: { baseUrl: "http://mini.test", key: "mini-key-123", fetch }, seen, alive };
}

export function operationFixture(operation: Partial<Operation>): Operation {
  return {
    id: "operation",
    method: "get",
    path: "/",
    tags: [],
    statuses: [],
    evidence: "docs",
    security: [["key"]],
    parameters: [],
    requestBodyRequired: false,
    requestContentTypes: [],
    responseContentTypes: Object.fromEntries(
      (operation.statuses ?? []).map((status) => [status, ["application/json"]]),
    ),
    ...operation,
  };
}

function idsIn({ response: { json } }: Exchange): readonly string[] {
  return isObject(json) && typeof json["id"] === "string" ? [json["id"]] : [];
}

function quotaIn({ response: { status, json } }: Exchange): number | undefined {
  return status === 429 && isObject(json) && typeof json["limit"] === "number" ? json["limit"] : undefined;
}

function compile(schema: object): BodyValidator {
  return ajv.compile(schema) as BodyValidator;
}
