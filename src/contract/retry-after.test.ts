import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const nowMs = Date.parse("2026-03-01T12:00:00Z");

test.each([
  ["0", 0],
  ["2", 2000],
  ["Sun, 01 Mar 2026 12:00:05 GMT", 5000],
  ["Sun, 01 Mar 2026 11:00:00 GMT", 0],
  [null, undefined],
  ["", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["soon", undefined],
])("Retry-After %j means %j ms", (header, waitMs) => {
  expect(parseRetryAfter(header, nowMs)).toBe(waitMs);
});
