import { setupServer } from "msw/node";
import { Sandbox } from "@opencomputer/sdk";
import { afterEach, expect, test } from "vitest";
import { createMock, startMock } from "../../mocks/index.ts";
import { createRecoupClient } from "../client/recoup-client.ts";
import { createSandboxHandlers } from "./index.ts";

const server = setupServer();
server.listen({ onUnhandledFrame: "error" });
afterEach(() => server.resetHandlers());

const vendor = "https://app.opencomputer.dev";

test("the vendor's SDK at the vendor's address is answered by a mock in this process, by its clock", async () => {
  const mock = createMock({ clockScale: 0 });
  const world = mock.createWorld();
  const key = world.tenants.find(({ name }) => name === "acme")!.key;
  server.use(...createSandboxHandlers({ contract: "opencomputer", origin: vendor, mock, key }));
  const sandbox = await Sandbox.create({ apiKey: "a-real-key", apiUrl: vendor, timeout: 60 });
  expect((await sandbox.commands.run("echo hello")).stdout).toBe("hello\n");
  world.clock.advance(60_000);
  expect(await sandbox.isRunning()).toBe(false);
  const operations = new Set(world.journal.entries().map(({ operation }) => operation));
  expect([...operations]).toEqual(expect.arrayContaining(["createSandbox", "startCommand", "getSandbox"]));
  expect(JSON.stringify(world.journal.entries())).not.toContain("a-real-key");
});

test.each(["in this process", "that runs elsewhere"])(
  "a preview of a mock %s is reached by its host name, through its gate",
  async (where) => {
    await using running = await startMock({ contract: "opencomputer" });
    const mock = where === "in this process" ? createMock() : running.url;
    server.use(...createSandboxHandlers({ contract: "opencomputer", origin: vendor, mock }));
    const made = await fetch(`${vendor}/api/sandboxes`, {
      method: "POST",
      headers: { "x-api-key": "sandglass-acme", "content-type": "application/json" },
      body: JSON.stringify({ previewAuth: { token: "correct-horse-battery" } }),
    });
    const { sandboxID, sandboxDomain } = (await made.json()) as { sandboxID: string; sandboxDomain: string };
    const preview = `http://${sandboxID}-p3000.${sandboxDomain}/app?a=1`;
    expect((await fetch(preview)).status).toBe(401);
    const answer = await fetch(preview, {
      method: "POST",
      headers: { "x-oc-preview-token": "correct-horse-battery" },
      body: "hello",
    });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ method: "POST", path: "/app?a=1", body: "hello", sandboxID }),
    ]);
  },
);

test("a mock that runs elsewhere answers as well, in the world of the app's own key", async () => {
  await using mock = await startMock({ contract: "recoup" });
  const origin = "https://recoup.example";
  server.use(...createSandboxHandlers({ contract: "recoup", origin, mock: mock.url }));
  const client = createRecoupClient({ baseUrl: origin, apiKey: mock.keyOf() });
  await client.sandboxes.create({ command: "ls" });
  expect((await client.sandboxes.list()).sandboxes).toHaveLength(1);
  expect(mock.defaultWorld().journal.seen()).toBe(2);
});

test("an address with a path, or none, is refused", () => {
  const mock = createMock();
  for (const origin of [`${vendor}/api`, "app.opencomputer.dev", "file:///"]) {
    expect(() => createSandboxHandlers({ contract: "opencomputer", origin, mock })).toThrow("give https://HOST");
  }
});
