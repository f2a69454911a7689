import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createProxyServer } from "httpxy";

/** The proxy library alone, before the server of the port that is given. */
const [, , port] = process.argv;
const proxy = createProxyServer({ xfwd: true });
const server = createServer((incoming, outgoing) => {
  proxy.web(incoming, outgoing, { target: `http://127.0.0.1:${port}` }).catch(() => outgoing.destroy());
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
