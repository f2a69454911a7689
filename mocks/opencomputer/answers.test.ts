import { expect, test } from "vitest";
import { formatTime } from "./answers.ts";

test.each([
  [0, "1970-01-01T00:00:00.000Z"],
  [7, "1970-01-01T00:00:00.007Z"],
  [999, "1970-01-01T00:00:00.999Z"],
  [1_000, "1970-01-01T00:00:01.000Z"],
  [1_764_201_600_050, "2025-11-27T00:00:00.050Z"],
  [Date.UTC(9999, 11, 31, 23, 59, 59, 999), "9999-12-31T23:59:59.999Z"],
  [7, "1970-01-01T00:00:00.007Z"], // again, after another second
])("%d is written %s", (ms, text) => {
  expect(formatTime(ms)).toBe(text);
});
