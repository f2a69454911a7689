import { readFileSync } from "node:fs";
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
  const requests = fc.sample(hostileRequest, { numRuns: 20_000, seed });
  const startBytes = await settledHeap(mock);
  for (let pass = 0; pass < 5; pass += 1) await play(mock, requests, statuses);
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);
  expect([...statuses.values()].reduce((sum, count) => sum + count)).toBe(100_000);
  expect(statuses.get(201)).toBeGreaterThan(0);
  expect((await settledHeap(mock)) / startBytes).toBeLessThan(1.1);
});

/** Sends requests to a world of their own, in which there is something of everything, and counts the answers. */
async function play(mock: Mock, requests: readonly HostileRequest[], statuses = new Map<number, number>()) {
  const world = mock.createWorld();
  const keys = [...world.tenants.map(({ key }) => key), "unknown", ""];
  const known = await createKnown(mock, keyOf(world, "acme"));
  for (const { contract, operation, ...parts } of requests) {
    const { status } = await mock.fetch(contract, toRequest(operation, parts, keys, known));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  mock.universe.delete(world);
}

/** Bytes in use after a collection, with the validators warm and the journal empty. */
async function settledHeap(mock: Mock): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await play(mock, fc.sample(hostileRequest, { numRuns: 2_000, seed: 1 }));
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
const oddMembers = ["__proto__", "constructor", "toString", "length"];

/** Bodies whose members are mostly those that the operation's own document names, with values that they cannot have. */
function hostileBody(names: readonly string[]): fc.Arbitrary<string> {
  const member = fc.oneof(
    { arbitrary: fc.constantFrom(...names, "id"), weight: 7 },
    { arbitrary: fc.constantFrom(...oddMembers), weight: 1 },
  );
  const value = fc.oneof(nasty, nasty, fc.string(), fc.integer(), fc.json());
  const inner = fc.oneof(value, fc.dictionary(member, value), fc.tuple(fc.dictionary(member, value)));
  return fc.oneof(
    { arbitrary: fc.dictionary(member, inner, { maxKeys: 4 }).map((body) => JSON.stringify(body)), weight: 3 },
    fc.constantFrom("", "{", "[]", "null", '"x"', "{}", '{"timeout":1e999}', '{"a":1,"a":2}', "[".repeat(10_000)),
    fc.json(),
    fc.string(),
  );
}

/** Names of the members that a schema speaks of, at any depth. */
function membersOf(schema: unknown, document: object, seen = new Set<unknown>()): string[] {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (key === "$ref") return membersOf(lookUp(document, String(value)), document, seen);
    const own = key === "properties" ? Object.keys(value as object) : [];
    return [...own, ...membersOf(value, document, seen)];
  });
}

function lookUp(document: object, reference: string): unknown {
  const parts = reference.slice(2).split("/");
  return parts.reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], document);
}

type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, { requestBody?: object }>>>> };

function operationOf(contract: ContractName, operations: Record<string, Operation>) {
  const file = new URL(`../generated/${contract}/openapi.json`, import.meta.url);
  const document = JSON.parse(readFileSync(file, "utf8")) as Document;
  return fc.oneof(
    ...Object.values(operations).map((operation) =>
      fc.record({
        contract: fc.constant(contract),
        operation: fc.constant(operation),
        body: hostileBody(membersOf(document.paths[operation.path]?.[operation.method]?.requestBody, document)),
      }),
    ),
  );
}

type HostileParts = {
  readonly id: string;
  readonly port: string;
  readonly query: string;
  readonly key: number;
  readonly isKnown: boolean; // whether it is about what there is, as its owner would ask
  readonly body: string;
  readonly type: string;
};

const hostileRequest = fc
  .tuple(
    fc.oneof(
      { arbitrary: operationOf("opencomputer", openComputerOperations), weight: 3 },
      { arbitrary: operationOf("recoup", recoupOperations), weight: 1 },
    ),
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
      isKnown: fc.boolean(),
      type: fc.constantFrom("application/json", "application/json; charset=utf-8", "text/plain", "multipart/form-data"),
    }),
  )
  .map(([target, parts]) => ({ ...target, ...parts }));

/** Ids by the template that stands for them: those in a path of sandboxes, and of others by their collection. */
type Known = { readonly key: string; readonly ids: Readonly<Record<string, string>> };
type HostileRequest = HostileParts & { readonly contract: ContractName; readonly operation: Operation };

async function createKnown(mock: Mock, key: string): Promise<Known> {
  const create = async (path: string, body: object) => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const request = new Request(`http://mock/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return (await (await mock.fetch("opencomputer", request)).json()) as Record<string, string>;
  };
  const { sandboxID = "" } = await create("sandboxes", {});
  const ids = {
    "webhooks/{id}": `webhooks/${(await create("webhooks", { url: "https://a.example" }))["id"]}`,
    "{id}": sandboxID,
    "{checkpointId}": (await create(`sandboxes/${sandboxID}/checkpoints`, { name: "c" }))["id"]!,
    "{ptyId}": (await create(`sandboxes/${sandboxID}/pty`, {}))["sessionID"]!,
    "{storeId}": (await create("secret-stores", { name: "s" }))["id"]!,
    "{name}": (await create("snapshots", { name: "s", image: {} }))["name"]!,
  };
  return { key, ids };
}

function toRequest({ method, path }: Operation, parts: HostileParts, keys: readonly string[], known: Known): Request {
  const id = encodeURIComponent(parts.id.toWellFormed());
  const ids = Object.entries(parts.isKnown ? known.ids : {});
  const named = ids.reduce((text, [template, its]) => text.replace(template, its), path);
  const filled = named.replace("{port}", encodeURIComponent(parts.port.toWellFormed())).replaceAll(/\{\w+\}/g, id);
  const bodiless = method === "get" || parts.body === "";
  return new Request(`http://mock${filled}${parts.query}`, {
    method: method.toUpperCase(),
    headers: {
      "x-api-key": parts.isKnown ? known.key : keys[parts.key % keys.length]!,
      "content-type": parts.isKnown ? "application/json" : parts.type,
    },
    ...(bodiless ? {} : { body: parts.body.toWellFormed() }),
  });
}
