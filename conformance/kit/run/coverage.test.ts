import { expect, test } from "vitest";
import { createCoverage } from "./coverage.ts";
import type { Exchange } from "../law/exchange.ts";

function answered(operation: string, status: number): Exchange {
  return {
    operation,
    request: { method: "GET", url: "http://h", headers: {} },
    response: { status, headers: {}, body: "", json: undefined },
    startedAtMs: 0,
    durationMs: 0,
  };
}

test("answers are counted by operation and status, broken keywords by operation", () => {
  const coverage = createCoverage();
  coverage.answered(answered("list", 401));
  coverage.answered(answered("create", 200));
  coverage.answered(answered("create", 200));
  coverage.broke("create", "minimum");
  expect(coverage.total()).toEqual({
    operations: { create: { "200": 2 }, list: { "401": 1 } },
    keywords: { create: { minimum: 1 } },
  });
});
