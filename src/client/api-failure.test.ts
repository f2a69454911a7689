import { expect, test } from "vitest";
import type { ApiError } from "./api-error.ts";
import { startServer } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = "sandglass-acme";

test.each([
  [400, "INVALID_REQUEST"],
  [401, "UNAUTHORIZED"],
  [402, "PAYMENT_REQUIRED"],
  [403, "FORBIDDEN"],
  [404, "NOT_FOUND"],
  [410, "GONE"],
  [413, "INVALID_REQUEST"],
  [429, "RATE_LIMITED"],
  [500, "SERVER_ERROR"],
  [503, "SERVER_ERROR"],
])("an answer %i is %s, with the vendor's words and the request id", async (status, code) => {
  const headers = { "x-request-id": "q7Yt0hXc" };
  await using server = await startServer({ status, headers, body: { error: "it is so", active: 50 } });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, retry: false });
  await expect(client.sandboxes.kill("sb-1")).rejects.toMatchObject({
    name: "ApiError",
    code,
    status,
    operation: "killSandbox",
    vendorMessage: "it is so",
    requestId: "q7Yt0hXc",
    body: { error: "it is so", active: 50 },
    message: `killSandbox: ${status} it is so (request q7Yt0hXc)`,
  });
});

test.each([
  ["the member message", { body: { message: "Not Found" } }, "Not Found"],
  ["plain text", { headers: { "content-type": "text/plain" }, body: "sandbox gone\n" }, "sandbox gone"],
  ["error before message", { body: { message: "Unauthorized", error: "no key" } }, "no key"],
  ["no HTML page", { headers: { "content-type": "text/html" }, body: "<h1>404</h1>" }, undefined],
  ["nothing of an empty body", {}, undefined],
])("the vendor's words are %s", async (_, reply, vendorMessage) => {
  await using server = await startServer({ status: 404, ...reply });
  const client = createRecoupClient({ baseUrl: server.url, apiKey });
  const error = await client.sandboxes.list().catch((caught: unknown) => caught as ApiError);
  expect(error).toMatchObject({ code: "NOT_FOUND" });
  expect((error as ApiError).vendorMessage).toBe(vendorMessage);
});

test("a success that is not JSON is no answer, and its text stays out of the error", async () => {
  await using server = await startServer({ body: '{"token":"tok-1234567890",' });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const error = (await client.sandboxes.list().catch((caught: unknown) => caught)) as Error;
  expect(error).toMatchObject({
    code: "INVALID_ANSWER",
    status: 200,
    message: "listSandboxes: 200 with a body that is not JSON",
  });
  expect(error.cause).toBeUndefined();
});

test("a server that does not run is a network error that says where and why", async () => {
  const server = await startServer({});
  await server[Symbol.asyncDispose]();
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, retry: false });
  await expect(client.sandboxes.list()).rejects.toMatchObject({
    code: "NETWORK",
    message: `listSandboxes: no answer from ${server.url} (ECONNREFUSED). Does the server run, and is the address right?`,
  });
});

test.each(["", ".", ".."])("an id %j is refused before anything is sent", async (id) => {
  await using server = await startServer({ status: 204 });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await expect(client.sandboxes.kill(id)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  expect(server.seen).toHaveLength(0);
});

test("an id with slashes stays one part of the path", async () => {
  await using server = await startServer({ status: 204 });
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await client.sandboxes.kill("../a?b");
  expect(server.seen[0]?.url).toBe("/api/sandboxes/..%2Fa%3Fb");
});

test.each([
  [{ baseUrl: "nonsense", apiKey }, /baseUrl/],
  [{ baseUrl: "ftp://host", apiKey }, /baseUrl/],
  [{ baseUrl: "http://h", apiKey: " " }, /apiKey is empty/],
  [{ baseUrl: "http://h", apiKey, timeoutMs: 0 }, /timeoutMs is 0: give an integer from 1/],
  [{ baseUrl: "http://h", apiKey, timeoutMs: 2 ** 31 }, /timeoutMs/],
  [{ baseUrl: "http://h", apiKey, retry: { limit: 11 } }, /retry\.limit/],
])("options that cannot be used are refused at once: %j", (options, message) => {
  expect(() => createOpenComputerClient(options)).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringMatching(message) as string }) as Error,
  );
});

test("Recoup takes exactly one credential", () => {
  const baseUrl = "http://127.0.0.1:4010";
  // @ts-expect-error neither
  expect(() => createRecoupClient({ baseUrl })).toThrow(/exactly one/);
  // @ts-expect-error both
  expect(() => createRecoupClient({ baseUrl, apiKey: "a", bearerToken: "b" })).toThrow(/exactly one/);
});
