import { expect, test } from "vitest";
import { isEnvironmental } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";

const answerOf = (operation: string, status: number): Exchange => ({
  operation,
  request: { method: "GET", url: "http://h.test/", headers: {} },
  response: { status, headers: {}, body: "", json: undefined },
  startedAtMs: 0,
  durationMs: 0,
});

test.each([402, 429, 502, 503, 504])("%i from an operation says nothing of how a server behaves", (status) => {
  expect(isEnvironmental(answerOf("createSandbox", status))).toBe(true);
});

test("behind the gate of a preview, 502 to 504 say that nothing listens: the request was let in", () => {
  const statuses = [429, 502, 503, 504].filter((status) => isEnvironmental(answerOf("preview", status)));
  expect(statuses).toEqual([429]);
});
