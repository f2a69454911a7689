import { expect, test } from "vitest";
import type { OpenCreate } from "./ledger.ts";
import { createRefusalWatch } from "./found-by-refusal.ts";

const words: Readonly<Record<number, string>> = {
  1: '400 {"error":"scheme must be \\"bearer\\" (got \\"Bearer\\")"}',
  2: '400 {"error":"scheme must be \\"bearer\\" (got \\"other\\")"}',
  3: '400 {"error":"no such tier: 17"}',
  4: '400 {"error":"no such tier: 4"}',
  5: '400 {"error":"no such image"}',
};
const sent = (create: number): OpenCreate => ({
  ...{ create, operation: "createSandbox", by: "own", purpose: "a/law", state: "refused", atMs: 0 },
});
const ready = (id: string) => ({ id, startedAtMs: -60_000, isAlive: true });

test("what each of several creates of a kind leaves behind is the run's", () => {
  const watch = createRefusalWatch((create) => words[create]);
  watch.note(sent(1), [ready("sb-1")]);
  expect(watch.all()).toEqual([{ id: "sb-1", foundBy: "refusal", creates: [1], isSure: false }]);
  watch.note(sent(2), [ready("sb-2")]);
  expect(watch.all().map(({ id, isSure }) => [id, isSure])).toEqual([
    ["sb-1", true],
    ["sb-2", true],
  ]);
});

test("what appears beside one create of a kind that leaves nothing may be another user's, and so may the only one", () => {
  const watch = createRefusalWatch((create) => words[create]);
  watch.note(sent(3), []);
  watch.note(sent(4), [ready("sb-4")]);
  watch.note(sent(5), [ready("sb-5")]);
  expect(watch.all().map(({ id, isSure }) => [id, isSure])).toEqual([
    ["sb-4", false],
    ["sb-5", false],
  ]);
});

test("what was started with the create is told by its time", () => {
  const watch = createRefusalWatch((create) => words[create]);
  watch.note(sent(1), [{ id: "sb-1", startedAtMs: 10, isAlive: true }]);
  expect(watch.all()).toEqual([]);
});
