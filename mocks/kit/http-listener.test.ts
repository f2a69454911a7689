import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { systemSleep } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import { parseAnswers, sendRaw } from "../raw-socket.fixture.ts";
import { type Listener, type ListenerOptions, startListener } from "./http-listener.ts";

const open = new Set<Listener>();
afterEach(() => Promise.all([...open].map((listener) => listener.close())));

let release: () => void;
const app: ListenerOptions["app"] = {
  serve: async ({ url }, outgoing) => {
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
    ["a host that nobody knows", "no-such-host.invalid", /cannot be listened on/],
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
    const listener = await start({ stopGraceMs: 60 });
    const slow = fetch(`${listener.url}/slow`).catch(() => "dropped");
    await wait(30);
    expect(await closes(listener)).toBeLessThan(1_000);
    expect(await slow).toBe("dropped");
    release();
  });

  test("ends open WebSockets at once", async () => {
    const front = {
      request: () => false,
      upgrade: (_: unknown, socket: { write: (text: string) => void }) => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
        return true;
      },
    };
    const listener = await start({ fronts: [front] });
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

/** Headers that ask for a WebSocket. */
const askForWebSocket = "connection: upgrade\r\nupgrade: websocket\r\n";

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

test("another process's globals stay as they are", async () => {
  const before = [globalThis.Request, globalThis.Response, globalThis.fetch];
  await start();
  expect([globalThis.Request, globalThis.Response, globalThis.fetch]).toEqual(before);
});
