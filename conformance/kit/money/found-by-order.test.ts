import { expect, test } from "vitest";
import { findByOrder } from "./found-by-order.ts";
import type { OpenCreate } from "./ledger.ts";

const sent = (create: number, atMs: number): OpenCreate => ({
  ...{ create, operation: "createSandbox", by: "own", purpose: "a/law", state: "refused", atMs },
});
const shown = (id: string, startedAtMs: number) => ({ id, startedAtMs, isAlive: true });

test("what is new in a list and was started long before may be what each of the last creates was given", () => {
  const creates = [sent(1, 60_000), sent(2, 61_000), sent(3, 62_000)];
  const appeared = [shown("one", 10_000), shown("two", 20_000), shown("just-now", 61_500)];
  const found = findByOrder({ creates, appeared, skewMs: 0 });
  expect(found.map(({ id, creates: of, isSure }) => [id, of, isSure])).toEqual([
    ["one", [3], false],
    ["two", [2], false],
  ]);
  expect(findByOrder({ creates: [], appeared, skewMs: 0 })).toEqual([]);
});
