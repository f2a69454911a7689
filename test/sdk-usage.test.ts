import { PlanLimitError, Sandbox, Tags, Usage } from "@opencomputer/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StartedMock, startMock } from "../mocks/index.ts";
import { createOpenComputerClient } from "../src/client/opencomputer-client.ts";

let mock: StartedMock;

beforeAll(async () => {
  mock = await startMock({ contract: "opencomputer", clockScale: 0 });
});

afterAll(() => mock.close());

/** An organisation in a world of its own. */
function createOrganisation(settings: object = {}) {
  // Within a minute, in which fractions of seconds are left over on both sides.
  const world = mock.createWorld({ settings, startMs: Date.UTC(2026, 0, 2, 3, 4, 31, 904) });
  const { apiKey } = mock.clientOptions(world);
  return { world, apiKey, apiUrl: mock.url };
}

const hourMs = 3_600_000;

test("usage is memory over the time for which a sandbox ran, by the size that it had, and disk beyond the usual", async () => {
  const { world, ...acme } = createOrganisation();
  const usage = new Usage(acme.apiUrl, acme.apiKey);
  const one = await Sandbox.create({ ...acme, memoryMB: 4096 });
  const two = await Sandbox.create({ ...acme, memoryMB: 1024, diskMB: 20_480 + 1024 });
  world.clock.advance(30_000);
  await one.scale({ memoryMB: 8192 });
  world.clock.advance(60_000);
  await one.hibernate();
  world.clock.advance(hourMs / 2);
  await two.kill();
  const seconds = 90 + 1800;
  const all = await usage.bySandbox();
  expect(all).toMatchObject({
    groupBy: "sandbox",
    total: { memoryGbSeconds: 4 * 30 + 8 * 60 + seconds, diskOverageGbSeconds: seconds },
    nextCursor: null,
    items: [
      { sandboxId: two.sandboxId, status: "stopped", memoryGbSeconds: seconds, diskOverageGbSeconds: seconds },
      { sandboxId: one.sandboxId, status: "hibernated", memoryGbSeconds: 4 * 30 + 8 * 60, diskOverageGbSeconds: 0 },
    ],
  });
  expect(Date.parse(all.to) - Date.parse(all.from)).toBe(30 * 24 * hourMs);
  const { totals, points } = await usage.forSandbox(one.sandboxId);
  expect(totals).toMatchObject({ memoryAllocatedGbSeconds: 600, uptimeSeconds: 90, memoryAllocatedPeakMb: 8192 });
  expect(points.reduce((sum, point) => sum + point.memoryAllocatedGbSeconds, 0)).toBeCloseTo(600, 9);
  expect(points.every(({ uptimeSeconds }) => uptimeSeconds <= 60)).toBe(true);
  expect(world.usage().find(({ tenant }) => tenant === "acme")?.sandboxSeconds).toBe(seconds + 90);
  world.clock.advance(hourMs);
  expect((await usage.forSandbox(one.sandboxId)).points).toEqual([]);
  const from = all.to;
  expect((await usage.bySandbox({ from, to: new Date(world.clock.now()).toISOString() })).items).toEqual([]);
});

test("usage is summed up by tag, filtered, sorted and told page by page, to its own organisation", async () => {
  const { world, ...acme } = createOrganisation();
  const usage = new Usage(acme.apiUrl, acme.apiKey);
  const tags = new Tags(acme.apiUrl, acme.apiKey);
  const made = [{ team: "growth" }, { team: "data", env: "ci" }, { team: "data" }, {}];
  for (const each of made) {
    const { sandboxId } = await Sandbox.create({ ...acme, memoryMB: 1024 });
    await tags.set(sandboxId, each);
  }
  world.clock.advance(10_000);
  expect(await usage.byTag("team")).toMatchObject({
    groupBy: "tag:team",
    total: { memoryGbSeconds: 40 },
    untagged: { memoryGbSeconds: 10, sandboxCount: 1 },
    items: [
      { tagKey: "team", tagValue: "data", memoryGbSeconds: 20, sandboxCount: 2 },
      { tagKey: "team", tagValue: "growth", memoryGbSeconds: 10, sandboxCount: 1 },
    ],
  });
  const countOf = async (filter: Record<string, string>) => (await usage.bySandbox({ filter })).items.length;
  expect(await countOf({ "tag:team": "data,growth" })).toBe(3);
  expect(await countOf({ "tag:team": "data", "tag:env": "" })).toBe(1);
  expect(await countOf({ "tag:team": "" })).toBe(1);
  const first = await usage.bySandbox({ limit: 3, sort: "-diskOverageGbSeconds" });
  const last = await usage.bySandbox({ limit: 3, cursor: first.nextCursor! });
  expect([first.items.length, last.items.length, last.nextCursor]).toEqual([3, 1, null]);
  expect(await tags.listKeys()).toEqual([
    { key: "env", sandboxCount: 1, valueCount: 1 },
    { key: "team", sandboxCount: 3, valueCount: 2 },
  ]);
  const globex = createOpenComputerClient({
    baseUrl: mock.url,
    apiKey: world.tenants.find(({ name }) => name === "globex")!.key,
  });
  expect((await globex.usage.bySandbox()).items).toEqual([]);
  await expect(globex.usage.ofSandbox(first.items[0]!.sandboxId)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await globex.usage.whoami()).toMatchObject({ org_name: "globex" });
  expect(await globex.usage.byTag("team", { filter: { "tag:team": "data" } })).toMatchObject({ items: [] });
});

test.each([
  ["?", "groupBy must be"],
  ["?groupBy=tag:", "groupBy must be"],
  ["?groupBy=sandbox&limit=501", "limit must be"],
  ["?groupBy=sandbox&sort=memoryGbSeconds", "sort must be"],
  ["?groupBy=sandbox&cursor=none", "cursor is none"],
  ["?groupBy=sandbox&from=yesterday", "from must be a time"],
  ["?groupBy=sandbox&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from must be at most 30 days"],
  ["?groupBy=sandbox&from=2026-01-01T00:00:00Z&to=2025-12-31T00:00:00Z", "from must be before"],
  ["?groupBy=sandbox&filter[tag:a]=1&filter[tag:a]=2", "filter names a tag twice"],
])("usage refuses %s", async (query, text) => {
  const answer = await fetch(`${mock.url}/api/usage${query}`, { headers: { "x-api-key": "sandglass-acme" } });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(text)]);
});

test("a free plan ends at small sandboxes, and a halted one at all", async () => {
  const { world, ...acme } = createOrganisation({ plan: "free" });
  const sandbox = await Sandbox.create(acme);
  await expect(Sandbox.create({ ...acme, memoryMB: 8192 })).rejects.toThrow("402");
  await expect(Sandbox.create({ ...acme, diskMB: 40_960 })).rejects.toThrow("upgrade to pro for larger disk sizes");
  await expect(sandbox.scale({ memoryMB: 8192 })).rejects.toBeInstanceOf(PlanLimitError);
  expect(await sandbox.setAutoscale({ enabled: true, minMemoryMB: 1024, maxMemoryMB: 4096 })).toMatchObject({
    maxMemoryMB: 4096,
  });
  const large = { enabled: true, minMemoryMB: 1024, maxMemoryMB: 8192 };
  await expect(sandbox.setAutoscale(large)).rejects.toBeInstanceOf(PlanLimitError);
  await sandbox.hibernate();
  world.changeSettings({ plan: "halted" });
  await expect(sandbox.wake()).rejects.toThrow("402");
  await expect(Sandbox.create(acme)).rejects.toThrow("credits exhausted");
});
