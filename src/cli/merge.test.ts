import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { formatReports } from "../../conformance/index.ts";
import { lawReportFixture, passFixture, reportFixture } from "../../conformance/kit/report/content/report.fixture.ts";
import { runProgram } from "./program.ts";

afterEach(() => (process.exitCode = undefined));

test("reports of two targets become one, with a grid, and the worst exit code of both", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-merge-"));
  const file = (name: string) => join(folder, name);
  const laws = [lawReportFixture()];
  const broken = reportFixture({ target: "http://one.test", laws });
  const held = reportFixture({ target: "http://two.test", laws: [passFixture(laws[0]!.id)] });
  writeFileSync(file("one.json"), formatReports("json", [broken]));
  writeFileSync(file("two.json"), formatReports("json", [held]));
  await runProgram([
    "merge",
    file("one.json"),
    file("two.json"),
    "--report",
    `json=${file("all.json")},html=${file("all.html")}`,
  ]);
  expect(process.exitCode).toBe(1);
  expect(JSON.parse(readFileSync(file("all.json"), "utf8"))).toMatchObject({
    runs: [{ target: "http://one.test" }, {}],
  });
  expect(readFileSync(file("all.html"), "utf8")).toContain("recoup on 2 targets");
  await runProgram(["merge", file("two.json"), "--report", `json=${file("same.json")}`]);
  expect(JSON.parse(readFileSync(file("same.json"), "utf8"))).toMatchObject({ target: "http://two.test" });
  // What is broken outweighs what cannot be trusted, as in a run of both contracts.
  const stopped = reportFixture({ laws: [passFixture(laws[0]!.id)], end: { stopped: "told to stop" } });
  writeFileSync(file("stopped.json"), formatReports("json", [stopped]));
  await runProgram(["merge", file("stopped.json"), file("two.json"), "--report", `json=${file("stopped.json")}`]);
  expect(process.exitCode).toBe(2);
  await runProgram(["merge", file("stopped.json"), file("one.json"), "--report", `json=${file("all.json")}`]);
  expect(process.exitCode).toBe(1);
  rmSync(folder, { recursive: true });
});
