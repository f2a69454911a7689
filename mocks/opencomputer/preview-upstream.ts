import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ProxyServer } from "httpxy";
import type { WebSocketServer } from "ws";
import type { Answer } from "../kit/exchange.ts";
import { toResponse } from "../kit/fetch-delivery.ts";
import { readIncomingBody, readRequestBody, type ReadBody } from "../kit/http-body.ts";
import { send } from "../kit/http-delivery.ts";
import { STATUS_CODES } from "../kit/node-http.ts";
import { refuse } from "./answers.ts";
import type { PreviewAddress } from "./preview-address.ts";
import { renderRequestPage, renderWaitingPage } from "./preview-page.ts";

/** A request to a preview before its body is read, whichever way it came in. */
export type PreviewArrival = Pick<IncomingMessage, "method" | "url" | "headers" | "rawHeaders">;

/** Takes admitted requests to whatever stands behind a port. */
export type UpstreamGateway = {
  readonly request: (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    address: PreviewAddress,
    upstream: string | undefined,
  ) => Promise<void>;
  readonly upgrade: (
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    address: PreviewAddress,
    upstream: string | undefined,
  ) => Promise<void>;
  /** Takes a request of this process, whose headers are those of `arrival`. */
  readonly fetch: (
    request: Request,
    arrival: PreviewArrival,
    address: PreviewAddress,
    upstream: string | undefined,
  ) => Promise<Response>;
};

const shownBodyBytesMax = 64 * 1024;

/** Creates a gateway. Without an upstream, a port shows the request, and echoes what a WebSocket sends. */
export function createUpstreamGateway(): UpstreamGateway {
  // Both are loaded with the first request that wants them: most mocks never see one, and start sooner for it.
  let proxy: Promise<ProxyServer> | undefined;
  let echo: Promise<WebSocketServer> | undefined;
  return {
    request: async (incoming, outgoing, address, upstream) => {
      if (upstream === undefined) {
        send(showRequest(incoming, await readIncomingBody(incoming, shownBodyBytesMax), address), outgoing);
        return;
      }
      incoming.url = address.path;
      try {
        proxy ??= createProxy();
        await (await proxy).web(incoming, outgoing, { target: upstream });
      } catch {
        // Once the upstream has begun to answer there is nothing left to say: the caller has to see that the answer broke off.
        if (outgoing.headersSent) outgoing.destroy();
        else send(refuseUnreachable(incoming, address), outgoing);
      }
    },
    upgrade: async (incoming, socket, head, address, upstream) => {
      if (upstream === undefined) {
        echo ??= createEcho();
        const server = await echo;
        server.handleUpgrade(incoming, socket, head, (client) => server.emit("connection", client, incoming));
        return;
      }
      incoming.url = address.path;
      try {
        proxy ??= createProxy();
        await (await proxy).ws(incoming, socket as Socket, { target: upstream }, head);
      } catch {
        if (socket.writable) refuseUpgrade(socket, unreachable(address));
      }
    },
    fetch: async (request, arrival, address, upstream) => {
      const { method } = request;
      if (upstream === undefined) {
        return toResponse(showRequest(arrival, await readRequestBody(request, shownBodyBytesMax), address), method);
      }
      try {
        return await forward(request, arrival, upstreamUrl(upstream, address.path));
      } catch {
        return toResponse(refuseUnreachable(arrival, address), method);
      }
    },
  };
}

/** The path goes behind the upstream's own, as at a socket; resolved like a link, `//host/` would lead to another server. */
function upstreamUrl(upstream: string, path: string): URL {
  return new URL(`${upstream.replace(/\/+$/, "")}${path}`);
}

async function forward(request: Request, arrival: PreviewArrival, url: URL): Promise<Response> {
  const { host, ...sent } = arrival.headers;
  const headers = { ...(sent as Record<string, string>), "x-forwarded-host": host ?? "" };
  const { method, body, signal } = request;
  const {
    status,
    statusText,
    headers: answered,
    body: answer,
  } = await fetch(url, {
    method,
    headers,
    body,
    signal,
    redirect: "manual",
    duplex: "half",
  });
  const own = new Headers(answered);
  // The bytes are decoded already, and their number is another one.
  for (const name of ["content-encoding", "content-length"]) own.delete(name);
  return new Response(answer, { status, statusText, headers: own });
}

async function createProxy(): Promise<ProxyServer> {
  const { createProxyServer } = await import("httpxy");
  return createProxyServer({ xfwd: true });
}

async function createEcho(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import("ws");
  const server = new WebSocketServer({ noServer: true });
  return server.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on("error", () => socket.terminate()); // frames that are none: without a listener they would end the process
  });
}

function showRequest(arrival: PreviewArrival, { body, bodyTooLarge }: ReadBody, address: PreviewAddress): Answer {
  const seen = {
    method: arrival.method!,
    path: address.path,
    headers: arrival.headers,
    body: bodyTooLarge ? `(a body of more than ${shownBodyBytesMax} bytes)` : body,
  };
  if (acceptsHtml(arrival)) return { status: 200, text: renderRequestPage(address, seen), headers: html };
  const { sandboxID, port } = address;
  const text = JSON.stringify({ sandboxID, port, ...seen });
  return { status: 200, text, headers: { "content-type": "application/json" } };
}

function refuseUnreachable(arrival: PreviewArrival, address: PreviewAddress): Answer {
  if (acceptsHtml(arrival)) return { status: 503, text: renderWaitingPage(address), headers: html };
  return asText(unreachable(address));
}

function unreachable({ sandboxID, port }: PreviewAddress) {
  return refuse(502, `sandbox ${sandboxID}: upstream unavailable`, {
    rule: "upstream-unreachable",
    message: `the upstream of port ${port} does not answer: is it started?`,
  });
}

/** Answers an upgrade with a refusal and ends the connection. */
export function refuseUpgrade(socket: Duplex, answer: ReturnType<typeof refuse>): void {
  const { status, text = "", headers = {} } = asText(answer);
  const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(text), connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${head}\r\n${text}`);
}

/** An answer with its JSON written out. */
export function asText({ json, reason, ...answer }: ReturnType<typeof refuse>) {
  const because = reason === undefined ? undefined : { "x-sandglass-reason": `${reason.rule}: ${reason.message}` };
  const headers = { "content-type": "application/json", ...answer.headers, ...because };
  return { ...answer, text: JSON.stringify(json), headers };
}

const html = { "content-type": "text/html; charset=utf-8" };
const acceptsHtml = ({ headers }: PreviewArrival) => headers.accept?.includes("text/html") === true;
