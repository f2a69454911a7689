import { expect, test } from "vitest";
import { createMock, startMock } from "./index.ts";

test("a mock that a block holds listens to its end and no longer", async () => {
  let url: string;
  {
    await using mock = await startMock({ contract: "recoup" });
    url = mock.url;
    expect((await fetch(`${url}/health`)).status).toBe(200);
  }
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});

test("a world that a block holds, a fork too, is gone at its end; one that was deleted before is no error", async () => {
  const mock = createMock();
  {
    await using world = mock.createWorld();
    await using fork = mock.universe.fork(world);
    await using deleted = mock.createWorld();
    mock.universe.delete(deleted);
    expect([...mock.universe.worlds()].map(({ id }) => id)).toEqual(["default", world.id, fork.id]);
  }
  expect([...mock.universe.worlds()].map(({ id }) => id)).toEqual(["default"]);
});

test("one call gives what a client takes to live in a world", async () => {
  await using mock = await startMock({ contract: "opencomputer" });
  expect(mock.clientOptions()).toEqual({ baseUrl: mock.url, apiKey: "sandglass-acme" });
  await using world = mock.createWorld();
  const { baseUrl, apiKey } = mock.clientOptions(world);
  const asked = await fetch(`${baseUrl}/api/sandboxes`, { headers: { "x-api-key": apiKey } });
  expect([asked.status, apiKey, mock.keyOf(world)]).toEqual([200, `sandglass-${world.id}-acme`, apiKey]);
  expect(world.journal.seen()).toBe(1);
  expect(() => mock.keyOf({ tenants: [] })).toThrow("keyOf: no tenant of this world is of opencomputer");
});
