import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startServer } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { previewUrl } from "./preview-address.ts";

const apiKey = "sandglass-acme";
const previewAuthToken = "correct-horse-battery";

beforeAll(() => {
  for (const name of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"]) vi.stubEnv(name, undefined);
});
afterAll(() => vi.unstubAllEnvs());

test("a port below localhost is reached at the server's address, by its own Host and with the token", async () => {
  await using server = await startServer({ headers: { "content-type": "text/plain" }, body: "hello" });
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const response = await client.previewFetch({ sandboxID: "sb-x", previewAuthToken }, 3000, "/a?b=1");
  expect(response).toBeInstanceOf(Response);
  expect([response.status, await response.text()]).toEqual([200, "hello"]);
  const [{ url, headers } = expect.fail()] = server.seen;
  expect(url).toBe("/a?b=1");
  expect(headers.host).toBe(`sb-x-p3000.localhost:${server.port}`);
  expect(headers["x-oc-preview-token"]).toBe(previewAuthToken);
  expect(headers).not.toHaveProperty("x-api-key");
});

test("the token can be shown as Authorization, and a sandbox named by its id alone shows none", async () => {
  await using server = await startServer({});
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await client.previewFetch({ sandboxID: "sb-x", previewAuthToken }, 80, "/", { tokenIn: "Authorization" });
  await client.previewFetch("sb-x", 80, "status", { headers: { authorization: "Basic app" } });
  expect(server.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${previewAuthToken}` });
  expect(server.seen[0]?.headers).not.toHaveProperty("x-oc-preview-token");
  expect(server.seen[1]).toMatchObject({ url: "/status", headers: { authorization: "Basic app" } });
});

test("a name that does not resolve is looked for at the server's address", async () => {
  await using server = await startServer({ status: 401 });
  const previewDomain = "previews.invalid"; // RFC 6761: never resolves
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey, previewDomain });
  const response = await client.previewFetch("sb-x", 3000);
  expect(response.status).toBe(401);
  expect(server.seen[0]?.headers.host).toBe(`sb-x-p3000.previews.invalid:${server.port}`);
});

test("methods, bodies and statuses without a body pass through", async () => {
  await using server = await startServer({ status: 204 });
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const response = await client.previewFetch("sb-x", 3000, "/items", { method: "PUT", body: '{"a":1}' });
  expect([response.status, response.body]).toEqual([204, null]);
  expect(server.seen[0]).toMatchObject({ method: "PUT", url: "/items", body: '{"a":1}' });
});

test("a redirect is handed back, unless asked to follow", async () => {
  await using server = await startServer({ status: 302, headers: { location: "/login" } }, { body: "in" });
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const response = await client.previewFetch("sb-x", 3000);
  expect([response.status, response.headers.get("location")]).toEqual([302, "/login"]);
  expect(server.seen).toHaveLength(1);
});

test("a stream arrives while it is being written, and a signal ends it", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using client = createOpenComputerClient({ baseUrl, apiKey, timeoutMs: 1000 });
  const controller = new AbortController();
  const response = await client.previewFetch("sb-x", 3000, "/events", { signal: controller.signal });
  const reader = (response.body ?? expect.fail()).getReader();
  expect(new TextDecoder().decode((await reader.read()).value as Uint8Array)).toBe("data: 1\n\n");
  controller.abort();
  await expect(reader.read()).rejects.toThrow(/abort/);
  server.closeAllConnections();
  server.close();
});

test("failures of previewFetch have codes: no headers in time, aborted, no server there", async () => {
  const silent = await startServer("hang");
  await using client = createOpenComputerClient({ baseUrl: silent.url, apiKey, timeoutMs: 50 });
  await expect(client.previewFetch("sb-x", 3000)).rejects.toMatchObject({ code: "TIMEOUT", operation: "previewFetch" });
  const signal = AbortSignal.abort();
  await expect(client.previewFetch("sb-x", 3000, "/", { signal })).rejects.toMatchObject({ code: "ABORTED" });
  await silent[Symbol.asyncDispose]();
  await expect(client.previewFetch("sb-x", 3000)).rejects.toMatchObject({ code: "NETWORK" });
});

test("a fetch of the user's gets preview requests too, Host included", async () => {
  const seen: unknown[] = [];
  const client = createOpenComputerClient({
    baseUrl: "http://localhost",
    apiKey,
    fetch: ({ url, headers }) => {
      seen.push([url, headers.get("host"), headers.get("x-oc-preview-token"), headers.get("x-api-key")]);
      return new Response("in process");
    },
  });
  await client.previewFetch({ sandboxID: "sb-x", previewAuthToken }, 3000, "/p");
  expect(seen).toEqual([["http://sb-x-p3000.localhost/p", "sb-x-p3000.localhost", previewAuthToken, null]]);
  await client.close();
});

test.each([
  ["http://127.0.0.1:4020", undefined, undefined, "http://sb-1-p80.localhost:4020/"],
  ["http://[::1]:4020", undefined, undefined, "http://sb-1-p80.localhost:4020/"],
  ["https://localhost:4020", undefined, undefined, "https://sb-1-p80.localhost:4020/"],
  ["http://mock:4020", undefined, "localhost", "http://sb-1-p80.localhost:4020/"],
  ["http://127.0.0.1:4020", "oc.localhost", "other", "http://sb-1-p80.oc.localhost:4020/"],
  ["http://127.0.0.1:4020", undefined, "oc.localhost:5000", "http://sb-1-p80.oc.localhost:5000/"],
  ["https://app.opencomputer.dev", "workers.opencomputer.dev", undefined, "https://sb-1-p80.workers.opencomputer.dev/"],
  ["https://app.example:8443", "w.example", undefined, "https://sb-1-p80.w.example/"],
  ["http://cell.internal:8080", "w.internal", undefined, "http://sb-1-p80.w.internal:8080/"],
])("at %s, with domain %s or option %s, a preview is at %4$s", (baseUrl, sandboxDomain, previewDomain, url) => {
  expect(String(previewUrl({ sandboxID: "sb-1", sandboxDomain }, 80, "/", { baseUrl, previewDomain }))).toBe(url);
});

test.each([
  [{ sandboxID: "sb-1@evil.example/" }, 80, "localhost"],
  [{ sandboxID: "sb-1" }, 0, "localhost"],
  [{ sandboxID: "sb-1" }, 65536, "localhost"],
  [{ sandboxID: "sb-1", sandboxDomain: "evil.example/" }, 80, "localhost"],
  [{ sandboxID: "sb-1" }, 80, undefined],
])("a target that makes no host name is refused: %j port %i", (target, port, previewDomain) => {
  const find = () => previewUrl(target, port, "/", { baseUrl: "https://app.example", previewDomain });
  expect(find).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }) as Error);
});

test.each(["//evil.example/x", "@evil.example", "\\\\evil.example", "http://evil.example"])(
  "a path %j stays a path of the preview host",
  (path) => {
    const url = previewUrl({ sandboxID: "sb-1" }, 80, path, { baseUrl: "http://127.0.0.1:4020" });
    expect(url.host).toBe("sb-1-p80.localhost:4020");
  },
);
