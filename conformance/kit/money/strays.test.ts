import { expect, test } from "vitest";
import type { OpenCreate } from "./ledger.ts";
import { createStrays } from "./strays.ts";

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

test("what each of several creates of a kind leaves behind is the run's", () => {
  const strays = createStrays((create) => words[create]);
  strays.note(sent(1), ["sb-1"]);
  expect(strays.all()).toEqual([{ create: 1, id: "sb-1", isSure: false }]);
  strays.note(sent(2), ["sb-2"]);
  expect(strays.all().map(({ id, isSure }) => [id, isSure])).toEqual([
    ["sb-1", true],
    ["sb-2", true],
  ]);
});

test("what appears beside one create of a kind that leaves nothing may be another user's, and so may the only one", () => {
  const strays = createStrays((create) => words[create]);
  strays.note(sent(3), []);
  strays.note(sent(4), ["sb-4"]);
  strays.note(sent(5), ["sb-5"]);
  expect(strays.all().map(({ id, isSure }) => [id, isSure])).toEqual([
    ["sb-4", false],
    ["sb-5", false],
  ]);
});
