import { expect, test } from "vitest";
import type { Law, RunEvent } from "../../conformance/command.ts";
import { createProgress } from "./conform-progress.ts";

const law: Law = {
  ...{ id: "mini/create/rule", requirement: "MUST", statement: "keep it", source: "#", operations: [], needs: [] },
  sandboxes: { shared: 0, fresh: 0, creates: 0 },
};
const started: RunEvent = {
  ...{ type: "runStarted", contract: "mini", target: "http://h", seed: 1, lawCount: 2, startedAtMs: 0 },
};
const begun: RunEvent = { type: "lawStarted", law, budgetLeft: { creates: 40, minutes: 15 } };
const judging: RunEvent = { type: "lawStarted", law, budgetLeft: { creates: 31, minutes: 12.4 } };
const passed: RunEvent = { type: "lawFinished", law, outcome: { verdict: "pass", durationMs: 1 } };

function shown(options: {
  readonly isTTY: boolean;
  readonly ci: boolean;
  readonly columns?: number;
  readonly events?: readonly RunEvent[];
}): string {
  let text = "";
  const stream = { write: (part: string) => (text += part), isTTY: options.isTTY, columns: options.columns ?? 200 };
  const progress = createProgress(stream, { ci: options.ci });
  for (const event of options.events ?? [started, begun, passed, judging]) progress.event(event);
  progress.lines(["a line"]);
  return text;
}

test.each([
  [200, "1/2 laws · 1 passed, 0 broken, 0 not judged · 9/40 creates, 3/15 min · mini/create/rule"],
  [80, "1/2 laws · ✓1 ✗0 –0 · 9/40 creates, 3/15 min · create/rule"],
  [40, "1/2 laws · ✓1 ✗0 –0 · create/rule"],
  [25, "1/2 laws · ✓1 ✗0 –0 · c…"],
  [0, "1/2 laws · ✓1 ✗0 –0 · 9/40 creates, 3/15 min · create/rule"], // a terminal that does not say how wide it is
])("a terminal of %i columns shows on one line what there is room for, below the lines", (columns, now) => {
  expect(shown({ isTTY: true, ci: false, columns }).endsWith(`\r\u001b[2Ka line\n${now}`)).toBe(true);
});

test("laws that wait together, and the end, are told as such", () => {
  const other: RunEvent = { ...judging, law: { ...law, id: "mini/create/other" } };
  const last = (events: readonly RunEvent[]) => shown({ isTTY: true, ci: false, events }).split("\n").at(-1);
  expect(last([started, judging, other])).toMatch(/ · 2 laws at once$/);
  expect(last([started, judging, passed])).toMatch(/ min · mini\/create\/rule$/);
  expect(last([started, judging, passed, judging, passed])).toMatch(/ · ending what was created$/);
});

test("nothing is written twice, and each line in one piece", () => {
  const writes: string[] = [];
  const progress = createProgress({ write: (part) => writes.push(part), isTTY: true, columns: 40 }, { ci: false });
  for (const event of [started, judging, judging]) progress.event(event);
  progress.lines([]);
  progress.lines(["one", "two"]);
  expect(writes.map((part) => part.split("\u001b[2K").length - 1)).toEqual([0, 1, 1, 1]);
});

test.each([
  { isTTY: false, ci: false },
  { isTTY: true, ci: true },
])("a pipe and CI get plain lines, one for each tenth of the laws: %o", (options) => {
  expect(shown(options)).toBe(
    "1/2 laws · 1 passed, 0 broken, 0 not judged · 0/40 creates, 0/15 min · mini/create/rule\na line\n",
  );
});

test("nine lines are the most that a pipe gets of any number of laws", () => {
  const many = Array.from({ length: 300 }, () => [begun, passed]).flat();
  const lines = shown({ isTTY: false, ci: false, events: [{ ...started, lawCount: 300 }, ...many] })
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(10); // and the one that the test writes
  expect(lines[0]).toMatch(/^30\/300 laws/);
});

test("where the run is to be quiet there is no progress", () => {
  const writes: string[] = [];
  const stream = { write: (part: string) => writes.push(part), isTTY: true, columns: 80 };
  const progress = createProgress(stream, { ci: false, quiet: true });
  for (const event of [started, begun, passed]) progress.event(event);
  expect(writes).toEqual([]);
});
