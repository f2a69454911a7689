import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { systemSleep } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import { parseAnswers, sendRaw } from "../raw-socket.fixture.ts";
import type { DirectMessage } from "./http-body.ts";
import { type Listener, type ListenerOptions, startListener } from "./http-listener.ts";

const open = new Set<Listener>();
afterEach(() => Promise.all([...open].map((listener) => listener.close())));

let release: () => void;
const app: ListenerOptions["app"] = {
  serve: async (incoming, outgoing) => {
    const { url } = incoming;
    if (url === "/read") await incoming.toArray();
    if (url === "/slow") await new Promise<void>((resolve) => (release = resolve));
    outgoing.end(url === "/slow" ? "slow" : "hello");
  },
};

async function start(options: Partial<ListenerOptions> = {}): Promise<Listener> {
  const listener = await startListener({ app, host: "127.0.0.1", port: 0, sleep: systemSleep, ...options });
  open.add(listener);
  return listener;
}

async function closes(listener: Listener): Promise<number> {
  const startMs = performance.now();
  await listener.close();
  return performance.now() - startMs;
}

describe("starting", () => {
  test("on port 0 finds one that is free and says which", async () => {
    const { url, port } = await start();
    expect(port).toBeGreaterThan(0);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toBe("hello");
  });

  test("on IPv6 writes the address so that it can be used", async () => {
    const { url } = await start({ host: "::1" });
    expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(url)).status).toBe(200);
  });

  test.each([
    ["a port in use", "127.0.0.1", /is in use: stop what listens there, or choose another port/],
    ["an address that is not this machine's", "192.0.2.1", /cannot be listened on \(EADDRNOTAVAIL\)/],
    ["a host that does not resolve", "no-such-host.invalid", /cannot be listened on/],
  ])("on %s fails with one line that says what to do", async (_, host, message) => {
    const { port } = await start();
    const error = await startListener({ app, host, port, sleep: systemSleep }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({ code: "PORT_UNAVAILABLE", message: expect.stringMatching(message) as string });
  });
});

describe("stopping", () => {
  test("lets a request in flight finish, and takes no new one", async () => {
    const listener = await start();
    const slow = fetch(`${listener.url}/slow`);
    while (release === undefined) await wait(5);
    const closed = listener.close();
    await wait(30);
    await expect(fetch(listener.url)).rejects.toThrow();
    release();
    expect(await (await slow).text()).toBe("slow");
    await closed;
  });

  test("does not wait for a connection that was kept open, nor for one that never said anything", async () => {
    const listener = await start();
    await fetch(listener.url);
    const silent = connect(listener.port, "127.0.0.1");
    await once(silent, "connect");
    silent.on("error", () => undefined);
    expect(await closes(listener)).toBeLessThan(1_000);
  });

  test("drops after its grace what does not finish", async () => {
    const listener = await start({ closeGraceMs: 60 });
    const slow = fetch(`${listener.url}/slow`).catch(() => "dropped");
    await wait(30);
    expect(await closes(listener)).toBeLessThan(1_000);
    expect(await slow).toBe("dropped");
    release();
  });

  test("ends open WebSockets at once", async () => {
    const listener = await start({ interceptors: [switchingInterceptor] });
    const socket = connect(listener.port, "127.0.0.1");
    socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${askForWebSocket}\r\n`);
    await once(socket, "data");
    const ended = once(socket, "close");
    socket.on("error", () => undefined);
    expect(await closes(listener)).toBeLessThan(1_000);
    await ended;
  });

  test("twice is as good as once", async () => {
    const listener = await start();
    await Promise.all([listener.close(), listener.close()]);
    await listener.close();
    await expect(fetch(listener.url)).rejects.toThrow();
  });

  test("leaves no timer behind", async () => {
    const sleeps: number[] = [];
    const listener = await start({ sleep: (ms) => (sleeps.push(ms), systemSleep(ms)) });
    await listener.close();
    expect(sleeps.every((ms) => ms <= 100)).toBe(true);
  });
});

const getSlowly = "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n";
/** Headers that ask for a WebSocket. */
const askForWebSocket = "connection: upgrade\r\nupgrade: websocket\r\n";
/** Goes over to WebSocket whenever it is asked to. */
const switchingInterceptor = {
  takes: ({ headers }: IncomingMessage) => headers.upgrade === "websocket",
  request: () => undefined,
  upgrade: (_: unknown, socket: Duplex) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${askForWebSocket}\r\n`);
  },
};

describe("limits", () => {
  test.each([
    ["of headers", { headerBytesMax: 2_000 }, `GET / HTTP/1.1\r\nhost: x\r\na: ${"b".repeat(3_000)}\r\n\r\n`, 431],
    ["of a host name", {}, "GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400],
    ["of a host name that a WebSocket asks for", {}, `GET / HTTP/1.1\r\nhost: a b\r\n${askForWebSocket}\r\n`, 400],
    ["of the URL", { headerBytesMax: 2_000 }, `GET /${"b".repeat(3_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431],
  ])("%s are answered", async (_, options, request, status) => {
    const { port } = await start(options);
    expect(parseAnswers(await sendRaw(port, request))[0]!.status).toBe(status);
  });

  test.each([
    ["a head that comes slowly", "GET / HTTP/1.1\r\nhost: x\r\nx-half: "],
    ["a connection on which nothing comes", ""],
    ["a body that comes slowly", "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf"],
    ["a WebSocket's head that comes slowly", `GET / HTTP/1.1\r\nhost: x\r\n${askForWebSocket}x-half: `],
  ])("of time: %s is given up within a second of it, with 408", async (_, request) => {
    const { port } = await start({ requestTimeoutMs: 300 });
    const startMs = performance.now();
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    socket.write(request);
    // Bytes that come after the answer may take it away, so the last ones come before it.
    for (let sent = 0; sent < 4 && request !== ""; sent += 1) await wait(50).then(() => socket.write("x"));
    const [answer] = parseAnswers(Buffer.from((await socket.toArray().catch(() => [])).join("")));
    const elapsedMs = performance.now() - startMs;
    expect([answer?.status, elapsedMs > 290, elapsedMs < 1_300]).toEqual([408, true, true]);
  });

  test("of time are none for a body that streams on", async () => {
    const interceptor = {
      takes: () => true,
      request: (incoming: IncomingMessage, outgoing: ServerResponse) => {
        (incoming as DirectMessage).streamsOn = true;
        incoming.pipe(outgoing);
      },
      upgrade: () => undefined,
    };
    const { port } = await start({ requestTimeoutMs: 300, interceptors: [interceptor] });
    const socket = connect(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\n");
    await wait(1_200);
    socket.write("late");
    expect((await socket.toArray()).join("")).toMatch(/200 OK[^]*late/);
  });

  test("of connections count WebSockets too", async () => {
    const { port } = await start({ connectionsMax: 2, interceptors: [switchingInterceptor] });
    const open = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect(port, "127.0.0.1");
        socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${askForWebSocket}\r\n`);
        await once(socket, "data");
        return socket;
      }),
    );
    const third = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(third, "close");
    for (const socket of open) socket.destroy();
  });

  test("of connections drop those beyond", async () => {
    const { port, url } = await start({ connectionsMax: 1 });
    const first = connect(port, "127.0.0.1");
    await once(first, "connect");
    const second = connect(port, "127.0.0.1");
    second.on("error", () => undefined);
    await once(second, "close");
    first.destroy();
    await once(first, "close");
    await expect.poll(async () => (await fetch(url).catch(() => undefined))?.status).toBe(200);
  });
});

