import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { Sleep } from "../../src/contract/clock.ts";
import { createTurns } from "./connection-turns.ts";
import type { HttpApp } from "./http-app.ts";
import { DirectMessage } from "./http-body.ts";
import { createServer } from "./node-http.ts";
import { endSocket, takeSocket } from "./taken-socket.ts";

/** Takes some requests instead of the app. */
export type Interceptor = {
  /** Whether a request is one of those. */
  readonly takes: (incoming: IncomingMessage) => boolean;
  readonly request: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  readonly upgrade: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Answers a request of this process; undefined where it is not one of those. */
  readonly fetch: (request: Request) => Promise<Response> | undefined;
};

/** What answers at a socket. */
export type ServedAtSocket = {
  readonly app: Pick<HttpApp, "serve">;
  readonly interceptors: readonly Omit<Interceptor, "fetch">[];
  /** Headers of answers to what is no request that anything could be asked with: malformed, or for a tunnel. */
  readonly refusalHeaders: () => Readonly<Record<string, string>>;
};

/**
 * Stands around the answer to each request that came in over a socket: it calls `answer`, and gives back what that gives.
 *
 * @typeParam T - what the answering gives
 */
export type OnIncoming = <T>(
  incoming: IncomingMessage,
  outgoing: ServerResponse | undefined, // undefined for one that goes on as a WebSocket
  answer: () => T,
) => T;

/** Lets something stand around all that is answered. */
export function standAround({ app, interceptors, ...rest }: ServedAtSocket, onIncoming: OnIncoming): ServedAtSocket {
  return {
    ...rest,
    app: {
      serve: (incoming, outgoing, onEndless) =>
        onIncoming(incoming, outgoing, () => {
          if (incoming instanceof DirectMessage) incoming.inContext = AsyncLocalStorage.snapshot();
          return app.serve(incoming, outgoing, onEndless);
        }),
    },
    interceptors: interceptors.map(({ takes, request, upgrade }) => ({
      takes,
      request: (incoming, outgoing) => onIncoming(incoming, outgoing, () => request(incoming, outgoing)),
      upgrade: (incoming, socket, head) => onIncoming(incoming, undefined, () => upgrade(incoming, socket, head)),
    })),
  };
}

export type ListenerOptions = Pick<ServedAtSocket, "app"> &
  Partial<ServedAtSocket> & {
    readonly host: string;
    readonly port: number; // 0 for one that is free
    readonly connectionsMax?: number; // 10,000 by default
    readonly headerBytesMax?: number; // of all headers and the URL together; 16 KiB by default
    readonly requestTimeoutMs?: number; // for a request to arrive whole, unless its body streams on; 30 s by default
    readonly closeGraceMs?: number; // for requests in flight at a stop; 5 s by default
    readonly sleep: Sleep;
  };

