import type { IncomingMessage, ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import type { Sleep } from "../../src/contract/clock.ts";
import type { Operation } from "../../src/contract/operation.ts";
import type { Answer, MockRequest } from "./exchange.ts";
import { DroppedConnection, toResponse } from "./fetch-delivery.ts";
import { readIncomingBody, readRequestBody, type ReadBody } from "./http-body.ts";
import { send, sendOddly } from "./http-delivery.ts";
import type { Desk } from "./service.ts";

/** What node-server hands to an app with each request; nothing where the app is called in process. */
export type NodeBindings = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse };

export type HttpAppOptions = {
  readonly desk: Desk;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly sleep: Sleep;
  readonly bodyBytesMax: number;
  readonly mounts?: Readonly<Record<string, Hono>>; // other apps, by the path that they begin at
};

/** Builds the HTTP face of a desk: one route for each operation, and answers for whatever matches none. */
export function createHttpApp({ desk, operations, sleep, bodyBytesMax, mounts = {} }: HttpAppOptions): Hono {
  const app = new Hono();
  for (const [path, mounted] of Object.entries(mounts)) {
    app.all(`${path}/*`, (c) => mounted.fetch(c.req.raw, c.env as object));
  }
  const serve = async (c: Context, answer: (request: MockRequest) => Answer | Promise<Answer>) => {
    const node = (c.env as NodeBindings | undefined)?.incoming === undefined ? undefined : (c.env as NodeBindings);
    const read = await (node
      ? readIncomingBody(node.incoming, bodyBytesMax)
      : readRequestBody(c.req.raw, bodyBytesMax));
    const answered = await answer(node ? fromIncoming(node.incoming, read, c) : fromRequest(c.req.raw, read, c));
    return node ? deliver(answered, node.outgoing, sleep) : toResponse(answered, sleep);
  };
  for (const { id, method, path } of Object.values(operations)) {
    const route = path.replaceAll(/\{([^}]+)\}/g, ":$1");
    app.on(method.toUpperCase(), route, (c) => serve(c, (request) => desk.answer(request, id)));
  }
  app.onError((error, c) => failed(error, c));
  // Other methods have no route of their own: two routes that fit one request cost every request that fits both.
  const methodsOf = createMethodLookup(operations);
  app.notFound((c) => serve(c, (request) => desk.answerUnmatched(request, methodsOf(c.req.path))));
  return app;
}

/** Finds the methods that a path has; none where no operation has such a path. */
function createMethodLookup(operations: HttpAppOptions["operations"]): (path: string) => readonly string[] {
  const byTemplate = Map.groupBy(Object.values(operations), ({ path }) => path);
  // Of two templates that fit, the contract means the one that names more of the path.
  const templates = [...byTemplate].sort(([one], [other]) => one.split("{").length - other.split("{").length);
  const entries = templates.map(([template, sharing]) => ({
    pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
    methods: sharing.map(({ method }) => method.toUpperCase()),
  }));
  return (path) => entries.find(({ pattern }) => pattern.test(path))?.methods ?? [];
}

// A caller that leaves in the middle needs no answer. Anything else is a defect of the mock, and says so.
function failed(error: Error, c: Context): Response {
  if (error instanceof DroppedConnection) throw error; // asked for
  const outgoing = (c.env as NodeBindings | undefined)?.outgoing;
  if (outgoing?.destroyed === true || outgoing?.headersSent === true) return RESPONSE_ALREADY_SENT;
  const reason = `mock-defect: ${error.message}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
  return c.json({ error: "the mock failed; this is a defect of Sandglass" }, 500, { "x-sandglass-reason": reason });
}

function fromIncoming(incoming: IncomingMessage, read: ReadBody, c: Context): MockRequest {
  const { headers } = incoming;
  return {
    ...read,
    method: incoming.method!,
    url: incoming.url!,
    params: c.req.param(),
    rawHeaders: incoming.rawHeaders,
    header: (name) => headers[name] as string | undefined,
    query: (name) => c.req.query(name),
    queries: () => c.req.query(),
    remoteAddress: incoming.socket.remoteAddress,
  };
}

function fromRequest(request: Request, read: ReadBody, c: Context): MockRequest {
  const { pathname, search } = new URL(request.url);
  return {
    ...read,
    method: request.method,
    url: pathname + search,
    params: c.req.param(),
    rawHeaders: [...request.headers].flat(),
    header: (name) => request.headers.get(name) ?? undefined,
    query: (name) => c.req.query(name),
    queries: () => c.req.query(),
    remoteAddress: undefined,
  };
}

async function deliver(answer: Answer, outgoing: ServerResponse, sleep: Sleep): Promise<Response> {
  if (answer.delivery === undefined) send(answer, outgoing);
  else await sendOddly(answer, answer.delivery, outgoing, sleep);
  return RESPONSE_ALREADY_SENT;
}
