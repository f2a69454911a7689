import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseAnswers } from "../raw-socket.fixture.ts";
import { createTurns } from "./connection-turns.ts";

let handled: string[] = [];
let answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
let owes: (ServerResponse | undefined)[] = [];
const turns = createTurns((incoming, outgoing) => {
  handled.push(incoming.url!);
  answer(incoming, outgoing);
});
const server = createServer(turns.take);
let connections: Socket[] = [];
server.on("connection", (socket) => connections.push(socket));

beforeEach(async () => {
  [handled, connections, owes] = [[], [], []];
  answer = ({ url }, outgoing) => outgoing.end(url);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const port = () => (server.address() as AddressInfo).port;
const ask = (path: string, connection = "keep-alive") =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: ${connection}\r\n\r\n`;
const paths = (count: number) => Array.from({ length: count }, (_, at) => `/${at}`);

test("many requests that come at once are all answered, in their order", async () => {
  const socket = connect(port(), "127.0.0.1");
  socket.write([...paths(500).map((path) => ask(path)), ask("/last", "close")].join(""));
  const answers = parseAnswers(Buffer.concat((await socket.toArray()) as Buffer[]));
  expect(answers).toHaveLength(501);
  expect(handled).toEqual([...paths(500), "/last"]);
});

test("of the requests of a caller that reads nothing, a few are handled", async () => {
  answer = (_, outgoing) => outgoing.end(Buffer.alloc(8 * 1024 * 1024));
  const socket = connect(port(), "127.0.0.1").pause();
  socket.write(
    paths(1_000)
      .map((path) => ask(path))
      .join(""),
  );
  await vi.waitFor(() => expect(handled.length).toBeGreaterThan(1));
  await wait(100);
  expect(handled.length).toBeLessThan(20);
  socket.destroy();
});

test("a connection whose first request is not answered is not read without end, and is read again when it is", async () => {
  let release = () => {};
  answer = ({ url }, outgoing) => {
    if (url === "/0") release = () => void outgoing.end("first");
    else outgoing.end(url);
  };
  const socket = connect(port(), "127.0.0.1");
  const text = Array.from({ length: 20_000 }, () => ask("/more")).join("");
  socket.write(ask("/0") + text + ask("/last", "close"));
  await wait(300);
  expect(connections[0]!.bytesRead).toBeLessThan(text.length / 2);
  release();
  const answers = Buffer.concat((await socket.toArray()) as Buffer[]).toString("latin1");
  expect([answers.split("HTTP/1.1 200").length - 1, handled.length]).toEqual([20_002, 20_002]);
});

test("a connection owes the answer that is not written yet, and none once it is", async () => {
  answer = ({ socket }, outgoing) => {
    owes.push(turns.owed(socket));
    outgoing.end("x");
    setImmediate(() => owes.push(turns.owed(socket)));
  };
  const socket = connect(port(), "127.0.0.1");
  socket.write(ask("/", "close"));
  await socket.toArray();
  expect(owes[0]).toBeDefined();
  expect(turns.owed(connections[0]!)).toBeUndefined();
});