/** A server that listens. */
export type Listener = {
  /** Where it listens, such as `http://127.0.0.1:4020`. */
  readonly url: string;
  /** The port that it has taken. */
  readonly port: number;
  /** The address that it listens on. */
  readonly host: string;
  /** Takes no new connections, lets requests in flight finish, and then drops what is left. */
  readonly close: () => Promise<void>;
  /** The same at the end of a block: `await using mock = await startMock(…)`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/**
 * Starts a server.
 *
 * @throws {@link ContractError} `PORT_UNAVAILABLE` when the address cannot be listened on
 */
export async function startListener({
  app,
  interceptors = [],
  refusalHeaders = () => ({}),
  host,
  port,
  connectionsMax = 10_000,
  headerBytesMax = 16 * 1024,
  requestTimeoutMs = 30_000,
  closeGraceMs = 5_000,
  sleep,
}: ListenerOptions): Promise<Listener> {
  const interceptorFor = (incoming: IncomingMessage) => {
    for (const interceptor of interceptors) if (interceptor.takes(incoming)) return interceptor;
    return undefined;
  };
  // Node forgets a connection once it has handed it over, and yet waits for it when it closes. So it does for an answer without an end.
  const taken = new Set<Duplex>();
  const hold = (socket: Duplex): void => {
    taken.add(socket);
    socket.on("close", () => taken.delete(socket));
  };
  const turns = createTurns((incoming, outgoing) => {
    toOriginForm(incoming);
    const interceptor = interceptorFor(incoming);
    if (isMalformedHost(incoming.headers.host)) {
      outgoing.writeHead(400, { ...refusalHeaders(), connection: "close" }).end();
    } else if (interceptor !== undefined) interceptor.request(incoming, outgoing);
    else {
      const served = app.serve(incoming, outgoing, hold);
      if (served instanceof Promise) served.catch(() => outgoing.destroy());
    }
  });
  const limits = {
    maxHeaderSize: headerBytesMax,
    requestTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: timeoutStepMs,
  };
  // Other protocols than WebSocket are an offer that a server may ignore, as HTTP/2 is by many clients' default. So is a
  // WebSocket whose connection still owes an answer: the two would be written into each other; and RFC 6455 begins one by GET. One that no interceptor takes is
  // answered as the request that it is, with the same refusal, headers and journal.
  const shouldUpgradeCallback = (incoming: IncomingMessage) => {
    const { headers, socket, method } = incoming;
    if (method !== "GET" || headers.upgrade?.toLowerCase() !== "websocket" || turns.owed(socket) !== undefined)
      return false;
    toOriginForm(incoming);
    return !isMalformedHost(headers.host) && interceptorFor(incoming) !== undefined;
  };
  // A stream for a body that there is not costs a fifth of all that Node does for a small request.
  const options = {
    ...limits,
    shouldUpgradeCallback,
    IncomingMessage: DirectMessage,
    optimizeEmptyRequests: true,
  };
  const server = createServer(options, turns.take);
  server.maxConnections = connectionsMax;
  const take = (incoming: IncomingMessage, socket: Duplex): void => {
    takeSocket(incoming, socket);
    hold(socket);
  };
  server.on("upgrade", (incoming, socket, head) => {
    take(incoming, socket);
    interceptorFor(incoming)!.upgrade(incoming, socket, head);
  });
  server.on("connect", (incoming, socket) => {
    take(incoming, socket);
    if (turns.owed(incoming.socket) === undefined) endSocket(socket, { status: 405, headers: refusalHeaders() });
    else socket.destroy();
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const owed = turns.owed(socket);
    const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (isLate && owed !== undefined && (owed.req as DirectMessage).streamsOn) return;
    // Within an answer there is no place for another one.
    if (socket.writable && owed?.headersSent !== true) {
      endSocket(socket, { status: statusOf[error.code!] ?? 400, headers: refusalHeaders() });
    }
    socket.destroy();
  });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const stop = () => close(server, taken, closeGraceMs, sleep);
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    host,
    close: stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Reads the address of a request that names the server as well, as one does to a proxy: what it names is the host.
 *
 * @see RFC 9112, section 3.2.2
 */
function toOriginForm(incoming: IncomingMessage): void {
  const { url, headers } = incoming;
  const named = url!.startsWith("/") ? null : /^https?:\/\/([^/?#]*)\/?/i.exec(url!);
  if (named === null) return;
  headers.host = named[1]!;
  incoming.url = `/${url!.slice(named[0].length)}`;
}

/** @see RFC 9112, section 3.2: a Host that cannot be one is answered with 400 */
function isMalformedHost(host = ""): boolean {
  return !/^[\w.:[\]%~!$&'()*+,;=-]*$/.test(host);
}

const timeoutStepMs = 500; // how often Node looks for requests that take too long

const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // It stays when the server listens: a connection that cannot be accepted, as for want of file handles, is an error too.
    server.on("error", (error: NodeJS.ErrnoException) => {
      const what = error.code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${error.code ?? error.message})`;
      const message = `${host}:${port} ${what}: stop what listens there, or choose another port`;
      reject(new ContractError("PORT_UNAVAILABLE", message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

const stopStepMs = 20;

async function close(server: Server, taken: ReadonlySet<Duplex>, graceMs: number, sleep: Sleep): Promise<void> {
  let open = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve())).then(() => (open = false));
  // Connections become idle one by one. Short steps, for a wait that cannot be called off would hold up the process.
  for (let waitedMs = 0; open && waitedMs < graceMs; waitedMs += stopStepMs) {
    server.closeIdleConnections();
    if (taken.size > 0 && (await onlyTakenLeft(server, taken))) break;
    await Promise.race([closed, sleep(stopStepMs)]);
  }
  server.closeAllConnections();
  for (const socket of taken) socket.destroy();
  await closed;
}

// A WebSocket never finishes by itself, so closing does not wait for one.
function onlyTakenLeft(server: Server, taken: ReadonlySet<Duplex>): Promise<boolean> {
  return new Promise((resolve) =>
    server.getConnections((error, count) => resolve(error === null && count <= taken.size)),
  );
}
