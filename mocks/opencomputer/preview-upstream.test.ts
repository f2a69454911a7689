import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { systemSleep } from "../../src/contract/clock.ts";
import { type Listener, startListener } from "../kit/http-listener.ts";
import { parseAnswers, sendRaw } from "../raw-socket.fixture.ts";
import { createUpstreamGateway } from "./preview-upstream.ts";

const mebibyte = 1024 * 1024;
/** More than all buffers of all kernels on the way hold together, and far less than what a test sends. */
const heldBytesMax = 64 * mebibyte;
const chunk = Buffer.alloc(64 * 1024, "x");
const switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";

/** Writes as long as what was written before is taken, and counts what is. */
function flood(socket: Socket): void {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

const answering = (text: string) => (socket: Socket) => void socket.once("data", () => socket.end(text, "latin1"));
const head = (...lines: string[]) => [...lines, "", ""].join("\r\n");

/** What upstreams do with a connection, by the path that leads to each. */
const upstreams: Readonly<Record<string, (socket: Socket) => void>> = {
  floods: (socket) =>
    void socket.once("data", () => {
      socket.write(head("HTTP/1.1 200 OK", "connection: close"));
      flood(socket);
    }),
  "floods-websocket": (socket) =>
    void socket.once("data", () => {
      socket.write(switching);
      flood(socket);
    }),
  "reads-nothing": (socket) => void socket.pause(),
  "reads-no-websocket": (socket) =>
    void socket.once("data", () => {
      socket.pause();
      socket.write(switching);
    }),
  "sends-a-head": (socket) => void socket.once("data", () => socket.write(head("HTTP/1.1 200 OK", "x-a: b"))),
  "resets-at-once": (socket) => void socket.resetAndDestroy(),
  "resets-after-the-head": (socket) => void socket.once("data", () => socket.resetAndDestroy()),
  "resets-in-its-body": (socket) =>
    void socket.once("data", () =>
      socket.write(head("HTTP/1.1 200 OK", "content-length: 9") + "half", () => socket.resetAndDestroy()),
    ),
  "is-no-http": answering("\x16\x03\x01\x00\xff\r\n\r\n"),
  "switches-unasked": answering(switching),
  "has-a-status-of-no-meaning": answering(head("HTTP/1.1 000 Nothing", "content-length: 0")),
  "has-a-control-character": answering(head("HTTP/1.1 200 O\x01K", "content-length: 0")),
  "promises-trailers": answering(head("HTTP/1.1 200 OK", "trailer: x", "content-length: 2") + "ok"),
  "has-two-lengths": answering(head("HTTP/1.1 200 OK", "content-length: 2", "content-length: 3") + "ok"),
  "is-no-websocket": answering(head("HTTP/1.1 404 Not Found", "content-length: 2") + "no"),
  "is-in-order": answering(head("HTTP/1.1 200 OK", "content-length: 2") + "ok"),
};

const servers: Server[] = [];
const reached: Record<string, Socket[]> = {};
const urls: Record<string, string> = { "does-not-listen": "http://127.0.0.1:9" };
let listener: Listener;

beforeAll(async () => {
  for (const [name, act] of Object.entries(upstreams)) {
    const server = createServer((socket) => {
      (reached[name] ??= []).push(socket.on("error", () => socket.destroy()));
      act(socket);
    });
    servers.push(server.listen(0, "127.0.0.1"));
    await once(server, "listening");
    urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const gateway = createUpstreamGateway({ handshakeTimeoutMs: 300 });
  const addressOf = (path: string) => ({ sandboxID: "sb-1", port: 1, domain: "", path, sharesOrigin: false });
  const interceptor: NonNullable<Parameters<typeof startListener>[0]["interceptors"]>[number] = {
    takes: () => true,
    request: (incoming, outgoing) => {
      const upstream = urls[incoming.url!.slice(1)];
      gateway.request(incoming, outgoing, addressOf("/"), upstream).catch(() => outgoing.destroy());
    },
    upgrade: (incoming, socket, first) => {
      const upstream = urls[incoming.url!.slice(1)];
      gateway.upgrade(incoming, socket, first, addressOf("/"), upstream).catch(() => socket.destroy());
    },
  };
  const app = { serve: () => Promise.resolve() };
  listener = await startListener({ app, interceptors: [interceptor], host: "127.0.0.1", port: 0, sleep: systemSleep });
});

afterAll(async () => {
  for (const socket of Object.values(reached).flat()) socket.destroy();
  await listener.close();
  for (const server of servers) server.close();
});

const ask = (name: string, ...lines: string[]) => head(`GET /${name} HTTP/1.1`, "host: x", ...lines);
const handshake = (name: string) =>
  ask(name, "connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", `sec-websocket-key: ${key}`);
const key = "dGhlIHNhbXBsZSBub25jZQ==";
const open = (text: string): Socket => {
  const socket = connect(listener.port, "127.0.0.1").on("error", () => socket.destroy());
  socket.write(text);
  return socket;
};
const allClosed = (name: string) => {
  for (const socket of reached[name]!) socket.resume(); // one that is not read sees no end
  return vi.waitFor(() => expect(reached[name]!.filter(({ destroyed }) => !destroyed)).toEqual([]), 3_000);
};

/** Sends `piece` again and again until it is not taken any more, and says how many bytes were. */
async function pump(socket: Socket, piece: Buffer): Promise<number> {
  let taken = 0;
  for (; taken < 4 * heldBytesMax; taken += piece.length) {
    const written = new Promise<boolean>((resolve) => socket.write(piece, () => resolve(true)));
    if (!(await Promise.race([written, wait(500, false)]))) break;
  }
  return taken;
}

describe("an upstream that", () => {
  test.each([
    ["is-in-order", [200]],
    ["resets-at-once", [502]],
    ["resets-after-the-head", [502]],
    ["resets-in-its-body", [200]],
    ["is-no-http", [502]],
    ["switches-unasked", [502]],
    ["has-a-status-of-no-meaning", [502]],
    ["has-a-control-character", [502]],
    ["promises-trailers", [502]],
    ["has-two-lengths", [502]],
    ["does-not-listen", [502]],
  ])("%s gives its caller %j", async (name, statuses) => {
    for (let time = 0; time < 2; time += 1) {
      const answers = parseAnswers(await sendRaw(listener.port, ask(name, "connection: close")));
      expect(answers.map(({ status }) => status)).toEqual(statuses);
    }
  });

  test.each([
    ["is-no-websocket", 404],
    ["resets-at-once", 502],
    ["resets-after-the-head", 502],
    ["is-no-http", 502],
    ["does-not-listen", 502],
    ["reads-nothing", 502], // and so never answers
  ])("%s gives the caller of a WebSocket %i", async (name, status) => {
    const startMs = performance.now();
    const [answer] = parseAnswers(await sendRaw(listener.port, handshake(name)));
    expect(answer?.status).toBe(status);
    expect(performance.now() - startMs).toBeLessThan(1_300);
    if (reached[name] !== undefined) await allClosed(name);
  });

  test("dies in the middle of a body gives its caller 502, and the connection goes on", async () => {
    const before = reached["reads-nothing"]?.length ?? 0;
    const socket = open(head("POST /reads-nothing HTTP/1.1", "host: x", `content-length: ${32 * mebibyte}`));
    socket.write(Buffer.alloc(32 * mebibyte));
    await vi.waitFor(() => expect(reached["reads-nothing"]?.length).toBeGreaterThan(before));
    for (const one of reached["reads-nothing"]!) one.destroy();
    expect(String((await once(socket, "data"))[0])).toContain("502 Bad Gateway");
    socket.write(ask("is-in-order", "connection: close"));
    expect((await socket.toArray()).join("")).toContain("200 OK");
  });

  test("sends a head and no body yet shows its head at once", async () => {
    const socket = open(ask("sends-a-head"));
    const [text] = (await once(socket, "data")) as [Buffer];
    expect(text.toString()).toContain("x-a: b");
    socket.destroy();
    await allClosed("sends-a-head");
  });
});

describe("a caller that leaves takes its upstream's connection along,", () => {
  test.each(["floods", "reads-nothing", "floods-websocket", "reads-no-websocket"])("of one that %s", async (name) => {
    const text = name.endsWith("websocket") ? handshake(name) : ask(name);
    for (const [at, pipelined] of [0, 5, 50, 0, 5, 50].entries()) {
      const socket = open(at < 3 || name.endsWith("websocket") ? text : text.repeat(20));
      await wait(pipelined);
      socket.resetAndDestroy();
    }
    await vi.waitFor(() => expect(reached[name]).toBeDefined());
    await allClosed(name);
  });
});

describe("nothing is taken in without end", () => {
  test.each([
    ["an answer", ask("floods"), "floods"],
    ["answers to many requests", ask("floods").repeat(50), "floods"],
    ["a WebSocket", handshake("floods-websocket"), "floods-websocket"],
  ])("from the upstream of %s that is not read", async (_, text, name) => {
    const before = reached[name]!.length;
    const socket = open(text).pause();
    await vi.waitFor(() => expect(reached[name]!.length).toBeGreaterThan(before));
    await wait(800);
    const written = reached[name]!.slice(before).reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
    expect(written).toBeLessThan(heldBytesMax);
    socket.destroy();
    await allClosed(name);
  });

  test.each([
    [
      "a body to an upstream that reads none",
      head("POST /reads-nothing HTTP/1.1", "host: x", "content-length: 999999999"),
      chunk,
    ],
    ["a WebSocket whose upstream does not read", handshake("reads-no-websocket"), chunk],
    ["an echo that is not read", handshake("echo"), frameOf(chunk)],
  ])("of %s", async (_, text, piece) => {
    const socket = open(text).pause();
    await wait(100);
    expect(await pump(socket, piece)).toBeLessThan(heldBytesMax);
    socket.destroy();
  });
});

/** A WebSocket frame of a client, masked with zeros. */
function frameOf(payload: Buffer): Buffer {
  const start = Buffer.alloc(14);
  start.writeUInt16BE(0x82ff);
  start.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([start, payload]);
}

test("an echo that is read late comes back whole, and one of more than 1 MiB ends the WebSocket", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${listener.port}/echo`);
  await once(socket, "open");
  socket.pause();
  for (let sent = 0; sent < 32; sent += 1) socket.send(Buffer.alloc(mebibyte, sent));
  await wait(300);
  const seen: number[] = [];
  socket.on("message", (data: Buffer) => seen.push(data[0]!, data.length));
  socket.resume();
  await vi.waitFor(() => expect(seen).toEqual(Array.from({ length: 32 }, (_, at) => [at, mebibyte]).flat()), 5_000);
  socket.send(Buffer.alloc(mebibyte + 1));
  const [code] = (await once(socket, "close")) as [number];
  expect(code).toBe(1009);
});
