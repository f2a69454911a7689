import { expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { openComputerCalls } from "./calls.fixture.ts";
import { startServer, type Reply } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";
import { openComputerRepeatable, recoupRepeatable } from "./repeatable.ts";

const apiKey = "sandglass-acme";
const quick = { retry: { delayMsMax: 1 } };

const sandbox = { sandboxID: "sb-1", status: "running", startedAt: "2026-03-01T12:00:00Z" };

const failuresWorthAnotherTry: readonly [string, Reply][] = [
  ["an answer 503", { status: 503, body: { error: "no cells available with capacity" } }],
  ["an answer 429", { status: 429, body: { error: "slow down" } }],
  ["a broken connection", "cut"],
  ["half an answer", "half"],
];

test.each(failuresWorthAnotherTry)("a read is sent three times in all after %s", async (_, reply) => {
  await using server = await startServer(reply);
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, ...quick });
  await expect(client.sandboxes.get("sb-1")).rejects.toThrow(ApiError);
  expect(server.seen).toHaveLength(3);
});

test.each(failuresWorthAnotherTry)("a create is sent once, even after %s", async (_, reply) => {
  await using server = await startServer(reply);
  const openComputer = createOpenComputerClient({ baseUrl: server.url, apiKey, ...quick });
  await expect(openComputer.sandboxes.create({ envs: {} })).rejects.toThrow(ApiError);
  await expect(openComputer.raw.POST("/api/sandboxes", { body: {} }).then(failUnlessOk)).rejects.toThrow(Error);
  const recoup = createRecoupClient({ baseUrl: server.url, apiKey, ...quick });
  await expect(recoup.sandboxes.create()).rejects.toThrow(ApiError);
  expect(server.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(
    Array<string>(3).fill("POST /api/sandboxes"),
  );
});

function failUnlessOk({ response }: { readonly response: Response }): void {
  if (!response.ok) throw new Error(String(response.status));
}

test("a second try that works is the result of the call", async () => {
  await using server = await startServer("cut", { body: sandbox });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, ...quick });
  expect(await client.sandboxes.get("sb-1")).toEqual(sandbox);
  expect(server.seen).toHaveLength(2);
});

test("each operation is repeated exactly where the table says so", async () => {
  for (const [id, call] of Object.entries(openComputerCalls)) {
    await using server = await startServer({ status: 503 });
    await expect(call(createOpenComputerClient({ baseUrl: server.url, apiKey, ...quick }))).rejects.toThrow(ApiError);
    const isRepeatable = openComputerRepeatable[id as keyof typeof openComputerCalls];
    expect.soft(server.seen.length, id).toBe(isRepeatable ? 3 : 1);
  }
});

test("nothing that makes or moves something is in the tables of repeatable operations", () => {
  const repeatable = (table: Readonly<Record<string, boolean>>) => Object.keys(table).filter((id) => table[id]);
  expect(repeatable(openComputerRepeatable)).not.toContain("createSandbox");
  expect(repeatable(recoupRepeatable)).toEqual([
    "listSandboxes",
    "updateSandboxSnapshot",
    "deleteSandboxes",
    "getSandboxFile",
    "listTaskRuns",
    "getAccountId",
  ]);
});

test("retries can be limited, and switched off", async () => {
  await using server = await startServer({ status: 503 });
  const once = createOpenComputerClient({ baseUrl: server.url, apiKey, retry: { limit: 1, delayMsMax: 1 } });
  await expect(once.sandboxes.list()).rejects.toThrow(ApiError);
  expect(server.seen).toHaveLength(2);
  const never = createOpenComputerClient({ baseUrl: server.url, apiKey, retry: false });
  await expect(never.sandboxes.list()).rejects.toThrow(ApiError);
  expect(server.seen).toHaveLength(3);
});

test("Retry-After is waited for, whatever the back-off says", async () => {
  await using server = await startServer({ status: 503, headers: { "retry-after": "1" } }, { body: [] });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, ...quick });
  const startMs = performance.now();
  expect(await client.sandboxes.list()).toEqual([]);
  expect(performance.now() - startMs).toBeGreaterThan(950);
});

test("a Retry-After beyond the limit or the time-out fails at once, with the answer", async () => {
  await using server = await startServer({ status: 429, headers: { "retry-after": "3600" }, body: { error: "later" } });
  const impatient = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const patient = createOpenComputerClient({ baseUrl: server.url, apiKey, retry: { retryAfterMsMax: 86_400_000 } });
  for (const client of [impatient, patient]) {
    await expect(client.sandboxes.list()).rejects.toMatchObject({
      code: "RATE_LIMITED",
      status: 429,
      vendorMessage: "later",
      retryAfterMs: 3_600_000,
    });
  }
  expect(server.seen).toHaveLength(2);
});

test("a time-out ends a call whose answer does not come, and says that a create may have worked", async () => {
  await using server = await startServer("hang");
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, timeoutMs: 80 });
  const error = await client.sandboxes.create().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "TIMEOUT", operation: "createSandbox" });
  expect((error as Error).message).toBe(
    "createSandbox: no complete answer within 80 ms. It may have taken effect all the same: look before you send it again",
  );
  expect(server.seen).toHaveLength(1);
});

test("a time-out covers the body, and a call's own goes before the client's", async () => {
  const stalled = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("[")) });
  const client = createOpenComputerClient({
    baseUrl: "http://127.0.0.1:1",
    apiKey,
    fetch: (request) => {
      const { promise, reject } = Promise.withResolvers<ArrayBuffer>();
      request.signal.addEventListener("abort", () => reject(request.signal.reason as Error));
      return Object.assign(new Response(stalled), { arrayBuffer: () => promise });
    },
  });
  await expect(client.sandboxes.list({ timeoutMs: 60 })).rejects.toMatchObject({ code: "TIMEOUT" });
});

test("a signal aborts a call, and a client's signal all of them", async () => {
  await using server = await startServer("hang");
  const forCall = new AbortController();
  const forClient = new AbortController();
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, signal: forClient.signal });
  const first = client.sandboxes.list({ signal: forCall.signal });
  const second = client.sandboxes.list({ signal: new AbortController().signal });
  const third = client.raw.GET("/api/sandboxes");
  const reason = new Error("enough");
  forCall.abort(reason);
  await expect(first).rejects.toMatchObject({ code: "ABORTED", cause: reason });
  forClient.abort();
  await expect(second).rejects.toMatchObject({ code: "ABORTED" });
  await expect(third).rejects.toMatchObject({ code: "ABORTED" });
});

test("a signal that is aborted already sends nothing", async () => {
  await using server = await startServer({ body: [] });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await expect(client.sandboxes.list({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
  expect(server.seen).toHaveLength(0);
});

test("a signal of AbortSignal.timeout is a time-out", async () => {
  await using server = await startServer("hang");
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const signal = AbortSignal.timeout(50);
  await expect(client.sandboxes.list({ signal })).rejects.toMatchObject({ code: "TIMEOUT" });
});

test("a redirect is not followed, for it would take the key elsewhere", async () => {
  await using elsewhere = await startServer({ body: [] });
  await using server = await startServer({ status: 307, headers: { location: `${elsewhere.url}/api/sandboxes` } });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await expect(client.sandboxes.list()).rejects.toMatchObject({ code: "INVALID_ANSWER", status: 307 });
  expect(elsewhere.seen).toHaveLength(0);
});
