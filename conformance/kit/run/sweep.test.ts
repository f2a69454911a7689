import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import type { LedgerEntry } from "../money/ledger.ts";
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

test("what the target agreed to end and the run did not see gone is ended again", async () => {
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
  const { adopted, receipt } = await sweep(server, [intended(1)]);
  expect({ adopted, doubtful: receipt.doubtful }).toEqual({ adopted: ["b1"], doubtful: [] });
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
  const { adopted, receipt } = await sweep(server, [intended(1)]);
  expect({ adopted, doubtful: receipt.doubtful }).toEqual({ adopted: [], doubtful: ["b1", "b2"] });
  expect(receipt.unsettled[0]).toContain("b1 may be the run's or another user's");
  expect(server.alive.size).toBe(2);
});

test("where the account's list is not to be had, what the ledger names is ended, and the rest is said to be unknown", async () => {
  const server = miniServer((request) =>
    request.method === "GET" && request.url.endsWith("/boxes") ? new Response("", { status: 503 }) : undefined,
  );
  await create(server);
  const { receipt } = await sweep(server, [
    intended(1),
    { atMs: 1_001, type: "created", create: 1, ids: ["b1"] },
    intended(2),
  ]);
  expect(server.alive.size).toBe(0);
  expect(receipt.leaked).toEqual([]);
  expect(receipt.unsettled).toEqual([
    "1 create may have made a sandbox each, and the account's list cannot be read (GET /boxes answered 503): sweep the ledger later",
  ]);
});

test("a ledger with what is no id of the contract is refused before anything is sent", async () => {
  const server = miniServer();
  for (const id of ["", "..", "b1/../..", "b1:80"]) {
    const created: LedgerEntry = { atMs: 1_001, type: "created", create: 1, ids: [id] };
    await expect(sweep(server, [intended(1), created])).rejects.toThrow("which is no id of a sandbox of mini");
  }
  expect(server.seen).toEqual([]);
});

test("what was there before the run is left alone, though it was started while a create was under way", async () => {
  const server = miniServer((request) =>
    request.method === "GET" && request.url.endsWith("/boxes")
      ? Response.json([{ id: "b1", startedAtMs: 1_100 }])
      : undefined,
  );
  await create(server);
  const { receipt } = await sweep(server, [{ atMs: 900, type: "foreign", ids: ["b1"] }, intended(1)]);
  expect([...server.alive]).toEqual(["b1"]);
  expect(receipt).toMatchObject({ created: 0, doubtful: [] });
});
