import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type * as httpxy from "httpxy";
import type { WebSocketServer } from "ws";
import { writeAnswer } from "../kit/answer.ts";
import type { Answer } from "../kit/exchange.ts";
import { toResponse } from "../kit/fetch-delivery.ts";
import {
  DirectMessage,
  hasBody,
  pipedBody,
  readIncomingBody,
  readRequestBody,
  type ReadBody,
} from "../kit/http-body.ts";
import { send } from "../kit/http-delivery.ts";
import { endSocket } from "../kit/taken-socket.ts";
import { refuse } from "./answers.ts";
import type { PreviewAddress } from "./preview-address.ts";
import { sandboxed, sandboxPolicy } from "./preview-origin.ts";
import { renderRequestPage, renderWaitingPage } from "./preview-page.ts";

/** A request to a preview before its body is read, whichever way it came in. */
export type RequestHead = Pick<IncomingMessage, "method" | "url" | "headers" | "rawHeaders">;

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
  /** Takes a request of this process, whose headers are those of `requestHead`. */
  readonly fetch: (
    request: Request,
    requestHead: RequestHead,
    address: PreviewAddress,
    upstream: string | undefined,
  ) => Promise<Response>;
};

const shownBodyBytesMax = 64 * 1024;

export type UpstreamOptions = {
  readonly handshakeTimeoutMs?: number; // for an upstream to answer a WebSocket's handshake; 30 s by default
};

/** Creates a gateway. Without an upstream, a port shows the request, and echoes what a WebSocket sends. */
export function createUpstreamGateway({ handshakeTimeoutMs = 30_000 }: UpstreamOptions = {}): UpstreamGateway {
  // Loaded with the first request that wants it, as the proxy is: most mocks never see one, and start sooner for it.
  let echo: Promise<WebSocketServer> | undefined;
  return {
    request: async (incoming, outgoing, address, upstream) => {
      if (upstream !== undefined) return proxyRequest(incoming, outgoing, address, upstream);
      send(showRequest(incoming, await readIncomingBody(incoming, shownBodyBytesMax), address), outgoing);
    },
    upgrade: async (incoming, socket, head, address, upstream) => {
      if (upstream !== undefined) {
        return proxyUpgrade({ incoming, socket, head, address, target: upstream, handshakeTimeoutMs });
      }
      echo ??= createEcho();
      const server = await echo;
      server.handleUpgrade(incoming, socket, head, (client) => server.emit("connection", client, incoming));
    },
    fetch: async (request, requestHead, address, upstream) => {
      const { method } = request;
      if (upstream === undefined) {
        return toResponse(showRequest(requestHead, await readRequestBody(request, shownBodyBytesMax), address), method);
      }
      try {
        return await forward(request, requestHead, upstreamUrl(upstream, address.path), address);
      } catch {
        return toResponse(refuseUnreachable(requestHead, address), method);
      }
    },
  };
}

async function proxyRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  address: PreviewAddress,
  upstream: string,
): Promise<void> {
  const proxy = await createProxy();
  // Until it is its turn, an answer has no socket: a proxy would not be told when the caller leaves.
  if (outgoing.socket === null) await new Promise((resolve) => outgoing.once("socket", resolve));
  if (outgoing.destroyed) return; // the caller is gone, and no event would tell the proxy
  if (incoming instanceof DirectMessage) incoming.streamsOn = true;
  incoming.url = address.path;
  const refuse = () => {
    incoming.unpipe().resume(); // or the rest of a body would hold up the connection, and not show that the caller left
    send(refuseUnreachable(incoming, address), outgoing);
  };
  // Once the upstream has begun to answer there is nothing left to say: the caller has to see that the answer broke off.
  const fail = () => {
    if (outgoing.headersSent) outgoing.destroy();
    else if (!outgoing.destroyed) refuse();
  };
  // Of events that come once, `on` is asked for rather than `once`, which costs several times as much.
  proxy.on("error", fail);
  // One that was never answered may end without an error, as when the upstream goes over to another protocol unasked.
  proxy.on("proxyReq", (request) => request.on("close", () => outgoing.headersSent || fail()));
  outgoing.on("pipe", (answer: IncomingMessage) => {
    if (!writeHead(outgoing, address)) {
      answer.unpipe(outgoing);
      answer.resume();
      return refuse();
    }
    // What has come together leaves together: a head by itself would be a fifth of all that a short answer costs.
    let hasBegun = false;
    answer.on("data", () => (hasBegun = true));
    setImmediate(() => {
      if (!hasBegun && !outgoing.writableEnded) outgoing.flushHeaders();
    });
  });
  const target = targetOf(upstream);
  await proxy.web(incoming, outgoing, hasBody(incoming) ? { target } : { target, buffer: pipedBody() });
}

/**
 * Writes the head of an upstream's answer, which the proxy has copied.
 *
 * @returns false for one that Node would not write, which within the proxy would be thrown; nothing of it is left then
 */
