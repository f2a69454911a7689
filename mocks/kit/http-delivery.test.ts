import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer, Delivery } from "./exchange.ts";
import { deliver, pace } from "./http-delivery.ts";

const answer: Answer = { status: 201, headers: { "x-a": "b" }, text: "0123456789€" };
let next: { answer: Answer; delivery: Delivery | undefined };
let slept: number[] = [];
const sleep = (ms: number) => {
  slept.push(ms);
  return Promise.resolve();
};
const server = createServer((_, outgoing) => {
  void deliver(
    { ...next.answer, ...(next.delivery === undefined ? {} : { delivery: next.delivery }) },
    outgoing,
    sleep,
  );
});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => server.close());

async function receive(delivery?: Delivery, sent = answer, method = "GET") {
  next = { answer: sent, delivery };
  slept = [];
  const outgoing = request({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    method,
    agent: false,
  }).end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let broken = false;
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    broken = true;
  }
  const { statusCode: status, headers } = incoming;
  return { status, headers, body: Buffer.concat(chunks).toString(), pieces: chunks.length, broken };
}

test("an answer arrives with its headers, and its length in bytes", async () => {
  expect(await receive()).toMatchObject({
    status: 201,
    headers: { "x-a": "b", "content-length": "13" },
    body: "0123456789€",
    broken: false,
  });
});

test.each([204, 304])("a %i promises no body and has none", async (status) => {
  const { body, headers } = await receive(undefined, { ...answer, status });
  expect([body, headers["content-length"], headers["x-a"]]).toEqual(["", undefined, "b"]);
});

test.each(["ascii", "€"])("bytes of a header arrive as they came, before a body of %s", async (text) => {
  const { headers, body } = await receive(undefined, { status: 200, headers: { "x-echo": "caf\xe9" }, text });
  expect([headers["x-echo"], body]).toEqual(["caf\xe9", text]);
});

test("an answer to HEAD has the length and no body", async () => {
  const { body, headers } = await receive(undefined, answer, "HEAD");
  expect([body, headers["content-length"]]).toEqual(["", "13"]);
});

test("a late answer comes whole, after as long a sleep as was asked for", async () => {
  expect(await receive({ delayMs: 250 })).toMatchObject({ status: 201, body: "0123456789€", broken: false });
  expect(slept).toEqual([250]);
});

test("a slow answer comes in pieces, at the speed that was asked for", async () => {
  expect(await receive({ bytesPerSecond: 50 })).toMatchObject({ body: "0123456789€", broken: false });
  const seconds = slept.reduce((sum, ms) => sum + ms, 0) / 1_000;
  expect(slept.length).toBe(3);
  expect(seconds).toBeCloseTo(0.3);
});

test.each([0, 1, 5, 12])(
  "an answer cut after %i bytes is seen to be broken, with just so many",
  async (cutAfterBytes) => {
    const { body, broken, headers } = await receive({ cutAfterBytes });
    expect([Buffer.byteLength(body, "latin1") <= 13, broken, headers["content-length"]]).toEqual([true, true, "13"]);
    expect("0123456789€").toContain(body.replace(/\ufffd+$/, ""));
    expect(body.slice(0, 10).length).toBe(Math.min(10, cutAfterBytes));
  },
);

test("a reset connection has no answer", async () => {
  await expect(receive({ reset: true })).rejects.toThrow(/ECONNRESET|socket hang up/);
  await expect(receive({ reset: true, delayMs: 5 })).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect(slept).toEqual([5]);
});

test("a body of nothing is sent, however slow it was to be", async () => {
  expect(await receive({ bytesPerSecond: 1 }, { status: 200 })).toMatchObject({ status: 200, body: "", broken: false });
});

test.each([1, 9, 10, 11, 1_000_000])("%i bytes a second are paced to a tenth of a second or more a piece", (speed) => {
  const { stepBytes, pauseMs } = pace(100, speed);
  expect(stepBytes).toBeGreaterThanOrEqual(1);
  expect((stepBytes / pauseMs) * 1_000).toBeCloseTo(speed);
  expect(pauseMs).toBeGreaterThanOrEqual(100 - 1e-9);
});
