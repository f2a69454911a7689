import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { createLedger } from "./ledger.ts";
import type { LedgerEntry } from "./ledger.ts";

const clock = createManualClock(1_000);

test("a create is in the sink before it is sent", async () => {
  const written: LedgerEntry[] = [];
  const ledger = createLedger({ clock, sink: { append: (entry) => void written.push(entry) } });
  await ledger.intend({ operation: "createSandbox", by: "own", purpose: "law" });
  expect(written).toEqual([
    { atMs: 1_000, type: "intended", create: 1, operation: "createSandbox", by: "own", purpose: "law" },
  ]);
});

test("what is alive is listed newest first, and no longer once it was deleted", async () => {
  const ledger = createLedger({ clock });
  await ledger.note({
    type: "created",
    create: await ledger.intend({ operation: "createSandbox", by: "own", purpose: "law" }),
    ids: ["sb-1"],
  });
  await ledger.note({
    type: "created",
    create: await ledger.intend({ operation: "createSandbox", by: "own", purpose: "law" }),
    ids: ["sb-2", "sb-3"],
  });
  expect(ledger.alive().map(({ id }) => id)).toEqual(["sb-3", "sb-2", "sb-1"]);
  await ledger.note({ type: "deleted", id: "sb-2" });
  expect(ledger.alive().map(({ id }) => id)).toEqual(["sb-3", "sb-1"]);
  expect(ledger.owns("sb-2")).toBe(true);
});

test("a create counts until it is proven to have made nothing, however it was answered", async () => {
  const ledger = createLedger({ clock });
  const create = { operation: "createSandbox", by: "own", purpose: "law" } as const;
  const unanswered = await ledger.intend(create);
  const refused = await ledger.intend(create);
  await ledger.note({ type: "unanswered", create: unanswered });
  await ledger.note({ type: "refused", create: refused, status: 400 });
  expect([ledger.createdCount(), ledger.mayExistCount(), ledger.mayRunCount()]).toEqual([0, 2, 1]);
  await ledger.note({ type: "nothing", create: refused });
  await ledger.note({ type: "nothing", create: unanswered });
  expect([ledger.mayExistCount(), ledger.unsettled().length]).toEqual([0, 0]);
});

test("what the account had before the run is foreign for good, also in the ledger that goes on", async () => {
  const ledger = createLedger({ clock });
  await ledger.note({ type: "foreign", ids: ["sb-1", "sb-2"] });
  await ledger.note({ type: "foreign", ids: ["sb-2"] });
  expect(ledger.entries()).toHaveLength(1);
  expect(createLedger({ clock, past: ledger.entries() }).isForeign("sb-2")).toBe(true);
});

test("a sandbox found later belongs to the key of the create that was left without an answer, and is no second one", async () => {
  const ledger = createLedger({ clock });
  const create = await ledger.intend({ operation: "createSandbox", by: "other", purpose: "law" });
  await ledger.note({ type: "unanswered", create: create });
  await ledger.note({ type: "created", create: create, ids: ["sb-1"] });
  expect(ledger.alive()).toMatchObject([{ id: "sb-1", by: "other", purpose: "law" }]);
  expect([ledger.createdCount(), ledger.mayExistCount(), ledger.unsettled().length]).toEqual([1, 1, 0]);
});

test("a sandbox that the target agreed to end takes no place, unless it is started again, and is still to be cleaned up", async () => {
  const written: string[] = [];
  const ledger = createLedger({ clock, sink: { append: ({ type }) => void written.push(type) } });
  await ledger.note({
    type: "created",
    create: await ledger.intend({ operation: "createSandbox", by: "own", purpose: "law" }),
    ids: ["sb-1"],
  });
  await ledger.note({ type: "ending", id: "sb-1" });
  await ledger.note({ type: "ending", id: "sb-1" });
  expect([ledger.mayRunCount(), ledger.alive().length]).toEqual([0, 1]);
  await ledger.note({ type: "revived", id: "sb-1" });
  expect([ledger.mayRunCount(), ledger.alive().length]).toEqual([1, 1]);
  expect(written).toEqual(["intended", "created", "ending", "revived"]);
  const later = createLedger({ clock, past: ledger.entries() });
  expect([later.mayRunCount(), later.alive().length]).toEqual([1, 1]);
});
