import { expect, test } from "vitest";
import { createCoverage } from "./coverage.ts";

test("answers are counted by operation and status, broken keywords by operation", () => {
  const coverage = createCoverage();
  coverage.answered("list", 401);
  coverage.answered("create", 200);
  coverage.answered("create", 200);
  coverage.broke("create", "minimum");
  expect(coverage.total()).toEqual({
    operations: { create: { "200": 2 }, list: { "401": 1 } },
    keywords: { create: { minimum: 1 } },
  });
});
