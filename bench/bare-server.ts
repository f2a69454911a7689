import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The least that a create can cost on Node: read and parse the body, draw an id and a token, hash the token, keep a
 * record in a Map, write JSON. No validation, credentials, journal, clock, worlds or faults.
 */
const records = new Map<string, object>();

const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
  incoming.on("end", () => {
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as object;
    const sandboxID = `sb-${randomBytes(4).toString("hex")}`;
    const token = randomBytes(32).toString("base64url");
    records.set(sandboxID, { ...body, hash: createHash("sha256").update(token).digest("hex") });
    const text = JSON.stringify({
      sandboxID,
      status: "running",
      region: "use2",
      workerID: "w-use2-abc123",
      sandboxDomain: "localhost",
      previewAuthToken: token,
    });
    outgoing.writeHead(201, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    outgoing.end(text);
  });
});

server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
