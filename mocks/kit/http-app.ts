import type { IncomingMessage, ServerResponse } from "node:http";
import type { Sleep } from "../../src/contract/clock.ts";
import type { Operation } from "../../src/contract/operation.ts";
import type { Answer, MockRequest } from "./exchange.ts";
import { DroppedConnection, toResponse } from "./fetch-delivery.ts";
import { DirectMessage, emptyBody, type ReadBody, readRequestBody, takeIncomingBody } from "./http-body.ts";
import { deliver, type OnEndless } from "./http-delivery.ts";
import { createRouteFinder, type Route } from "./route.ts";
import type { Dispatcher } from "./service.ts";
import { andThen, type Awaitable, orElse } from "./table.ts";

/** Answers HTTP by a dispatcher, for callers at a socket and for those in this process. */
export type HttpApp = {
  /** Answers a request that came in over a socket, in the order in which they came. What it gives back never rejects. */
  readonly serve: (incoming: IncomingMessage, outgoing: ServerResponse, onEndless?: OnEndless) => Awaitable<void>;
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
  const folders = Object.keys(mounts);
  const mountedAt = (url: string) => {
    for (const folder of folders) {
      if (url.startsWith(folder) && /^(?:[/?]|$)/.test(url.slice(folder.length))) return mounts[folder];
    }
    return undefined;
  };
  const takingBytes = new Set(
    Object.values(operations)
      .filter(takesBytes)
      .map(({ id }) => id),
  );
  const routeOf = (method: string, url: string): MatchedRoute => {
    const searchAt = url.indexOf("?");
    const route = findRoute(method, searchAt === -1 ? url : url.slice(0, searchAt));
    const search = searchAt === -1 ? "" : url.slice(searchAt);
    return { route, search, takesBytes: takingBytes.has(route.operationId ?? "") };
  };
  const answer = (
    { method, url, rawHeaders, header, remoteAddress }: MockRequestHead,
    { route: { operationId, params, allowed }, search }: MatchedRoute,
    { body, bodyTooLarge }: ReadBody,
    content?: AsyncIterable<Uint8Array>,
  ): Awaitable<Answer> => {
    const request: MockRequest = {
      method,
      url,
      params,
      rawHeaders,
      header,
      query: (name) => new URLSearchParams(search).get(name) ?? undefined,
      queries: () => Object.fromEntries([...new URLSearchParams(search)].reverse()),
      remoteAddress,
      body,
      bodyTooLarge,
      content,
    };
    return operationId === undefined
      ? dispatcher.answerUnmatched(request, allowed)
      : dispatcher.answer(request, operationId);
  };
  return {
    serve: (incoming, outgoing, onEndless) => {
      const mounted = mountedAt(incoming.url!);
      if (mounted !== undefined) return mounted.serve(incoming, outgoing, onEndless);
      const attempt = (act: () => Awaitable<void>) =>
        orElse(act, (error) => {
          // A caller that leaves in the middle needs no answer.
          if (outgoing.destroyed || outgoing.headersSent) outgoing.destroy();
          else return deliver(answerDefect(error), outgoing, sleep);
        });
      return attempt(() => {
        const { method, url, headers, rawHeaders, socket } = incoming;
        const head: MockRequestHead = {
          method: method!,
          url: url!,
          rawHeaders,
          header: (name) => headers[name] as string | undefined,
          remoteAddress: (incoming as Partial<DirectMessage>).caller ?? socket.remoteAddress,
        };
        const route = routeOf(head.method, head.url);
        const reply = (body: ReadBody, content?: AsyncIterable<Uint8Array>) =>
          andThen(answer(head, route, body, content), (whole) => deliver(whole, outgoing, sleep, onEndless));
        if (route.takesBytes) {
          if (incoming instanceof DirectMessage) incoming.streamsOn = true;
          return reply(emptyBody, incoming);
        }
        const take = (body: ReadBody) => {
          const ended = attempt(() => reply(body));
          if (ended instanceof Promise) ended.catch(() => outgoing.destroy());
        };
        takeIncomingBody(incoming, bodyBytesMax, take, () => outgoing.destroy());
      });
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

const takesBytes = ({ requestContentTypes }: Operation) => requestContentTypes.includes("application/octet-stream");

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