function writeHead(outgoing: ServerResponse, { sharesOrigin }: PreviewAddress): boolean {
  try {
    if (sharesOrigin) outgoing.appendHeader("content-security-policy", sandboxPolicy);
    outgoing.writeHead(outgoing.statusCode);
    return true;
  } catch {
    for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
    outgoing.statusMessage = "";
    return false;
  }
}

type ProxiedUpgrade = {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly address: PreviewAddress;
  readonly target: string;
  readonly handshakeTimeoutMs: number;
};

async function proxyUpgrade({ incoming, socket, head, address, target, handshakeTimeoutMs }: ProxiedUpgrade) {
  const proxy = await createProxy();
  if (socket.destroyed) return;
  incoming.url = address.path;
  const refuse = () => {
    if (socket.writable) endSocket(socket, writeAnswer(unreachable(address)));
  };
  proxy.once("error", refuse);
  proxy.once("open", (upstreamSocket) => {
    proxy.off("error", refuse);
    // Where one side is gone, what the other one sends would wait for it without end.
    socket.once("close", () => upstreamSocket.destroy());
    upstreamSocket.once("close", () => (socket as Socket).destroySoon());
  });
  await proxy.ws(incoming, socket as Socket, { target, upgradeTimeout: handshakeTimeoutMs }, head);
}

/** The path goes behind the upstream's own, as at a socket; resolved like a link, `//host/` would lead to another server. */
function upstreamUrl(upstream: string, path: string): URL {
  return new URL(`${upstream.replace(/\/+$/, "")}${path}`);
}

async function forward(
  request: Request,
  requestHead: RequestHead,
  url: URL,
  { sharesOrigin }: PreviewAddress,
): Promise<Response> {
  const { host, ...sent } = requestHead.headers;
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
  if (sharesOrigin) own.append("content-security-policy", sandboxPolicy);
  return new Response(answer, { status, statusText, headers: own });
}

const targets = new Map<string, URL>();
const targetsMax = 100;

/** The address of an upstream, which is read once for many requests. */
function targetOf(upstream: string): URL {
  let target = targets.get(upstream);
  if (target === undefined) {
    if (targets.size >= targetsMax) targets.clear();
    targets.set(upstream, (target = new URL(upstream)));
  }
  return target;
}

let library: Promise<Pick<typeof httpxy, "createProxyServer">> | undefined; // kept: to ask for it again takes a twentieth of a request

/** A proxy for one request, whose events are that request's. The connections to upstreams are shared. */
async function createProxy(): Promise<httpxy.ProxyServer> {
  const { createProxyServer } = await (library ??= import("httpxy"));
  return createProxyServer({ xfwd: true });
}

const messageBytesMax = 1024 * 1024;
const unreadBytesMax = 64 * 1024;

async function createEcho(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import("ws");
  const server = new WebSocketServer({ noServer: true, maxPayload: messageBytesMax });
  return server.on("connection", (socket) => {
    socket.on("message", (data, isBinary) => {
      // A caller that does not read what comes back is not read either.
      socket.send(data, { binary: isBinary }, () => {
        if (socket.isPaused && socket.bufferedAmount <= unreadBytesMax) socket.resume();
      });
      if (socket.bufferedAmount > unreadBytesMax) socket.pause();
    });
    socket.on("error", () => socket.terminate()); // frames that are none: without a listener they would end the process
  });
}

function showRequest(requestHead: RequestHead, { body, bodyTooLarge }: ReadBody, address: PreviewAddress) {
  const seen = {
    method: requestHead.method!,
    path: address.path,
    headers: requestHead.headers,
    body: bodyTooLarge ? `(a body of more than ${shownBodyBytesMax} bytes)` : body,
  };
  const { sandboxID, port } = address;
  const answer: Answer = acceptsHtml(requestHead)
    ? { status: 200, text: renderRequestPage(address, seen), headers: html }
    : { status: 200, json: { sandboxID, port, ...seen } };
  return sandboxed(writeAnswer(answer), address);
}

function refuseUnreachable(requestHead: RequestHead, address: PreviewAddress) {
  const refusal = unreachable(address);
  const page = { status: 503, json: undefined, text: renderWaitingPage(address), headers: html };
  return sandboxed(writeAnswer(acceptsHtml(requestHead) ? { ...refusal, ...page } : refusal), address);
}

function unreachable({ sandboxID, port }: PreviewAddress): Answer {
  return refuse(502, `sandbox ${sandboxID}: upstream unavailable`, {
    rule: "upstream-unreachable",
    message: `the upstream of port ${port} does not answer: is it started?`,
  });
}

const html = { "content-type": "text/html; charset=utf-8" };
const acceptsHtml = ({ headers }: RequestHead) => headers.accept?.includes("text/html") === true;
