import { expect, test } from "vitest";
import { judgeCountdown, judgeDeadline } from "./timing.ts";

const clock = { uncertaintyMs: 0, skewMs: 0 };
const moment = {
  ...{ done: "hibernated", notYet: "still running", dueMs: 120_000, clock },
  began: { fromMs: 0, toMs: 400 },
  looked: { fromMs: 120_000, toMs: 120_400 },
  isDone: true,
};
const lookAt = (fromMs: number) => ({ looked: { fromMs, toMs: fromMs + 400 } });

test.each([
  ["is early", lookAt(116_800), "early", "hibernated 3.2 s early: at 116.8 s of 120.0 s (±400 ms)"],
  ["may have been in time", lookAt(119_700), "within", "hibernated in time: at 119.7 s of 120.0 s (±400 ms)"],
  ["is in time", lookAt(121_000), "within", "hibernated in time: at 121.0 s of 120.0 s (±400 ms)"],
  [
    "is late",
    { ...lookAt(123_000), isDone: false },
    "late",
    "still running 3.0 s late: at 123.0 s of 120.0 s (±400 ms)",
  ],
  ["may not be due", { ...lookAt(120_300), isDone: false }, "unknown", "still running at 120.3 s of 120.0 s (±400 ms)"],
  [
    "is as late as it may be",
    { ...lookAt(123_000), isDone: false, lateMsMax: 3_000 },
    "unknown",
    "still running at 123.0 s of 120.0 s (±400 ms)",
  ],
  [
    "never is due",
    { ...lookAt(900), dueMs: Infinity },
    "early",
    "hibernated at 900 ms (±400 ms), though it never is due",
  ],
])("what %s is told with the numbers", (_, looks, verdict, text) => {
  expect(judgeDeadline({ ...moment, ...looks })).toEqual({ verdict, text });
});

test("a clock that is known badly gives more benefit of the doubt, and one that is off is told", () => {
  const early = { ...moment, ...lookAt(116_800) };
  expect(judgeDeadline({ ...early, clock: { uncertaintyMs: 3_000, skewMs: 0 } }).verdict).toBe("within");
  expect(judgeDeadline({ ...early, clock: { uncertaintyMs: 100, skewMs: -61_000 } }).text).toBe(
    "hibernated 3.2 s early: at 116.8 s of 120.0 s (±500 ms; its clock is 61.0 s behind)",
  );
});

test.each([
  [2_000, "within"],
  [3_200, "within"], // 400 ms of answering on either side, and the slack
  [3_300, "early"],
  [700, "late"],
  [-60_000, "late"],
])("a remaining time that fell by %i ms in 2 s is %s", (fellByMs, verdict) => {
  const spans = { first: { fromMs: 0, toMs: 400 }, second: { fromMs: 2_000, toMs: 2_400 } };
  const judged = judgeCountdown({ ...spans, fellByMs, slackMs: 800, clock });
  expect(judged.verdict).toBe(verdict);
  expect(judged.text).toMatch(/^(fell|rose) by [\d.]+ m?s while 2\.0 s passed \(±400 ms\)$/);
});
