import type { IncomingMessage, ServerResponse } from "node:http";
import type { Sleep } from "../../src/contract/clock.ts";
import type { Operation } from "../../src/contract/operation.ts";
import type { Answer, MockRequest } from "./exchange.ts";
import { DroppedConnection, toResponse } from "./fetch-delivery.ts";
import { DirectMessage, emptyBody, type ReadBody, readIncomingBody, readRequestBody } from "./http-body.ts";
import { deliver, type OnEndless } from "./http-delivery.ts";
import { createRouteFinder, type Route } from "./route.ts";
import type { Dispatcher } from "./service.ts";
import type { Awaitable } from "./table.ts";

/** Answers HTTP by a dispatcher, for callers at a socket and for those in this process. */
export type HttpApp = {
  /** Answers a request that came in over a socket. It never rejects. */
  readonly serve: (incoming: IncomingMessage, outgoing: ServerResponse, onEndless?: OnEndless) => Promise<void>;
  /** Answers a request of this process. It rejects as `fetch` does where a fault drops the connection. */
  readonly fetch: (request: Request) => Promise<Response>;
};

export type HttpAppOptions = {
  readonly dispatcher: Dispatcher;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly sleep: Sleep;
  readonly bodyBytesMax: number;
  readonly mounts?: Readonly<Record<string, HttpApp>>; // other apps, by the folder that they answer for: "/__sandglass"
};

/** What is known of a request before its path is looked up. */
type MockRequestHead = Pick<MockRequest, "method" | "url" | "rawHeaders" | "header" | "remoteAddress">;

type MatchedRoute = { readonly route: Route; readonly search: string; readonly takesBytes: boolean };

/** Puts HTTP before a dispatcher: a route for each operation, and answers for whatever matches none. */
export function createHttpApp({ dispatcher, operations, sleep, bodyBytesMax, mounts = {} }: HttpAppOptions): HttpApp {
  const findRoute = createRouteFinder(operations);
  const folders = Object.entries(mounts).map(([folder, app]) => ({ folder, app }));
  const mountedAt = (url: string) =>
    folders.find(({ folder }) => url.startsWith(folder) && /^(?:[/?]|$)/.test(url.slice(folder.length)))?.app;
  const routeOf = (method: string, url: string): MatchedRoute => {
    const [path, search] = splitUrl(url);
    const route = findRoute(method, path);
    const types = route.operationId === undefined ? [] : operations[route.operationId]!.requestContentTypes;
    return { route, search, takesBytes: types.includes("application/octet-stream") };
  };
  const answer = (
    head: MockRequestHead,
    { route: { operationId, params, allowed }, search }: MatchedRoute,
    { body, bodyTooLarge }: ReadBody,
    content?: AsyncIterable<Uint8Array>,
  ): Awaitable<Answer> => {
    const query = () => new URLSearchParams(search);
    const request: MockRequest = {
      ...head,
      params,
      query: (name) => query().get(name) ?? undefined,
      queries: () => Object.fromEntries([...query()].reverse()),
      body,
      bodyTooLarge,
      ...(content === undefined ? {} : { content }),
    };
    return operationId === undefined
      ? dispatcher.answerUnmatched(request, allowed)
      : dispatcher.answer(request, operationId);
  };
  return {
    serve: async (incoming, outgoing, onEndless) => {
      const mounted = mountedAt(incoming.url!);
      if (mounted !== undefined) return mounted.serve(incoming, outgoing, onEndless);
      try {
        const { method, url, headers, rawHeaders, socket } = incoming;
        const head: MockRequestHead = {
          method: method!,
          url: url!,
          rawHeaders,
          header: (name) => headers[name] as string | undefined,
          remoteAddress: (incoming as Partial<DirectMessage>).caller ?? socket.remoteAddress,
        };
        const route = routeOf(head.method, head.url);
        if (route.takesBytes && incoming instanceof DirectMessage) incoming.streamsOn = true;
        const whole = route.takesBytes
          ? answer(head, route, emptyBody, incoming)
          : answer(head, route, await readIncomingBody(incoming, bodyBytesMax));
        await deliver(await whole, outgoing, sleep, onEndless);
      } catch (error) {
        // A caller that leaves in the middle needs no answer.
        if (outgoing.destroyed || outgoing.headersSent) outgoing.destroy();
        else await deliver(answerDefect(error), outgoing, sleep);
      }
    },
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const mounted = mountedAt(pathname);
      if (mounted !== undefined) return mounted.fetch(request);
      const route = routeOf(request.method, pathname + search);
      const body = route.takesBytes ? emptyBody : await readRequestBody(request, bodyBytesMax); // what fails here is the caller's
      try {
        const head: MockRequestHead = {
          method: request.method,
          url: pathname + search,
          rawHeaders: [...request.headers].flat(),
          header: (name) => request.headers.get(name) ?? undefined,
          remoteAddress: undefined,
        };
        const stream = route.takesBytes ? (request.body ?? new Blob([]).stream()) : undefined;
        const bytes = stream as AsyncIterable<Uint8Array> | undefined;
        return await toResponse(await answer(head, route, body, bytes), request.method, sleep);
      } catch (error) {
        if (error instanceof DroppedConnection) throw error; // asked for
        return toResponse(answerDefect(error), request.method, sleep);
      }
    },
  };
}

function splitUrl(url: string): readonly [path: string, search: string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at)];
}

/** The answer to a request on which the mock failed: whatever is thrown is a defect of the mock, and the answer says so. */
function answerDefect(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: 500,
    text: JSON.stringify({ error: "the mock failed; this is a defect of Sandglass" }),
    headers: {
      "content-type": "application/json",
      "x-sandglass-reason": `mock-defect: ${message}`.replace(/[^\x20-\x7e]/g, "?").slice(0, 200),
    },
  };
}
