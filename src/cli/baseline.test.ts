import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Judged, LawOutcome } from "../../conformance/command.ts";
import { lawFixture } from "../../conformance/kit/mini-contract.fixture.ts";
import { baselineWaivers, nextBaseline, readBaseline, writeBaseline } from "./baseline.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-baseline-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function judged(id: string, outcome: Partial<LawOutcome>): Judged {
  return { law: lawFixture({ id }), outcome: { verdict: "fail", durationMs: 0, ...outcome } };
}

test("what is written is read back, and one that is not there may be begun", () => {
  const file = join(folder, "baseline.json");
  expect(readBaseline(file, { mayLack: true })).toEqual([]);
  expect(() => readBaseline(file, { mayLack: false })).toThrow("write it with --update-baseline");
  writeBaseline(file, [{ law: "mini/a/b", counterexample: "create 500" }]);
  expect(readBaseline(file, { mayLack: false })).toEqual([{ law: "mini/a/b", counterexample: "create 500" }]);
  writeFileSync(file, '{"version":1,"breaches":[{"law":7}]}');
  expect(() => readBaseline(file, { mayLack: true })).toThrow(/\/breaches\/0\/law: /);
});

test("after a run it holds what was seen, keeps what was not judged, and drops what holds now", () => {
  const before = ["held", "skipped", "other", "again"].map((name) => ({
    law: `mini/a/${name}`,
    counterexample: "old",
  }));
  const waived = { reason: "r", owner: "o", expires: "2030-01-01" };
  const run = [
    judged("mini/a/held", { verdict: "pass" }),
    judged("mini/a/skipped", { verdict: "skip" }),
    judged("mini/a/again", { waived: { ...waived, preset: "baseline" } }),
    judged("mini/a/by-hand", { waived }),
    judged("mini/a/news", {}),
  ];
  expect(nextBaseline(before, run, () => "new")).toEqual([
    { law: "mini/a/again", counterexample: "new" },
    { law: "mini/a/news", counterexample: "new" },
    { law: "mini/a/other", counterexample: "old" },
    { law: "mini/a/skipped", counterexample: "old" },
  ]);
});

test("its breaches are waived for good, and only as they were", () => {
  expect(baselineWaivers([{ law: "mini/a/b", counterexample: "create 500" }])).toMatchObject([
    { law: "mini/a/b", counterexample: "create 500", preset: "baseline" },
  ]);
});
