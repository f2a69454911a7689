import { expect, test } from "vitest";
import { createMock, defineConfig, mockOptionsOf, parseConfig } from "./index.ts";

test("a configuration says who every world knows, with keys, organisations and quotas", async () => {
  const config = defineConfig({
    tenants: [
      { contract: "opencomputer", name: "small", key: "my-own-key", quota: 1 },
      { contract: "recoup", name: "one", organisation: "label" },
      { contract: "recoup", name: "two", organisation: "label" },
    ],
    quota: 5,
    bootLatencyMs: 0,
  });
  const mock = createMock(mockOptionsOf(parseConfig(config, "test")));
  const [small, one, two] = mock.defaultWorld().tenants;
  expect(small).toMatchObject({ key: "my-own-key", quota: 1 });
  expect(one!.organisationId).toBe(two!.organisationId);
  expect(one!.key).toBe("sandglass-one");
  const create = () =>
    mock.fetch(
      "opencomputer",
      new Request("http://mock/api/sandboxes", { method: "POST", headers: { "x-api-key": "my-own-key" } }),
    );
  expect([(await create()).status, (await create()).status]).toEqual([201, 429]);
  expect(mock.createWorld().tenants.map(({ name }) => name)).toEqual(["small", "one", "two"]);
});

test("an organisation may have no quota where the others have one", async () => {
  const tenants = [{ contract: "opencomputer" as const, name: "large", quota: null }];
  const mock = createMock(mockOptionsOf({ tenants, quota: 0 }));
  const headers = { "x-api-key": "sandglass-large" };
  const { status } = await mock.fetch(
    "opencomputer",
    new Request("http://mock/api/sandboxes", { method: "POST", headers }),
  );
  expect(status).toBe(201);
});

test.each([
  [{ quotta: 1 }, "quotta"],
  [{ ports: { recoup: "x" } }, "ports.recoup"],
  [{ previewUpstreams: { "3000": "ftp://x" } }, "previewUpstreams.3000"],
  [{ previewUpstreams: { zero: "http://x" } }, "previewUpstreams"],
  [{ tenants: [] }, "tenants"],
  [{ controlToken: "short" }, "controlToken"],
  ["nonsense", "(all)"],
  [undefined, "(all)"],
])("the configuration %j is refused, naming %s", (value, named) => {
  expect(() => parseConfig(value, "sandglass.config.ts")).toThrowError(
    expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(named) as string }),
  );
});
