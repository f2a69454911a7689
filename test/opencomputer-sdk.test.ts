import { Sandbox } from "@opencomputer/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMock, type StartedMock } from "../mocks/index.ts";

// The vendor's own client, as it is published: what it is content with is the API as its users know it.
let mock: StartedMock;
let account: { readonly apiUrl: string; readonly apiKey: string };
beforeAll(async () => {
  mock = await startMock({ contract: "opencomputer", clockScale: 0, startMs: Date.UTC(2026, 0, 1) });
  account = { apiUrl: mock.url, apiKey: "sandglass-acme" };
});
afterAll(() => mock.close());

test("the SDK creates a sandbox, connects to it, and kills it", async () => {
  const created = await Sandbox.create({ ...account, timeout: 60 });
  expect(created.status).toBe("running");
  expect(await created.isRunning()).toBe(true);
  const connected = await Sandbox.connect(created.sandboxId, account);
  expect(connected.sandboxId).toBe(created.sandboxId);
  await connected.kill();
  expect(await created.isRunning()).toBe(false);
});

test("the SDK's timeout puts a sandbox to sleep when it is up, and a wake brings it back", async () => {
  const sandbox = await Sandbox.create({ ...account, timeout: 60 });
  await sandbox.setTimeout(120);
  mock.defaultWorld().clock.advance(119_999);
  expect(await sandbox.isRunning()).toBe(true);
  mock.defaultWorld().clock.advance(1);
  expect(await sandbox.isRunning()).toBe(false);
  expect(sandbox.status).toBe("hibernated");
  await sandbox.wake({ timeout: 60 });
  expect(await sandbox.isRunning()).toBe(true);
  await sandbox.hibernate();
  expect(await sandbox.isRunning()).toBe(false);
});

test("the SDK's default is a sandbox that never sleeps", async () => {
  const sandbox = await Sandbox.create(account);
  mock.defaultWorld().clock.advance(365 * 24 * 3_600_000);
  expect(await sandbox.isRunning()).toBe(true);
});

test("the SDK reads the preview token once, and gets another by rotating it", async () => {
  const created = await Sandbox.create({ ...account, previewAuth: { scheme: "bearer", token: "auto" } });
  expect(created.previewAuthToken).toMatch(/^[\w-]{43}$/);
  expect(created.getPreviewDomain(3000)).toBe(`${created.sandboxId}-p3000.localhost`);
  const connected = await Sandbox.connect(created.sandboxId, account);
  expect(connected.previewAuthToken).toBe("");
  const rotated = await connected.rotatePreviewAuthToken();
  expect(rotated).toMatch(/^[\w-]{43}$/);
  expect(rotated).not.toBe(created.previewAuthToken);
});

test("the SDK cannot see another organisation's sandbox", async () => {
  const sandbox = await Sandbox.create(account);
  await expect(Sandbox.connect(sandbox.sandboxId, { ...account, apiKey: "sandglass-globex" })).rejects.toThrow("404");
});
