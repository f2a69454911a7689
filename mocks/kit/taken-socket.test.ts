import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseAnswers, sendRaw } from "../raw-socket.fixture.ts";
import { endSocket, takeSocket } from "./taken-socket.ts";

const sockets: Duplex[] = [];
const server = createServer();
server.on("upgrade", (incoming, socket) => {
  sockets.push(socket);
  takeSocket(incoming, socket, 100);
  if (incoming.url !== "/quiet") endSocket(socket, { status: 404, headers: { "x-a": "b" }, text: "€" });
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());

const port = () => (server.address() as AddressInfo).port;
const handshake = (path: string, more = "") =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${more}\r\n`;
const lastCloses = () => vi.waitFor(() => expect(sockets.at(-1)?.destroyed).toBe(true));

test("what ends it is an answer that can be read", async () => {
  const [answer] = parseAnswers(await sendRaw(port(), handshake("/")));
  expect(answer).toMatchObject({ status: 404, headers: { "x-a": "b", "content-length": "3", connection: "close" } });
  expect(Buffer.from(answer!.body, "latin1").toString()).toBe("€");
});

test.each([
  ["", ""],
  ["that has a body to come", "content-length: 5\r\n"],
])("a caller that resets a handshake %s ends its connection and nothing else", async (_, more) => {
  const before = sockets.length;
  for (let time = 0; time < 20; time += 1) {
    const socket = connect(port(), "127.0.0.1").on("error", () => undefined);
    socket.write(handshake(time % 2 === 0 ? "/quiet" : "/", more), () => socket.resetAndDestroy());
  }
  await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(before));
  await vi.waitFor(() => expect(sockets.every(({ destroyed }) => destroyed)).toBe(true));
});

test("a caller that stays after the end is dropped, though it goes on sending", async () => {
  const socket = connect({ port: port(), host: "127.0.0.1", allowHalfOpen: true }).on("error", () => undefined);
  socket.write(handshake("/"));
  socket.write(Buffer.alloc(1024 * 1024));
  await once(socket.resume(), "end");
  await lastCloses();
  socket.destroy();
});
