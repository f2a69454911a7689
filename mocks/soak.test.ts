import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { operations as openComputerOperations } from "../generated/opencomputer/operations.ts";
import { operations as recoupOperations } from "../generated/recoup/operations.ts";
import type { Operation } from "../src/contract/operation.ts";
import { type ContractName, createMock, type Mock, type World } from "./index.ts";

const keyOf = (world: World, name: string) => world.tenants.find((tenant) => tenant.name === name)!.key;

test("200 worlds that work side by side see nothing of each other", { timeout: 60_000 }, async () => {
  const mock = createMock({ seed: "side by side" });
  const listener = await mock.listen("opencomputer");
  const url = `${listener.url}/api/sandboxes`;
  const liveIn = async (world: World, at: number) => {
    const headers = { "x-api-key": keyOf(world, "acme"), "content-type": "application/json" };
    const made: string[] = [];
    for (let request = 0; request < 25; request += 1) {
      const body = JSON.stringify({ metadata: { world: String(at) } });
      const created = (await (await fetch(url, { method: "POST", headers, body })).json()) as { sandboxID: string };
      made.push(created.sandboxID);
      const listed = (await (await fetch(url, { headers })).json()) as { sandboxID: string }[];
      expect(listed.map(({ sandboxID }) => sandboxID)).toEqual([...made].reverse());
    }
    return world.journal.seen();
  };
  const worlds = Array.from({ length: 200 }, () => mock.createWorld());
  const seen = await Promise.all(worlds.map(liveIn));
  expect(new Set(seen)).toEqual(new Set([50]));
  expect(mock.defaultWorld().journal.seen()).toBe(0);
  await listener.close();
});

test("an hour passes in one step, and all that was due in it has happened", async () => {
  const mock = createMock({ clockScale: 0 });
  const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
  const send = (method: string, path: string, body?: object) =>
    mock.fetch(
      "opencomputer",
      new Request(`http://mock${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  for (let timeout = 60; timeout <= 7_200; timeout += 60) await send("POST", "/api/sandboxes", { timeout });
  mock.defaultWorld().clock.advance(3_600_000);
  const running = (await (await send("GET", "/api/sandboxes")).json()) as unknown[];
  // Of the timeouts of 1 to 120 minutes, those of an hour and less are over.
  expect(running).toHaveLength(60);
});

const seed = 20_261_122;

test(`100,000 hostile requests get documented answers (seed ${seed})`, { timeout: 120_000 }, async () => {
  const mock = createMock({ seed: "hostile", settings: { bootLatencyMs: 0 } });
  const statuses = new Map<number, number>();
  const startBytes = await settledHeap(mock);
  const requests = fc.sample(hostileRequest, { numRuns: 20_000, seed });
  for (let pass = 0; pass < 5; pass += 1) {
    const world = mock.createWorld();
    const keys = [...world.tenants.map(({ key }) => key), "unknown", ""];
    for (const { contract, operation, ...parts } of requests) {
      const request = toRequest(operation, parts, keys);
      const { status } = await mock.fetch(contract, request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    mock.universe.delete(world);
  }
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count)).toBe(100_000);
  expect(statuses.get(201)).toBeGreaterThan(0);
  expect((await settledHeap(mock)) / startBytes).toBeLessThan(1.1);
});

/** Bytes in use after a collection, with the validators warm and the journal empty. */
async function settledHeap(mock: Mock): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (const { contract, operation, ...parts } of fc.sample(hostileRequest, { numRuns: 2_000, seed: 1 })) {
    await mock.fetch(contract, toRequest(operation, parts, ["unknown"]));
  }
  mock.defaultWorld().journal.clear();
  collect();
  return process.memoryUsage().heapUsed;
}

const nasty = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 53,
  1e308,
  "",
  "\ud800",
  "\u0000",
  "x".repeat(300),
  [],
  [[]],
  {},
  { __proto__: null, constructor: 1 },
  ["a", 1],
);
const member = fc.constantFrom(
  ..."command args cwd prompt account_id snapshotId github_repo files path timeout cpuCount memoryMB burst envs metadata".split(
    " ",
  ),
  ..."image snapshot previewAuth templateID port domain authConfig token scheme __proto__ constructor toString".split(
    " ",
  ),
);
const hostileBody = fc.oneof(
  fc.dictionary(member, fc.oneof(nasty, fc.string(), fc.integer(), fc.json())).map((body) => JSON.stringify(body)),
  fc.constantFrom("", "{", "[]", "null", '"x"', "{}", '{"timeout":1e999}', '{"a":1,"a":2}', "[".repeat(10_000)),
  fc.json(),
  fc.string(),
);
const operationOf = (contract: ContractName, operations: Record<string, Operation>) =>
  fc.record({ contract: fc.constant(contract), operation: fc.constantFrom(...Object.values(operations)) });

type HostileParts = {
  readonly id: string;
  readonly port: string;
  readonly query: string;
  readonly key: number;
  readonly body: string;
  readonly type: string;
};

const hostileRequest = fc
  .tuple(
    fc.oneof(operationOf("opencomputer", openComputerOperations), operationOf("recoup", recoupOperations)),
    fc.record({
      id: fc.oneof(
        fc.constantFrom("sb-00000000", "..", "%2e%2e", "__proto__", "sb-\u00e9"),
        fc.string({ maxLength: 20 }),
      ),
      port: fc.oneof(fc.constantFrom("0", "80", "65536", "80abc", "-1"), fc.string({ maxLength: 6 })),
      query: fc.oneof(
        fc.constant(""),
        fc.constantFrom(
          "?limit=0",
          "?limit=x",
          "?account_id=",
          "?account_id=x",
          "?runId=%20",
          "?path=",
          "?%",
          "?limit=101",
        ),
        fc.webQueryParameters().map((text) => `?${text}`),
      ),
      key: fc.nat(20),
      body: hostileBody,
      type: fc.constantFrom("application/json", "application/json; charset=utf-8", "text/plain", "multipart/form-data"),
    }),
  )
  .map(([target, parts]) => ({ ...target, ...parts }));

function toRequest({ method, path }: Operation, parts: HostileParts, keys: readonly string[]): Request {
  const filled = path
    .replace("{id}", encodeURIComponent(parts.id.toWellFormed()))
    .replace("{port}", encodeURIComponent(parts.port.toWellFormed()));
  const key = keys[parts.key % keys.length]!;
  const bodiless = method === "get" || parts.body === "";
  return new Request(`http://mock${filled}${parts.query}`, {
    method: method.toUpperCase(),
    headers: { "x-api-key": key, "content-type": parts.type },
    ...(bodiless ? {} : { body: parts.body.toWellFormed() }),
  });
}
