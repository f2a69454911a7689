// Closes a CI run with a plain line, taken from the test runner's own report. Exit 1 unless every test passed.
import { existsSync } from "node:fs";
import { readTestCounts, testReportPath } from "./test-report.ts";

if (!existsSync(testReportPath)) {
  console.error(`${testReportPath} is missing: the tests did not run`);
  console.log("0 passed, 0 failed");
  process.exit(1);
}
const { passed, failed, leftOut, unjudged, success } = readTestCounts();
if (unjudged > 0) console.log(`${unjudged} laws could not be judged; each says why`);
for (const name of leftOut) console.error(`left out: ${name}`);
if (leftOut.length > 0) console.error(`${leftOut.length} tests were left out: what is skipped has not passed`);
if (failed === 0 && !success) console.error("the test runner met an error outside of the tests");
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0 || leftOut.length > 0 || !success) process.exitCode = 1;
