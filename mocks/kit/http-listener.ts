import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { Sleep } from "../../src/contract/clock.ts";
import type { HttpApp } from "./http-app.ts";
import { DirectMessage } from "./http-body.ts";
import { createServer } from "./node-http.ts";

/** Takes requests before the app sees them: true, or an answer, where it has taken this one. */
export type Front = {
  readonly request: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
  readonly upgrade: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => boolean;
  readonly fetch: (request: Request) => Promise<Response> | undefined;
};

export type ListenerOptions = {
  readonly app: Pick<HttpApp, "serve">;
  readonly fronts?: readonly Pick<Front, "request" | "upgrade">[];
  readonly host: string;
  readonly port: number; // 0 for one that is free
  readonly connectionsMax?: number; // 10,000 by default
  readonly headerBytesMax?: number; // of all headers and the URL together; 16 KiB by default
  readonly requestTimeoutMs?: number; // for a request to arrive whole; 30 s by default
  readonly stopGraceMs?: number; // for requests in flight at a stop; 5 s by default
  readonly sleep: Sleep;
};

/** A server that listens. */
export type Listener = {
  readonly url: string; // "http://127.0.0.1:4020"
  readonly port: number;
  readonly host: string;
  /** Takes no new connections, lets requests in flight finish, and then drops what is left. */
  readonly close: () => Promise<void>;
};

/**
 * Starts a server.
 *
 * @throws {@link ContractError} `PORT_UNAVAILABLE` when the address cannot be listened on
 */
export async function startListener({
  app,
  fronts = [],
  host,
  port,
  connectionsMax = 10_000,
  headerBytesMax = 16 * 1024,
  requestTimeoutMs = 30_000,
  stopGraceMs = 5_000,
  sleep,
}: ListenerOptions): Promise<Listener> {
  const limits = { maxHeaderSize: headerBytesMax, requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
  // Other protocols than WebSocket are an offer that a server may ignore, as HTTP/2 is by many clients' default.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === "websocket";
  const options = { ...limits, shouldUpgradeCallback, IncomingMessage: DirectMessage };
  const server = createServer(options, (incoming, outgoing) => {
    if (isMalformedHost(incoming.headers.host)) outgoing.writeHead(400, { connection: "close" }).end();
    else if (!fronts.some((front) => front.request(incoming, outgoing))) void app.serve(incoming, outgoing);
  });
  server.maxConnections = connectionsMax;
  // Node forgets a connection once it is upgraded, and yet waits for it when it closes.
  const upgraded = new Set<Duplex>();
  server.on("upgrade", (incoming, socket, head) => {
    upgraded.add(socket);
    socket.on("close", () => upgraded.delete(socket));
    if (isMalformedHost(incoming.headers.host)) socket.end(bare("400 Bad Request"));
    else if (!fronts.some((front) => front.upgrade(incoming, socket, head))) socket.end(bare("404 Not Found"));
  });
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    port: address.port,
    host,
    close: () => close(server, upgraded, stopGraceMs, sleep),
  };
}

/** @see RFC 9112, section 3.2: a Host that cannot be one is answered with 400 */
function isMalformedHost(host = ""): boolean {
  return !/^[\w.:[\]%~!$&'()*+,;=-]*$/.test(host);
}

const bare = (status: string) => `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const what = error.code === "EADDRINUSE" ? "is in use" : `cannot be listened on (${error.code ?? error.message})`;
      const message = `${host}:${port} ${what}: stop what listens there, or choose another port`;
      reject(new ContractError("PORT_UNAVAILABLE", message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

const stopStepMs = 20;

async function close(server: Server, upgraded: ReadonlySet<Duplex>, graceMs: number, sleep: Sleep): Promise<void> {
  let open = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve())).then(() => (open = false));
  // Connections become idle one by one. Short steps, for a wait that cannot be called off would hold up the process.
  for (let waitedMs = 0; open && waitedMs < graceMs; waitedMs += stopStepMs) {
    server.closeIdleConnections();
    if (upgraded.size > 0 && (await onlyUpgradedLeft(server, upgraded))) break;
    await Promise.race([closed, sleep(stopStepMs)]);
  }
  server.closeAllConnections();
  for (const socket of upgraded) socket.destroy();
  await closed;
}

// A WebSocket never finishes by itself, so nobody waits for one.
function onlyUpgradedLeft(server: Server, upgraded: ReadonlySet<Duplex>): Promise<boolean> {
  return new Promise((resolve) =>
    server.getConnections((error, count) => resolve(error === null && count <= upgraded.size)),
  );
}
