import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { PassThrough } from "node:stream";
import type { Clock } from "../contract/clock.ts";
import { ContractError } from "../contract/contract-error.ts";
import { sandboxPolicy } from "../../mocks/opencomputer/preview-origin.ts";
import { type RouteOptions, routeRequest } from "./proxy-route.ts";

const { createServer } = process.getBuiltinModule("node:http");

/** One exchange that went through, as it was on the wire. */
export type ForwardedExchange = {
  readonly number: number; // in the order of sending
  readonly method: string;
  readonly origin: string; // of the target, or of a preview
  readonly path: string; // with its query
  readonly isPreview: boolean;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Undefined where it is longer than is kept. */
  readonly requestBody: Buffer | undefined;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly answerBody: Buffer | undefined;
  readonly startedAtMs: number;
  readonly durationMs: number;
};

type ProxyServerOptions = {
  /** Where requests go on to. */
  readonly routes: RouteOptions;
  readonly port: number;
  readonly host: string;
  /** Lets requests through that may change something. */
  readonly allowWrites: boolean;
  readonly clock: Clock;
  readonly onExchange: (exchange: ForwardedExchange) => void;
  /** Told of each request that was not let through, or that no answer came to. */
  readonly onRefused: (request: { readonly method: string; readonly path: string; readonly why: string }) => void;
};

const readOnlyMethods: readonly string[] = ["GET", "HEAD", "OPTIONS"];
/** The longest body that is judged, in bytes. Longer ones pass all the same. */
const bodyBytesMax = 16 * 1024 * 1024;

/**
 * Starts a proxy that hands bytes on as they are, both ways, and tells of each exchange when it is over.
 *
 * @throws {@link ContractError} `PORT_UNAVAILABLE`
 */
export async function startProxyServer(
  options: ProxyServerOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { routes, port, host, allowWrites, clock, onExchange, onRefused } = options;
  const { createProxyServer } = await import("httpxy");
  const proxy = createProxyServer();
  let sent = 0;
  const server = createServer((incoming, outgoing) => {
    const route = routeRequest(incoming, routes);
    const { method = "GET", url = "/" } = incoming;
    if (typeof route === "string") {
      onRefused({ method, path: url, why: route });
      return refuse(outgoing, 502, route);
    }
    const { origin, path, target } = route;
    const isPreview = route.preview !== "no";
    if (!allowWrites && !readOnlyMethods.includes(method)) {
      onRefused({ method, path, why: "read-only: --allow-writes lets it through" });
      return refuse(outgoing, 403, `this proxy is read-only: start it with --allow-writes to send ${method}`);
    }
    const number = (sent += 1);
    const startedAtMs = clock.now();
    const requestBody = keepBody(incoming);
    const body = incoming.pipe(new PassThrough()); // what is sent on waits until the proxy reads it
    delete incoming.headers["accept-encoding"]; // what is packed cannot be read on its way
    answered.set(incoming, (answer) => {
      // In a browser a page of a preview must not be of the same origin as the API.
      if (route.preview === "shares-origin") answer.headers["content-security-policy"] = sandboxPolicy;
      const answerBody = keepBody(answer);
      answer.once("end", () => {
        onExchange({
          ...{ number, method, origin, path, isPreview, startedAtMs, durationMs: clock.now() - startedAtMs },
          ...{ requestHeaders: plain(incoming.headers), requestBody: requestBody() },
          ...{ status: answer.statusCode ?? 0, answerHeaders: plain(answer.headers), answerBody: answerBody() },
        });
      });
    });
    incoming.url = path;
    proxy.web(incoming, outgoing, { target, headers: { host: route.host }, buffer: body }).catch((error: unknown) => {
      const why = `no answer: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
      onRefused({ method, path, why });
      if (!outgoing.headersSent) refuse(outgoing, 502, `${target} gives ${why}`);
      else outgoing.destroy();
    });
  });
  const answered = new WeakMap<IncomingMessage, (answer: IncomingMessage) => void>();
  proxy.on("proxyRes", (answer, incoming) => answered.get(incoming)?.(answer));
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    const { method = "GET", url = "/" } = incoming;
    const route = routeRequest(incoming, routes);
    socket.on("error", () => socket.destroy());
    if (allowWrites && typeof route !== "string") {
      const { target, host: name, path } = route;
      incoming.url = path;
      return void proxy.ws(incoming, socket, { target, headers: { host: name } }, head).catch(() => socket.destroy());
    }
    const why = "a WebSocket may change something: --allow-writes lets it through";
    onRefused({ method, path: url, why: typeof route === "string" ? route : why });
    socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  });
  server.listen(port, host);
  await Promise.race([
    once(server, "listening"),
    once(server, "error").then(([error]) => Promise.reject(error as Error)),
  ]).catch((cause: NodeJS.ErrnoException) => {
    const message = `${host}:${port} cannot be listened on (${cause.code}): choose another with --port or --host`;
    throw new ContractError("PORT_UNAVAILABLE", message, { cause });
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function refuse(outgoing: ServerResponse, status: number, message: string): void {
  outgoing.writeHead(status, { "content-type": "application/json", "x-sandglass-reason": "proxy" });
  outgoing.end(JSON.stringify({ error: `sandglass proxy: ${message}` }));
}

/** Keeps what passes; what it hands back is undefined where that was too much. */
function keepBody(message: IncomingMessage): () => Buffer | undefined {
  let chunks: Buffer[] = [];
  let length = 0;
  message.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > bodyBytesMax) chunks = [];
    else chunks.push(chunk);
  });
  return () => (length > bodyBytesMax ? undefined : Buffer.concat(chunks));
}

function plain(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]));
}
