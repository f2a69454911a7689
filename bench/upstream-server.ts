import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What stands behind a preview's port: an answer of a kilobyte, and under `/events` a stream of twenty events. */
const text = "x".repeat(1_024);
const server = createServer((incoming, outgoing) => {
  if (!incoming.url!.startsWith("/events")) {
    outgoing.writeHead(200, { "content-type": "text/plain", "content-length": text.length }).end(text);
    return;
  }
  outgoing.writeHead(200, { "content-type": "text/event-stream" });
  let left = 20;
  const next = () => {
    outgoing.write(`data: ${left}\n\n`);
    if ((left -= 1) > 0) setImmediate(next);
    else outgoing.end();
  };
  next();
});
server.keepAliveTimeout = 600_000; // or a connection that rests between rounds may end as it is asked again
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
