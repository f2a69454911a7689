import { expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import { createBudget } from "./budget.ts";
import { createLedger } from "./ledger.ts";
import type { LedgerEntry } from "./ledger.ts";
import { miniContract, miniServer } from "./mini-contract.fixture.ts";
import type { MiniServer } from "./mini-contract.fixture.ts";
import { createTransport } from "./transport.ts";
import type { TransportOptions } from "./transport.ts";

const clock = createManualClock(0);

function setUp(server: MiniServer = miniServer(), overrides: Partial<TransportOptions> = {}) {
  const written: LedgerEntry[] = [];
  const ledger = createLedger({ clock, sink: { append: (entry) => void written.push(entry) } });
  const limits = { createsMax: 3, aliveMax: Infinity, minutesMax: 1, ratePerSecond: Infinity };
  const budget = createBudget({ clock, sleep: () => Promise.resolve(), ledger, limits });
  const transport = createTransport({
    contract: miniContract(),
    target: server.target,
    clock,
    ledger,
    budget,
    profile: "deployment",
    absentIds: new Set(["none-1"]),
    requestTimeoutMs: 1_000,
    ...overrides,
  });
  return { ledger, transport, server, written };
}

test("an operation outside the allow-list is not sent", async () => {
  const { transport, server } = setUp(undefined, { profile: "core" });
  await expect(transport.send({ operation: "list" })).rejects.toThrow('not sent: list is not in the profile "core"');
  expect(server.seen).toEqual([]);
  expect(transport.refusals()).toEqual(['list is not in the profile "core"']);
});

test("an id that the run neither created nor made up is not touched", async () => {
  const { transport, server } = setUp();
  await expect(transport.send({ operation: "kill", path: { id: "b9" } })).rejects.toThrow("did not create");
  expect(server.seen).toEqual([]);
  await transport.send({ operation: "get", path: { id: "none-1" } });
  expect(server.seen).toEqual(["GET /boxes/none-1"]);
});

test("a create is in the ledger before the server sees it", async () => {
  const seenEntries: string[] = [];
  const { transport, written } = setUp(
    miniServer(() => {
      seenEntries.push(...written.map(({ type }) => type));
      return undefined;
    }),
  );
  await transport.send({ operation: "create", json: {} });
  expect(seenEntries).toEqual(["intended"]);
  expect(written.map(({ type }) => type)).toEqual(["intended", "created"]);
});

test("an id is kept from any 2xx, even to a request that should have been refused", async () => {
  const { transport, ledger } = setUp(miniServer(() => Response.json({ id: "odd" }, { status: 202 })));
  await transport.send({ operation: "create", text: "{broken", credentials: "none" });
  expect(ledger.alive()).toMatchObject([{ id: "odd", by: "made-up" }]);
});

test("creates beyond the budget are not sent, refused ones do not count", async () => {
  let refuse = true;
  const server = miniServer(() => (refuse ? Response.json({ error: "no" }, { status: 400 }) : undefined));
  const { transport } = setUp(server);
  for (let times = 0; times < 5; times += 1) await transport.send({ operation: "create", json: {} });
  refuse = false;
  for (let times = 0; times < 3; times += 1) await transport.send({ operation: "create", json: {} });
  await expect(transport.send({ operation: "create", json: {} })).rejects.toThrow("the budget of 3 creates is spent");
  expect(server.seen.length).toBe(8);
});

test("credentials are the target's own, none, empty or as given", async () => {
  const keys: (string | null)[] = [];
  const { transport } = setUp(
    miniServer((request) => {
      keys.push(request.headers.get("x-key"));
      return undefined;
    }),
  );
  await transport.send({ operation: "list" });
  await transport.send({ operation: "list", credentials: "none" });
  await transport.send({ operation: "list", credentials: { key: "" } });
  await transport.send({ operation: "list", credentials: { key: "other" } });
  expect(keys).toEqual(["mini-key-123", null, "", "other"]);
});

test("a server that does not answer is trouble of the environment, with the innermost cause", async () => {
  const failing = miniServer(() => {
    throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  });
  const { transport, written } = setUp(failing);
  await expect(transport.send({ operation: "create", json: {} })).rejects.toThrow(
    "POST http://mini.test/boxes got no answer: connect ECONNREFUSED",
  );
  expect(written.map(({ type }) => type)).toEqual(["intended", "unanswered"]);
});

test("an exchange holds what was sent and what came back", async () => {
  const { transport } = setUp();
  const { request, response } = await transport.send({ operation: "create", json: { a: 1 } });
  expect(request).toEqual({
    method: "POST",
    url: "http://mini.test/boxes",
    headers: { accept: "application/json", "content-type": "application/json", "x-key": "mini-key-123" },
    body: '{"a":1}',
  });
  expect(response).toMatchObject({ status: 201, json: { id: "b1" } });
});