describe("lives on", () => {
  test("after an app that fails", async () => {
    const failing = { serve: () => Promise.reject(new Error("a defect")) };
    const { url } = await start({ app: failing });
    for (let time = 0; time < 2; time += 1) await expect(fetch(url)).rejects.toThrow();
  });

  test.each([
    ["CONNECT", "CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n", [405]],
    ["CONNECT behind a request", `${getSlowly}CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n`, []],
    ["what is no HTTP", "\x16\x03\x01\x00\xff", [400]],
    ["an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]],
  ])("after %s", async (_, request, statuses) => {
    const { port, url } = await start();
    expect(parseAnswers(await sendRaw(port, request)).map(({ status }) => status)).toEqual(statuses);
    expect((await fetch(url)).status).toBe(200);
  });

  test("a WebSocket that is asked for before an earlier answer is there is answered as a plain request", async () => {
    const { port } = await start();
    const socket = connect(port, "127.0.0.1");
    release = undefined!;
    const head = askForWebSocket.replace("upgrade", "upgrade, close");
    socket.write(`${getSlowly}GET / HTTP/1.1\r\nhost: x\r\n${head}\r\n`);
    await expect.poll(() => release).toBeDefined();
    release();
    const bodies = (await socket.toArray()).join("").match(/slow|hello|404/g);
    expect(bodies).toEqual(["slow", "hello"]);
  });

  test("after a caller that resets the handshake of a WebSocket", async () => {
    const { port, url } = await start({ interceptors: [switchingInterceptor] });
    for (let time = 0; time < 50; time += 1) {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${askForWebSocket}\r\n`, () => socket.resetAndDestroy());
      await once(socket, "close");
    }
    expect((await fetch(url)).status).toBe(200);
  });

  test("after connections that could not be accepted", async () => {
    const interceptor = {
      takes: ({ socket }: IncomingMessage) => {
        (socket as unknown as { server: Server }).server.emit("error", new Error("accept EMFILE"));
        return false;
      },
      request: () => undefined,
      upgrade: () => undefined,
    };
    const { url } = await start({ interceptors: [interceptor] });
    for (let time = 0; time < 3; time += 1) expect((await fetch(url)).status).toBe(200);
  });
});

test("another process's globals stay as they are", async () => {
  const before = [globalThis.Request, globalThis.Response, globalThis.fetch];
  await start();
  expect([globalThis.Request, globalThis.Response, globalThis.fetch]).toEqual(before);
});
