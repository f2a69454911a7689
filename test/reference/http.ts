import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What a reference server is asked. A body beyond the limit is told as such, since the credential is judged first. */
export type Asked = {
  readonly method: string;
  readonly host: string;
  /** Decoded, without the leading slash: `/api/sandboxes` is `["api", "sandboxes"]`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | "too large";
};

/** What it answers. An object is sent as JSON. */
export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** Ends a request with an error status, from however deep inside. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly answer: Answer;
  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`refused with ${status}`);
    this.answer = { status, body, headers };
  }
}

/** A server that listens on this machine. */
export type Running = { readonly url: string; readonly close: () => Promise<void> };

/** A connection that is to become a WebSocket. */
export type Upgrade = { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };

type Handlers = {
  readonly answer: (asked: Asked) => Answer | Promise<Answer>;
  /** Opens a connection where the answer allows it. */
  readonly upgrade?: (answer: Answer, upgrade: Upgrade) => void;
};

const bodyBytesMax = 1_048_576;

/** What stands before a server: it hands a request on, as it is or another, late or not at all, or answers in its stead. */
export type Gateway = (asked: Asked, next: (instead?: Asked) => Promise<Answer>) => Promise<Answer>;

/** Listens on a free port of this machine. Each answer says the time, by the server's own clock. */
export async function serve(
  { answer, upgrade }: Handlers,
  now: () => number = Date.now,
  gateway: Gateway = (_, next) => next(),
): Promise<Running> {
  const sockets = new Set<Socket>();
  const respond = async (request: IncomingMessage, body: Asked["body"]): Promise<Answer> => {
    const asked = readRequest(request, body);
    try {
      return await gateway(asked, async (instead = asked) => answer(instead));
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      return { status: 500, body: { error: error instanceof Error ? error.message : "it failed" } };
    }
  };
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => respond(request, body))
      .then((given) => {
        const { status, headers, body } = toBytes(given);
        const date = new Date(now()).toUTCString();
        response.writeHead(status, { date, ...headers }).end(request.method === "HEAD" ? undefined : body);
      })
      .catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  });
  server.on("upgrade", (request, socket, head) => {
    if (upgrade === undefined) socket.destroy();
    else void respond(request, Buffer.alloc(0)).then((answer) => upgrade(answer, { request, socket, head }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** An answer as it is written: JSON unless it is text already. */
export function toBytes({ status, headers = {}, body }: Answer): Answer & { body: string | Buffer } {
  if (body === undefined) return { status, headers, body: "" };
  if (Buffer.isBuffer(body)) return { status, headers, body };
  if (typeof body === "string") return { status, headers: { "content-type": "text/plain", ...headers }, body };
  return {
    status,
    headers: { "content-type": "application/json; charset=UTF-8", ...headers },
    body: JSON.stringify(body),
  };
}

function readRequest(request: IncomingMessage, body: Buffer | "too large"): Asked {
  const { method = "", headers } = request;
  const [path = "", ...query] = (request.url ?? "").split("?");
  return {
    method,
    host: headers.host ?? "",
    path: path.split("/").slice(1).map(decode),
    query: new URLSearchParams(query.join("?")),
    headers,
    body,
  };
}

/** A part of a path that cannot be decoded names nothing that there is. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | "too large"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return bytes > bodyBytesMax ? "too large" : Buffer.concat(chunks);
}
