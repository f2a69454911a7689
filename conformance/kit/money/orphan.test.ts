import { expect, test } from "vitest";
import type { LedgerEntry } from "./ledger.ts";
import { findOrphans } from "./orphan.ts";

const open = (create: number, atMs: number) =>
  ({ create, atMs, operation: "create", by: "own", purpose: "law" }) as const;
const stranger = (id: string, startedAtMs: number) => ({ id, startedAtMs, isAlive: true });
const entries: LedgerEntry[] = [];

test("a sandbox that was started while a create was under way is its", () => {
  const strangers = [stranger("early", 90_000), stranger("own", 101_000), stranger("late", 130_000)];
  const orphans = findOrphans({ creates: [open(7, 100_000)], strangers, entries, skewMs: 0 });
  expect(orphans).toEqual({ proven: [{ create: 7, id: "own" }], doubtful: [] });
});

test("the target's clock is taken into account", () => {
  const strangers = [stranger("own", 401_000), stranger("other", 101_000)];
  const orphans = findOrphans({ creates: [open(7, 100_000)], strangers, entries, skewMs: 300_000 });
  expect(orphans.proven).toEqual([{ create: 7, id: "own" }]);
});

test("where more were started than creates were under way, none is proven", () => {
  const strangers = [stranger("one", 100_500), stranger("two", 101_000)];
  const orphans = findOrphans({ creates: [open(7, 100_000)], strangers, entries, skewMs: 0 });
  expect(orphans).toEqual({ proven: [], doubtful: ["one", "two"] });
});

test("a sandbox whose start is not told is nobody's", () => {
  const orphans = findOrphans({ creates: [open(7, 0)], strangers: [stranger("one", NaN)], entries, skewMs: 0 });
  expect(orphans).toEqual({ proven: [], doubtful: [] });
});
