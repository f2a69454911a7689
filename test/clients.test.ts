import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startMock } from "../mocks/index.ts";
import { createOpenComputerClient, createRecoupClient } from "../src/index.ts";

test("the OpenComputer client takes a sandbox through its life on the mock", async () => {
  const mock = await startMock({ contract: "opencomputer" });
  const client = createOpenComputerClient({ baseUrl: mock.url, apiKey: "sandglass-acme", validate: true });
  const { sandboxes, tags, previews } = client;

  const created = await sandboxes.create({ timeout: 120, cpuCount: 2, envs: { GREETING: "hello" } });
  const id = created.sandboxID;
  expect(await sandboxes.get(id)).toMatchObject({ sandboxID: id, status: "running" });
  expect((await sandboxes.list()).map(({ sandboxID }) => sandboxID)).toContain(id);
  await sandboxes.setTimeout(id, 600);
  expect((await tags.replace(id, { env: "staging" })).tags).toEqual({ env: "staging" });
  expect(await tags.get(id)).toMatchObject({ tags: { env: "staging" } });
  expect(await previews.create(id, { port: 3000 })).toMatchObject({ sandboxId: id, port: 3000 });
  expect(await previews.list(id)).toHaveLength(1);
  await previews.delete(id, 3000);
  expect((await sandboxes.hibernate(id)).status).toBe("hibernated");
  expect((await sandboxes.waitFor(id, "hibernated")).status).toBe("hibernated");
  expect((await sandboxes.wake(id, { timeout: 1 })).status).toBe("running");
  mock.defaultWorld().clock.advance(1000);
  expect((await sandboxes.get(id)).status).toBe("hibernated");
  await sandboxes.kill(id);
  await expect(sandboxes.waitFor(id, "running")).rejects.toMatchObject({ code: "STATE_UNREACHABLE" });
  await expect(sandboxes.setTimeout(id, 60)).rejects.toMatchObject({ code: "GONE", status: 410 });
  await expect(sandboxes.get("sb-00000000")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await mock.close();
});

test("the OpenComputer client works in a sandbox for a day: commands, files, checkpoints, logs", async () => {
  const mock = await startMock({ contract: "opencomputer" });
  const client = createOpenComputerClient({ ...mock.clientOptions(), validate: true });
  const { sandboxes, commands, files, checkpoints, machines, images } = client;
  const { sandboxID: id } = await sandboxes.create({ envs: { GREETING: "hello" } });
  expect(await commands.run(id, 'echo "$GREETING"; echo oops >&2; exit 3')).toEqual({
    exitCode: 3,
    stdout: "hello\n",
    stderr: "oops\n",
  });
  await files.write(id, "/workspace/a.txt", "héllo");
  expect(await files.readText(id, "/workspace/a.txt")).toBe("héllo");
  const listed = { name: "a.txt", isDir: false, path: "/workspace/a.txt", size: 6 };
  expect(await files.list(id, "/workspace")).toEqual([listed]);
  const { id: checkpointId } = await checkpoints.create(id, "before");
  await files.write(id, "/workspace/a.txt", "later");
  const { sandboxID: forked } = await checkpoints.fork(checkpointId);
  expect(await files.readText(forked, "/workspace/a.txt")).toBe("héllo");
  await checkpoints.restore(id, checkpointId);
  expect(await files.read(id, "/workspace/a.txt")).toEqual(new TextEncoder().encode("héllo"));
  expect((await checkpoints.list(id)).map(({ name }) => name)).toEqual(["before"]);
  expect((await commands.log(id)).map(({ line }) => line)).toEqual(["hello", "oops"]);
  expect(await machines.setLimits(id, { memoryMB: 8192 })).toMatchObject({ memoryMB: 8192, cpuPercent: 200 });
  expect(await machines.refreshToken(id)).toMatch(/^[\w-]{43}$/);
  expect(await images.list()).toEqual([]);
  await mock.close();
});

test("previewFetch reaches a port of the mock through its gate, and a rotated token shuts out the old one", async () => {
  const upstream = createServer((request, response) => response.end(`you asked for ${request.url}`));
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const previewUpstreams = { "3000": `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` };
  const mock = await startMock({ contract: "opencomputer", settings: { previewUpstreams } });
  const client = createOpenComputerClient({ baseUrl: mock.url, apiKey: "sandglass-acme", validate: true });

  const created = await client.sandboxes.create({ previewAuth: { token: "correct-horse-battery" } });
  const { sandboxID } = created;
  const ask = async (...args: Parameters<typeof client.previewFetch>) => {
    const response = await client.previewFetch(...args);
    return [response.status, await response.text()] as const;
  };
  expect(await ask(created, 3000, "/a?b=1")).toEqual([200, "you asked for /a?b=1"]);
  expect(await ask(created, 3000, "/", { tokenIn: "Authorization" })).toEqual([200, "you asked for /"]);
  expect((await ask(sandboxID, 3000))[0]).toBe(401);
  const { previewAuthToken } = await client.previews.rotateToken(sandboxID);
  expect((await ask(created, 3000))[0]).toBe(401);
  expect((await ask({ sandboxID, previewAuthToken }, 3000))[0]).toBe(200);
  await client.sandboxes.kill(sandboxID);
  expect((await ask({ sandboxID, previewAuthToken }, 3000))[0]).toBe(410);

  await client.close();
  await mock.close();
  upstream.closeAllConnections();
  upstream.close();
});

test("the Recoup client makes a sandbox on the mock, follows its run and sees it stop", async () => {
  const mock = await startMock({ contract: "recoup", settings: { bootLatencyMs: 0 } });
  const client = createRecoupClient({ baseUrl: mock.url, apiKey: "sandglass-ada", validate: true });

  const {
    sandboxes: [created],
  } = await client.sandboxes.create({ command: "ls", args: ["-la"] });
  const running = await client.sandboxes.waitFor(created.sandboxId, "running", { intervalMs: 20 });
  expect(running.timeout).toBeGreaterThan(1_000_000);
  expect((await client.sandboxes.list()).sandboxes).toHaveLength(1);

  expect(await client.sandboxes.updateSnapshot({ snapshotId: "snap_mine" })).toMatchObject({
    snapshot_id: "snap_mine",
  });
  expect((await client.sandboxes.deleteAll()).deleted_snapshot).toMatchObject({ snapshot_id: "snap_mine" });
  const { runId } = await client.sandboxes.setup();

  mock.defaultWorld().clock.advance(3_600_000);
  expect((await client.runs.waitFor(created.runId ?? expect.fail())).status).toBe("COMPLETED");
  expect((await client.runs.waitFor(runId)).status).toBe("COMPLETED");
  expect((await client.sandboxes.waitFor(created.sandboxId, "stopped")).timeout).toBe(0);
  await mock.close();
});

test("a command runs in a sandbox of the mock, of one's own account and of a colleague's", async () => {
  const mock = await startMock({ contract: "recoup", clockScale: 100 });
  const client = createRecoupClient({ baseUrl: mock.url, apiKey: "sandglass-ada", validate: true });
  const bob = mock.defaultWorld().tenants.find(({ name }) => name === "bob") ?? expect.fail("no bob");
  for (const account of [{}, { account_id: bob.id }]) {
    const result = await client.sandboxes.runCommand({ command: "ls", args: ["-la"], ...account }, { intervalMs: 20 });
    if (result.status !== "COMPLETED") return expect.fail(result.status);
    expect(result).toMatchObject({ exitCode: 0, stderr: "", run: { id: result.sandbox.runId } });
    expect(result.stdout).not.toBe("");
    const { sandboxId } = result.sandbox;
    expect((await client.sandboxes.waitFor(sandboxId, ["running", "stopped"], account)).sandboxId).toBe(sandboxId);
  }
  await expect(
    client.sandboxes.runCommand({ command: "ls", account_id: "e7e00000-0000-4000-8000-000000000003" }),
  ).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
  await mock.close();
});

test("a preview token that JSON has left out is named by the mock's gate", async () => {
  const mock = await startMock({ contract: "opencomputer" });
  await using client = createOpenComputerClient({ baseUrl: mock.url, apiKey: "sandglass-acme" });
  const created = await client.sandboxes.create({ previewAuth: {} });
  const stored = JSON.parse(JSON.stringify(created)) as typeof created;
  const lost = await client.previewFetch(stored, 3000);
  expect([lost.status, lost.statusText]).toEqual([401, expect.stringContaining("has no previewAuthToken: JSON")]);
  expect(await lost.json()).toEqual({ error: "preview URL requires authentication" });
  expect((await client.previewFetch(created, 3000)).status).not.toBe(401);
  await mock.close();
});

test("either client learns from the mock that its credential is unknown", async () => {
  const recoup = await startMock({ contract: "recoup" });
  const openComputer = await startMock({ contract: "opencomputer" });
  const unknown = "unknown-key";
  for (const list of [
    () => createRecoupClient({ baseUrl: recoup.url, apiKey: unknown }).sandboxes.list(),
    () => createRecoupClient({ baseUrl: recoup.url, bearerToken: unknown }).sandboxes.list(),
    () => createOpenComputerClient({ baseUrl: openComputer.url, apiKey: unknown }).sandboxes.list(),
  ]) {
    await expect(list()).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      status: 401,
      vendorMessage: expect.any(String) as string,
    });
  }
  const bearer = createRecoupClient({ baseUrl: recoup.url, bearerToken: "sandglass-ada" });
  expect((await bearer.sandboxes.list()).sandboxes).toEqual([]);
  await recoup.close();
  await openComputer.close();
});
