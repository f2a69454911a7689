import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bareCreate } from "./bare-create.ts";

/** A create that does the least it can, behind Node's own server. */
const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    const text = bareCreate(Buffer.concat(chunks).toString("utf8"));
    outgoing.writeHead(201, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    outgoing.end(text);
  });
});

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
