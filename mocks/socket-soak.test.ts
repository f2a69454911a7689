import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import type { Held } from "./hostile-mock.fixture.ts";
import { type Conversation, conversationArbitrary, type Known } from "./hostile-traffic.fixture.ts";
import type { ContractName } from "./index.ts";

const seed = 20_261_125;
const requestsTotal = 100_000;
const callers = 48; // at a time

let mock: ChildProcess;
let ports: Readonly<Record<ContractName, number>>;
let said = ""; // by the mock on its standard error

const upstream = createServer({ keepAliveTimeout: 100 }, (incoming, outgoing) => {
  incoming.on("error", () => undefined).resume();
  outgoing.end("upstream");
});
new WebSocketServer({ server: upstream }).on("connection", (socket) => {
  socket.on("error", () => socket.terminate()).on("message", (data) => socket.send(data));
});

beforeAll(async () => {
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  mock = fork(new URL("hostile-mock.fixture.ts", import.meta.url), [url], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  mock.stderr!.on("data", (text) => (said += String(text)));
  [{ ports }] = (await once(mock, "message")) as [{ ports: typeof ports }];
});

afterAll(() => {
  mock.disconnect();
  upstream.closeAllConnections();
  upstream.close();
});

test(
  `a mock lives through ${requestsTotal} hostile requests on raw sockets (seed ${seed})`,
  { timeout: 240_000 },
  async () => {
    const known = await createKnown();
    const conversations = fc.sample(conversationArbitrary(known), { numRuns: 10_500, seed });
    const seen = new Map<number, number>();
    await play(conversations.slice(0, 3_000), seen);
    const before = await settled();
    expect(await createKnown()).toEqual(known);
    let sent = 0;
    while (sent < requestsTotal) sent += await play(conversations, seen);
    expect((await settled()).bytes / before.bytes).toBeLessThan(1.1);
    for (const status of [101, 200, 201, 400, 401, 404, 405, 413, 417, 431, 502, 503]) {
      expect([status, seen.get(status)]).toEqual([status, expect.any(Number)]);
    }
  },
);

/** Plays conversations, many at a time, and counts their requests and the statuses of their answers. */
async function play(conversations: readonly Conversation[], seen: Map<number, number>): Promise<number> {
  const queue = conversations.values();
  let requests = 0;
  const caller = async () => {
    for (const conversation of queue) {
      if (mock.exitCode !== null) return;
      requests += conversation.requests.length;
      const text = (await talk(conversation)).toString("latin1");
      for (const [head, status] of text.matchAll(/HTTP\/1\.1 (\d{3}) [^]*?\r\n\r\n/g)) {
        seen.set(Number(status), (seen.get(Number(status)) ?? 0) + 1);
        // The gate says so of port 9, behind which nothing listens. Anything else is a defect.
        if (Number(status) >= 500) expect(head).toContain("x-sandglass-reason: upstream-unreachable");
      }
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  expect([mock.exitCode, mock.signalCode, said]).toEqual([null, null, ""]);
  return requests;
}

/** Plays one conversation, and gives back all that it was answered. */
async function talk({ contract, requests, cutAt, pieces, ending }: Conversation): Promise<Buffer> {
  const bytes = Buffer.concat(requests);
  const sent = bytes.subarray(0, Math.ceil(bytes.length * cutAt));
  const socket = connect({ port: ports[contract], host: "127.0.0.1" });
  const answers: Buffer[] = [];
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined).on("data", (data: Buffer) => answers.push(data));
  const step = Math.ceil(sent.length / pieces) || 1;
  for (let at = 0; at < sent.length && !socket.destroyed; at += step) {
    socket.write(sent.subarray(at, at + step));
    await new Promise(setImmediate);
  }
  if (ending === "half-close") socket.end();
  // What was sent whole is answered, if late on a busy machine; most of what was cut off never is.
  const pauseMs = ending === "reset" || ending === "leave" ? 0 : cutAt === 1 ? 200 : 20;
  await Promise.race([closed, pauseMs === 0 ? undefined : once(socket, "data").catch(() => undefined), wait(pauseMs)]);
  if (ending === "half-close") await Promise.race([closed, wait(100)]);
  if (ending.startsWith("reset")) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
  return Buffer.concat(answers);
}

/** Creates the sandboxes that callers know of. They have the same ids after each reset. */
async function createKnown(): Promise<Known> {
  const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
  const create = async (body: string, path = "") => {
    const url = `http://127.0.0.1:${ports.opencomputer}/api/sandboxes${path}`;
    return (await (await fetch(url, { method: "POST", headers, body })).json()) as Record<string, string>;
  };
  const { sandboxID: open = "" } = await create("{}");
  const { sessionID: terminal = "" } = await create("{}", `/${open}/pty`);
  const [gated, mortal] = [await create('{"previewAuth":{}}'), await create("{}")];
  return { open, terminal, gated: gated["sandboxID"]!, mortal: mortal["sandboxID"]! };
}

/** What the mock holds once no connection is left. */
async function settled(): Promise<Held> {
  const look = async () => {
    mock.send("look");
    const [held] = (await once(mock, "message")) as [Held];
    return held;
  };
  await vi.waitFor(async () => expect((await look()).sockets).toBe(0), { timeout: 15_000, interval: 500 });
  return look();
}
