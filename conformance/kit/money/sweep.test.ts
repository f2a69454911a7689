import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import type { LedgerEntry } from "./ledger.ts";
import { miniContract, miniServer } from "../mini-contract.fixture.ts";
import type { MiniServer } from "../mini-contract.fixture.ts";
import { sweepLedger } from "./sweep.ts";

async function sweep(server: MiniServer, entries: readonly LedgerEntry[]) {
  const written: LedgerEntry[] = [];
  const clock = createManualClock(5_000);
  const sink = { append: (entry: LedgerEntry) => void written.push(entry) };
  const sleep = () => Promise.resolve();
  const result = await sweepLedger({ clock, contract: miniContract(), target: server.target, entries, sink, sleep });
  return { ...result, written };
}

const intended = (create: number): LedgerEntry => ({
  ...{ atMs: 1_000, type: "intended", create, operation: "create", by: "own", purpose: "law" },
});
const create = (server: MiniServer) => server.target.fetch!(new Request("http://mini.test/boxes", { method: "POST" }));

test("what the ledger knows and has not seen gone is ended, and nothing else", async () => {
  const server = miniServer();
  for (let times = 0; times < 3; times += 1) await create(server);
  const { receipt, written } = await sweep(server, [
    intended(1),
    { atMs: 1_001, type: "created", create: 1, ids: ["b1"] },
    intended(2),
    { atMs: 1_002, type: "created", create: 2, ids: ["b2"] },
    { atMs: 1_003, type: "gone", id: "b2" },
  ]);
  expect([...server.alive]).toEqual(["b2", "b3"]);
  expect(receipt).toMatchObject({ created: 2, deleted: 1, leaked: [], verifiedGone: 2 });
  expect(written.map(({ type }) => type)).toEqual(["ending", "deleted", "gone"]);
});

test("what the target agreed to end and nobody saw gone is ended again", async () => {
  const server = miniServer();
  await create(server);
  const { receipt } = await sweep(server, [
    intended(1),
    { atMs: 1_001, type: "created", create: 1, ids: ["b1"] },
    { atMs: 1_002, type: "ending", id: "b1" },
  ]);
  expect(server.alive.size).toBe(0);
  expect(receipt).toMatchObject({ created: 1, deleted: 1, verifiedGone: 1, leaked: [] });
});

test("a sandbox of a create that was cut off is found in the list, others are left alone", async () => {
  const listed = [
    { id: "b1", startedAtMs: 2_000 },
    { id: "b2", startedAtMs: 900_000 },
  ];
  const server = miniServer((request) =>
    request.method === "GET" && request.url.endsWith("/boxes") ? Response.json(listed) : undefined,
  );
  await create(server);
  await create(server);
  const { adopted, doubtful, receipt } = await sweep(server, [intended(1)]);
  expect({ adopted, doubtful }).toEqual({ adopted: ["b1"], doubtful: [] });
  expect([...server.alive]).toEqual(["b2"]);
  expect(receipt.leaked).toEqual([]);
});

test("where it cannot be told whose they are, they are named and left alone", async () => {
  const listed = ["b1", "b2"].map((id) => ({ id, startedAtMs: 2_000 }));
  const server = miniServer((request) =>
    request.method === "GET" && request.url.endsWith("/boxes") ? Response.json(listed) : undefined,
  );
  await create(server);
  await create(server);
  const { adopted, doubtful } = await sweep(server, [intended(1)]);
  expect({ adopted, doubtful }).toEqual({ adopted: [], doubtful: ["b1", "b2"] });
  expect(server.alive.size).toBe(2);
});

test("where the account's list is not to be had, what the ledger names is ended, and the rest is said to be unknown", async () => {
  const server = miniServer((request) =>
    request.method === "GET" && request.url.endsWith("/boxes") ? new Response("", { status: 503 }) : undefined,
  );
  await create(server);
  const { receipt, unsearched } = await sweep(server, [
    intended(1),
    { atMs: 1_001, type: "created", create: 1, ids: ["b1"] },
    intended(2),
  ]);
  expect(server.alive.size).toBe(0);
  expect(receipt.leaked).toEqual([]);
  expect(unsearched).toBe("what the account has is not known: GET /boxes answered 503");
});
