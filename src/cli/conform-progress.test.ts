import { expect, test } from "vitest";
import type { Law, RunEvent } from "../../conformance/index.ts";
import { createProgress } from "./conform-progress.ts";

const law: Law = {
  ...{ id: "mini/create/rule", requirement: "MUST", statement: "keep it", source: "#", operations: [], needs: [] },
  sandboxes: { shared: 0, fresh: 0, creates: 0 },
};
const started: RunEvent = {
  ...{ type: "runStarted", contract: "mini", target: "http://h", seed: 1, lawCount: 2, startedAtMs: 0 },
};
const judging: RunEvent = { type: "lawStarted", law, budgetLeft: { creates: 31, minutes: 12.4 } };
const passed: RunEvent = { type: "lawFinished", law, outcome: { verdict: "pass", durationMs: 1 } };

function shown(options: { readonly isTTY: boolean; readonly ci: boolean; readonly columns?: number }): string {
  let text = "";
  const stream = { write: (part: string) => (text += part), isTTY: options.isTTY, columns: options.columns ?? 200 };
  const progress = createProgress(stream, { ci: options.ci });
  for (const event of [started, judging, passed, judging]) progress.event(event);
  progress.lines(["a line"]);
  return text;
}

test("a terminal shows counts, what runs now, and the budget left, below the lines", () => {
  const now = "1/2 · 1 passed, 0 failed, 0 skipped, 0 in error · mini/create/rule · 31 creates and 12 min left";
  expect(shown({ isTTY: true, ci: false }).endsWith(`\r\u001b[2Ka line\n${now}`)).toBe(true);
});

test("a narrow terminal keeps it on one line", () => {
  const last = shown({ isTTY: true, ci: false, columns: 20 }).split("\n").at(-1);
  expect(last).toBe("1/2 · 1 passed, 0 …");
});

test.each([
  { isTTY: false, ci: false },
  { isTTY: true, ci: true },
])("a pipe and CI get plain lines: %o", (options) => {
  expect(shown(options)).toBe("a line\n");
});
