import { expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
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

test("an error has the vendor's further members and the headers, without secrets", async () => {
  const secret = "tök-of-mine-1234";
  const headers = { "x-plan": "free", "set-cookie": "session=abc", "x-echo": Buffer.from(secret).toString("latin1") };
  const body = {
    status: "error",
    error: "quota",
    message: "m",
    active: 5,
    limit: 5,
    missing_fields: ["args", 1],
    seen: secret,
  };
  await using server = await startServer({ status: 429, headers, body });
  const client = createRecoupClient({ baseUrl: server.url, apiKey: secret, retry: false });
  const error = await client.sandboxes.list().catch((caught: unknown) => caught as ApiError);
  if (!(error instanceof ApiError)) return expect.fail("no ApiError");
  expect(error.vendorDetails).toEqual({ active: 5, limit: 5, missing_fields: ["args", 1], seen: "[hidden]" });
  expect(["x-plan", "set-cookie", "x-echo"].map((name) => error.headers?.get(name))).toEqual([
    "free",
    "[hidden]",
    "[hidden]",
  ]);
});

test.each([[{ error: "e" }], ["text"], [[1]], [null]])("there are no further members in %j", async (body) => {
  await using server = await startServer({ status: 404, body });
  const error = await createRecoupClient({ baseUrl: server.url, apiKey })
    .sandboxes.list()
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).not.toHaveProperty("vendorDetails");
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

test("a server that does not run is a network error that says where and why", async () => {
  const server = await startServer({});
  await server[Symbol.asyncDispose]();
  const client = createOpenComputerClient({ baseUrl: server.url, apiKey, retry: false });
  await expect(client.sandboxes.list()).rejects.toMatchObject({
    code: "NETWORK",
    message: `listSandboxes: no answer from ${server.url} (ECONNREFUSED). Does the server run, and is the address right?`,
  });
});

test("a server that speaks no TLS is told as one", async () => {
  await using server = await startServer({});
  const baseUrl = server.url.replace("http:", "https:");
  const { sandboxes } = createOpenComputerClient({ baseUrl, apiKey, retry: false });
  await expect(sandboxes.list()).rejects.toMatchObject({
    code: "NETWORK",
    message:
      `listSandboxes: no answer from ${baseUrl} (what listens there speaks no TLS: write http://; ` +
      "ERR_SSL_WRONG_VERSION_NUMBER). Does the server run, and is the address right?",
  });
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
