import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { WebSocketServer } from "ws";
import type { FetchLike } from "../kit/target/target.ts";

export type SocketServer = { readonly url: string; readonly close: () => Promise<void> };

/**
 * Puts a server that lives in this process behind a socket. A WebSocket is granted where a request would be answered with
 * success.
 *
 * @param socketStatus - what WebSockets are answered with instead
 */
export async function listen({ fetch }: { readonly fetch: FetchLike }, socketStatus?: number): Promise<SocketServer> {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((incoming, outgoing) => {
    void answerOf(fetch, incoming).then(async (response) => {
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(Buffer.from(await response.arrayBuffer()));
    });
  });
  server.on("upgrade", (incoming, socket, head) => {
    void answerOf(fetch, incoming).then(({ status }) => {
      const answer = socketStatus ?? (status < 300 ? 101 : status);
      if (answer === 101) sockets.handleUpgrade(incoming, socket, head, (client) => client.close());
      else socket.end(`HTTP/1.1 ${answer} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function answerOf(fetch: FetchLike, incoming: IncomingMessage): Promise<Response> {
  const { method = "GET", url = "/", headers } = incoming;
  const body = await buffer(incoming);
  const kept = Object.entries(headers).filter(([name]) => !["host", "connection", "content-length"].includes(name));
  const request = new Request(`http://${headers.host ?? "fake.test"}${url}`, {
    method,
    headers: kept.map(([name, value]) => [name, String(value)]),
    ...(body.length === 0 || method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
  });
  return fetch(request);
}
