import { expect, test } from "vitest";
import { formatReplayPath, parseReplayPath } from "./replay-path.ts";

test("parsing and formatting are inverses", () => {
  for (const text of ["0:0", "3:1:0", "12:0:4:7"]) expect(formatReplayPath(parseReplayPath(text))).toBe(text);
});

test.each(["", "3", "a:b", "1:", "1:2x"])("the path %j is refused with an example of a good one", (text) => {
  expect(() => parseReplayPath(text)).toThrow(/such as 3:1:0/);
});
