import { expect, test } from "vitest";
import type { OpenCreate } from "./ledger.ts";
import { findOrphans } from "./orphan.ts";

const open = (create: number, atMs: number, more: Partial<OpenCreate> = {}): OpenCreate => ({
  ...{ create, atMs, operation: "create", by: "own", purpose: "law", state: "open" },
  ...more,
});
const answered = (create: number, atMs: number) =>
  open(create, atMs, { state: "unanswered", endedAtMs: atMs + 200, status: 503 });
const stranger = (id: string, startedAtMs: number) => ({ id, startedAtMs, isAlive: true });

test("a sandbox that was started while a create was under way is its", () => {
  const strangers = [stranger("early", 20_000), stranger("own", 101_000), stranger("late", 230_000)];
  expect(findOrphans({ creates: [open(7, 100_000)], strangers, skewMs: 0 })).toEqual({
    proven: [{ create: 7, id: "own" }],
    doubtful: [],
    isShared: true,
  });
});

test("the target's clock is taken into account, as it was when the create was sent", () => {
  const strangers = [stranger("own", 401_000), stranger("other", 101_000)];
  const by = (create: OpenCreate, skewMs: number) => findOrphans({ creates: [create], strangers, skewMs }).proven;
  expect(by(open(7, 100_000), 300_000)).toEqual([{ create: 7, id: "own" }]);
  expect(by(open(7, 100_000, { skewMs: 300_000 }), 0)).toEqual([{ create: 7, id: "own" }]);
});

test("creates take the sandboxes in the order of their times, however they are listed", () => {
  const strangers = [stranger("second", 101_100), stranger("first", 100_100)];
  const { proven } = findOrphans({ creates: [answered(1, 100_000), answered(2, 101_000)], strangers, skewMs: 0 });
  expect(Object.fromEntries(proven.map(({ create, id }) => [create, id]))).toEqual({ 1: "first", 2: "second" });
});

test("where more were started than creates were under way, none is proven", () => {
  const strangers = [stranger("one", 100_500), stranger("two", 101_000)];
  expect(findOrphans({ creates: [open(7, 100_000)], strangers, skewMs: 0 })).toEqual({
    proven: [],
    doubtful: [
      { id: "one", creates: [7] },
      { id: "two", creates: [7] },
    ],
    isShared: true,
  });
});

test("where another user was at work just then, none is proven", () => {
  const strangers = [stranger("own", 100_100), stranger("other", 130_000)];
  const { proven, doubtful } = findOrphans({ creates: [answered(7, 100_000)], strangers, skewMs: 0 });
  expect({ proven, doubtful }).toEqual({ proven: [], doubtful: [{ id: "own", creates: [7] }] });
});

test("what was started after the wait for an answer is doubtful, and after an answer it is another's", () => {
  const strangers = [stranger("late", 106_000)];
  const silent = open(7, 100_000, { state: "unanswered", endedAtMs: 100_200 });
  expect(findOrphans({ creates: [silent], strangers, skewMs: 0 }).doubtful).toHaveLength(1);
  expect(findOrphans({ creates: [answered(7, 100_000)], strangers, skewMs: 0 })).toEqual({
    proven: [],
    doubtful: [],
    isShared: true,
  });
});

test("a sandbox whose start is not told belongs to no create, and leaves the others in doubt", () => {
  const alone = findOrphans({ creates: [open(7, 0)], strangers: [stranger("one", NaN)], skewMs: 0 });
  expect(alone).toEqual({ proven: [], doubtful: [], isShared: true });
  const strangers = [stranger("one", NaN), stranger("own", 10)];
  expect(findOrphans({ creates: [open(7, 0)], strangers, skewMs: 0 }).proven).toEqual([]);
});
