import { expect, test } from "vitest";
import { createLedger, type LedgerEntry } from "./ledger.ts";
import { mergeLedgers } from "./merge-ledgers.ts";

const header = { type: "run", version: 1, contract: "mini", target: "http://mini.test" } as const;
const read = (pid: number, entries: readonly LedgerEntry[]) => ({
  ...{ path: `${pid}.jsonl`, entries },
  header: { ...header, startedAt: `2026-01-01T00:00:0${pid}.000Z`, pid },
});
const intended = (atMs: number, create: number): LedgerEntry => ({
  ...{ atMs, type: "intended", create },
  ...{ operation: "make", by: "own", purpose: "law" },
});
const ledgerOf = (entries: readonly LedgerEntry[]) => createLedger({ clock: { now: () => 0 }, past: entries });

test("creates are counted through, so that each keeps its own outcome", () => {
  const first = read(1, [intended(10, 1), { atMs: 11, type: "created", create: 1, ids: ["a"] }, intended(12, 2)]);
  const second = read(2, [intended(20, 1), { atMs: 21, type: "refused", create: 1, status: 400 }, intended(22, 2)]);
  const merged = mergeLedgers([second, first]);
  expect(merged.header.pid).toBe(1);
  const ledger = ledgerOf(merged.entries);
  expect(ledger.alive().map(({ id }) => id)).toEqual(["a"]);
  expect(ledger.unsettled().map(({ atMs, state }) => [atMs, state])).toEqual([
    [20, "refused"],
    [22, "open"],
    [12, "open"],
  ]);
  expect(ledger.lastCreate()).toBe(4);
});

test("what another run made is not foreign, nor what it may have made; what was there before all is", () => {
  const first = read(1, [{ atMs: 5, type: "foreign", ids: ["old"] }, intended(10, 1), intended(11, 2)]);
  const made: LedgerEntry = { atMs: 12, type: "created", create: 1, ids: ["a"] };
  const second = read(2, [{ atMs: 20, type: "foreign", ids: ["old", "a", "perhaps"] }, intended(21, 1)]);
  const ledger = ledgerOf(mergeLedgers([{ ...first, entries: [...first.entries, made] }, second]).entries);
  expect(["old", "a", "perhaps"].map(ledger.isForeign)).toEqual([true, false, false]);
  expect(ledger.owns("a")).toBe(true);
});
