import { expect, test } from "vitest";
import { judgeMoment } from "./timing.ts";

const moment = { what: "the sandbox stops", startedAtMs: 0, dueMs: 60_000, toleranceMs: 2_000 };

test.each([
  [{ doneAtMs: 57_000 }, "early", "it had after 57.0 s, due after 60.0 s, give or take 2.0 s"],
  [{ notYetAtMs: 62_500 }, "late", "it had not after 62.5 s"],
  [{ notYetAtMs: 59_000, doneAtMs: 61_000 }, "within", "it had after 61.0 s and not before 59.0 s"],
  [{ doneAtMs: 58_000 }, "within", "it had after 58.0 s"],
  [{ notYetAtMs: 61_000 }, "unknown", "not seen yet"],
])("looks at %o are %s", (looks, verdict, text) => {
  const judged = judgeMoment({ ...moment, ...looks });
  expect(judged.verdict).toBe(verdict);
  expect(judged.text).toContain(text);
});
