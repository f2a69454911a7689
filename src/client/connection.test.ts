import { expect, test } from "vitest";
import { startServer, type Reply } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = "sandglass-acme";

test("each method of the OpenComputer client sends its operation", async () => {
  const [object, list, none] = [{ body: {} }, { body: [] }, { status: 204 }] as const;
  await using server = await startServer(
    ...[object, object, list, object, none, none, object, object, object, object, object, list, none, object],
  );
  const { sandboxes, tags, previews } = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await sandboxes.create({ timeout: 120 });
  await sandboxes.create();
  await sandboxes.list();
  await sandboxes.get("sb-1");
  await sandboxes.kill("sb-1");
  await sandboxes.setTimeout("sb-1", 600);
  await sandboxes.hibernate("sb-1");
  await sandboxes.wake("sb-1", { timeout: 900 });
  await tags.get("sb-1");
  await tags.replace("sb-1", { env: "staging" });
  await previews.create("sb-1", { port: 3000 });
  await previews.list("sb-1");
  await previews.delete("sb-1", 3000);
  await previews.rotateToken("sb-1");
  expect(server.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
    'POST /api/sandboxes {"timeout":120}',
    "POST /api/sandboxes",
    "GET /api/sandboxes",
    "GET /api/sandboxes/sb-1",
    "DELETE /api/sandboxes/sb-1",
    'POST /api/sandboxes/sb-1/timeout {"timeout":600}',
    "POST /api/sandboxes/sb-1/hibernate",
    'POST /api/sandboxes/sb-1/wake {"timeout":900}',
    "GET /api/sandboxes/sb-1/tags",
    'PUT /api/sandboxes/sb-1/tags {"env":"staging"}',
    'POST /api/sandboxes/sb-1/preview {"port":3000}',
    "GET /api/sandboxes/sb-1/preview",
    "DELETE /api/sandboxes/sb-1/preview/3000",
    "POST /api/sandboxes/sb-1/preview/rotate",
  ]);
  expect(new Set(server.seen.map(({ headers }) => headers["x-api-key"]))).toEqual(new Set([apiKey]));
});

test("each method of the Recoup client sends its operation", async () => {
  const sandbox = { sandboxId: "sbx_1", sandboxStatus: "running", timeout: 1, createdAt: "2026-03-01T12:00:00Z" };
  await using server = await startServer({
    body: { sandboxes: [sandbox], runs: [{ id: "run_1", status: "COMPLETED" }] },
  });
  const { sandboxes, files, runs } = createRecoupClient({ baseUrl: server.url, apiKey });
  const account_id = "550e8400-e29b-41d4-a716-446655440000";
  await sandboxes.create({ command: "ls", args: ["-la"] });
  await sandboxes.create();
  await sandboxes.list({ account_id });
  expect(await sandboxes.get("sbx_1")).toEqual(sandbox);
  await sandboxes.updateSnapshot({ snapshotId: "snap_1" });
  await sandboxes.deleteAll();
  await sandboxes.setup({ account_id });
  await files.read("src/index.ts");
  await files.upload({ files: [{ url: "https://files.example/a", name: "a" }] });
  await runs.list({ limit: 5 });
  expect(await runs.get("run_1")).toEqual({ id: "run_1", status: "COMPLETED" });
  expect(server.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
    'POST /api/sandboxes {"command":"ls","args":["-la"]}',
    "POST /api/sandboxes {}",
    `GET /api/sandboxes?account_id=${account_id}`,
    "GET /api/sandboxes?sandbox_id=sbx_1",
    'PATCH /api/sandboxes {"snapshotId":"snap_1"}',
    "DELETE /api/sandboxes {}",
    `POST /api/sandboxes/setup {"account_id":"${account_id}"}`,
    "GET /api/sandboxes/file?path=src%2Findex.ts",
    'POST /api/sandboxes/files {"files":[{"url":"https://files.example/a","name":"a"}]}',
    "GET /api/tasks/runs?limit=5",
    "GET /api/tasks/runs?runId=run_1",
  ]);
});

