import { expect, test } from "vitest";
import { createManualClock } from "../contract/clock.ts";
import { createStepProgress } from "./generate-progress.ts";

function run(stream: { isTTY?: boolean }, ci: boolean, stepMs: number): string {
  let shown = "";
  const clock = createManualClock(0);
  const progress = createStepProgress(clock, { ...stream, write: (text) => (shown += text) }, { ci });
  for (const step of ["types", "validators"]) {
    progress.step(step);
    clock.advance(stepMs);
  }
  progress.end();
  return shown;
}

test("a terminal shows what takes longer than a second, and is clear when it is done", () => {
  expect(run({ isTTY: true }, false, 2500)).toBe("\r\u001b[2Kgenerate: validators (3 s so far)\r\u001b[2K");
});

test.each([
  { title: "a quick run", stream: { isTTY: true }, ci: false, stepMs: 400 },
  { title: "CI", stream: { isTTY: true }, ci: true, stepMs: 2500 },
  { title: "a pipe", stream: {}, ci: false, stepMs: 2500 },
])("$title shows nothing", ({ stream, ci, stepMs }) => {
  expect(run(stream, ci, stepMs)).toBe("");
});
