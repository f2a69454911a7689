import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** What to answer; a `body` that is no string goes as JSON, `"hang"` answers never, `"cut"` breaks the
 * connection off before an answer and `"half"` within its body. */
export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | "hang"
  | "cut"
  | "half";

/**
 * Starts a server on a free port of 127.0.0.1 that gives the replies in order, the last one for ever.
 *
 * @example await using server = await startServer({ status: 503 }, { body: [] });
 */
export async function startServer(...replies: readonly Reply[]) {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const reply = replies[Math.min(seen.length, replies.length) - 1] ?? {};
      if (reply === "hang") return;
      if (reply === "cut") return void request.socket.destroy();
      if (reply === "half") {
        response.writeHead(200, { "content-length": "100" }).write("[", () => request.socket.destroy());
        return;
      }
      const { status = 200, body } = reply;
      const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
      response.writeHead(status, { "content-type": "application/json", ...reply.headers }).end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