test("Recoup gets one credential, as a key or as a bearer token", async () => {
  await using server = await startServer({ body: { sandboxes: [] } });
  await createRecoupClient({ baseUrl: server.url, apiKey }).sandboxes.list();
  await createRecoupClient({ baseUrl: server.url, bearerToken: "tök" }).sandboxes.list();
  const sent = server.seen.map(({ headers }) => [headers["x-api-key"], headers.authorization]);
  expect(sent).toEqual([
    [apiKey, undefined],
    [undefined, `Bearer ${Buffer.from("tök").toString("latin1")}`], // octets of UTF-8
  ]);
});

test.each(["", "/", "/api", "/api/"])("a base URL may end in %j", async (end) => {
  await using server = await startServer({ body: [] });
  await createOpenComputerClient({ baseUrl: `${server.url}/gateway${end}`, apiKey }).sandboxes.list();
  expect(server.seen[0]?.url).toBe("/gateway/api/sandboxes");
});

test("one sandbox or run that is not there is NOT_FOUND", async () => {
  await using server = await startServer({ body: { sandboxes: [], runs: [] } });
  const { sandboxes, runs } = createRecoupClient({ baseUrl: server.url, apiKey });
  await expect(sandboxes.get("sbx_9")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(runs.get("run_9")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a fetch of the user's gets the requests, and the raw client answers without throwing", async () => {
  const urls: string[] = [];
  const client = createOpenComputerClient({
    baseUrl: "http://in-process",
    apiKey,
    fetch: (request) => {
      urls.push(`${request.method} ${request.url} ${request.headers.get("x-api-key")}`);
      return Response.json({ error: "sandbox not found" }, { status: 404 });
    },
  });
  const { data, error, response } = await client.raw.GET("/api/sandboxes/{id}", { params: { path: { id: "sb-1" } } });
  expect([data, error, response.status]).toEqual([undefined, { error: "sandbox not found" }, 404]);
  expect(urls).toEqual([`GET http://in-process/api/sandboxes/sb-1 ${apiKey}`]);
});

const valid = { sandboxID: "sb-1", status: "running", startedAt: "2026-03-01T12:00:00Z" };

test.each<[string, Reply, string, RegExp]>([
  ["a wrong type", { body: { ...valid, cpuCount: "2" } }, "/cpuCount", /expected number, received string/],
  ["a missing member", { body: { sandboxID: "sb-1", status: "running" } }, "/startedAt", /startedAt: .*string/],
  ["an unknown status of the sandbox", { body: { ...valid, status: "asleep" } }, "/status", /"running"\|"hibernated"/],
  ["a name with a slash", { body: { ...valid, tags: { "a/b~": 1 } } }, "/tags/a~1b~0", /key/],
  ["an undocumented status", { status: 202, body: valid }, "", /202 is no documented status/],
])("validate finds %s", async (_, reply, pointer, message) => {
  await using server = await startServer(reply);
  const get = (validate: boolean) =>
    createOpenComputerClient({ baseUrl: server.url, apiKey, validate }).sandboxes.get("sb-1");
  await expect(get(true)).rejects.toMatchObject({
    code: "INVALID_ANSWER",
    operation: "getSandbox",
    pointer,
    message: expect.stringMatching(message) as string,
  });
  await expect(get(false)).resolves.not.toThrow();
});

test("validate looks into lists and alternatives, and lets through what the contract allows", async () => {
  const row = {
    account_id: "550e8400-e29b-41d4-a716-446655440000",
    snapshot_id: 5,
    expires_at: null,
    github_repo: null,
    created_at: null,
  };
  await using server = await startServer(
    { body: [valid, { ...valid, startedAt: "yesterday" }] },
    { body: { status: "success", deleted_snapshot: row } },
    { body: { ...valid, unknown: true } },
    { status: 204 },
  );
  const options = { baseUrl: server.url, apiKey, validate: true };
  const { sandboxes } = createOpenComputerClient(options);
  await expect(sandboxes.list()).rejects.toMatchObject({ pointer: "/1/startedAt" });
  await expect(createRecoupClient(options).sandboxes.deleteAll()).rejects.toMatchObject({
    pointer: "/deleted_snapshot/snapshot_id",
  });
  expect(await sandboxes.get("sb-1")).toEqual({ ...valid, unknown: true });
  expect(await sandboxes.kill("sb-1")).toBeUndefined();
});
