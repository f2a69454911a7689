import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createProxyServer } from "httpxy";

/** A server whose answers take so many milliseconds longer than those of the one behind it: a target that is far away. */
const [, , port, delayMs] = process.argv;
const target = `http://127.0.0.1:${port}`;
const proxy = createProxyServer({});
const later = (act: () => void) => void setTimeout(act, Number(delayMs));
const server = createServer((incoming, outgoing) => {
  later(() => void proxy.web(incoming, outgoing, { target }).catch(() => outgoing.destroy()));
});
server.on("upgrade", (incoming, socket, head) => {
  later(() => void proxy.ws(incoming, socket as Socket, { target }, head).catch(() => socket.destroy()));
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
