import { expect, test } from "vitest";
import type { OpenCreate } from "./ledger.ts";
import { findByTime } from "./found-by-time.ts";

const open = (create: number, atMs: number, more: Partial<OpenCreate> = {}): OpenCreate => ({
  ...{ create, atMs, operation: "create", by: "own", purpose: "law", state: "open" },
  ...more,
});
const answered = (create: number, atMs: number) =>
  open(create, atMs, { state: "unanswered", endedAtMs: atMs + 200, status: 503 });
const stranger = (id: string, startedAtMs: number) => ({ id, startedAtMs, isAlive: true });
const sure = (create: number, id: string) => ({ id, foundBy: "time", creates: [create], isSure: true });
const doubtful = (create: number, id: string) => ({ id, foundBy: "time", creates: [create], isSure: false });

test("a sandbox that was started while a create was under way is its", () => {
  const strangers = [stranger("early", 20_000), stranger("own", 101_000), stranger("late", 230_000)];
  expect(findByTime({ creates: [open(7, 100_000)], strangers, skewMs: 0 })).toEqual({
    found: [sure(7, "own")],
    isShared: true,
  });
});

test("the target's clock is taken into account, as it was when the create was sent", () => {
  const strangers = [stranger("own", 401_000), stranger("other", 101_000)];
  const by = (create: OpenCreate, skewMs: number) => findByTime({ creates: [create], strangers, skewMs }).found;
  expect(by(open(7, 100_000), 300_000)).toEqual([sure(7, "own")]);
  expect(by(open(7, 100_000, { skewMs: 300_000 }), 0)).toEqual([sure(7, "own")]);
});

test("creates take the sandboxes in the order of their times, however they are listed", () => {
  const strangers = [stranger("second", 101_100), stranger("first", 100_100)];
  const { found } = findByTime({ creates: [answered(1, 100_000), answered(2, 101_000)], strangers, skewMs: 0 });
  expect(found).toEqual([sure(2, "second"), sure(1, "first")]);
});

test("where more were started than creates were under way, none is sure", () => {
  const strangers = [stranger("one", 100_500), stranger("two", 101_000)];
  expect(findByTime({ creates: [open(7, 100_000)], strangers, skewMs: 0 })).toEqual({
    found: [doubtful(7, "one"), doubtful(7, "two")],
    isShared: true,
  });
});

test("where another user was at work just then, none is sure", () => {
  const strangers = [stranger("own", 100_100), stranger("other", 130_000)];
  const { found } = findByTime({ creates: [answered(7, 100_000)], strangers, skewMs: 0 });
  expect(found).toEqual([doubtful(7, "own")]);
});

test("what was started after the wait for an answer is doubtful, and after an answer it is another's", () => {
  const strangers = [stranger("late", 106_000)];
  const silent = open(7, 100_000, { state: "unanswered", endedAtMs: 100_200 });
  expect(findByTime({ creates: [silent], strangers, skewMs: 0 }).found).toEqual([doubtful(7, "late")]);
  expect(findByTime({ creates: [answered(7, 100_000)], strangers, skewMs: 0 })).toEqual({ found: [], isShared: true });
});

test("a sandbox whose start is not told belongs to no create, and leaves the others in doubt", () => {
  const alone = findByTime({ creates: [open(7, 0)], strangers: [stranger("one", NaN)], skewMs: 0 });
  expect(alone).toEqual({ found: [], isShared: true });
  const strangers = [stranger("one", NaN), stranger("own", 10)];
  expect(findByTime({ creates: [open(7, 0)], strangers, skewMs: 0 }).found).toEqual([doubtful(7, "own")]);
});
