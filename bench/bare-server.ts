import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bareCreate, bareGet, bareJournal, bareList } from "./bare-create.ts";

/**
 * The least that can be done of a create, a get, a list and a reading of a journal, behind Node's own server; told `as-mock`, with as
 * many headers as the mock's answers have.
 */
const [, , headers] = process.argv;
const more = headers === "as-mock" ? { "x-request-id": "0123456789abcdef".repeat(2) } : {};
const server = createServer((incoming, outgoing) => {
  const { method, url = "" } = incoming;
  if (method === "GET") {
    if (url.startsWith("/__sandglass")) return send(outgoing, 200, bareJournal());
    return send(outgoing, 200, url === "/api/sandboxes" ? bareList() : bareGet(url.slice("/api/sandboxes/".length)));
  }
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => send(outgoing, 201, bareCreate(Buffer.concat(chunks).toString("utf8"))));
});

function send(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, {
    ...more,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  outgoing.end(text);
}

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
