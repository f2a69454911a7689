// All of CI, in order. Every step runs even if one before it failed, so that one run tells everything.
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { readTestCounts } from "./test-report.ts";

type Step = { readonly name: string; readonly command: readonly string[] };

const steps: readonly Step[] = [
  { name: "format", command: ["prettier", "--check", "--log-level", "warn", "."] },
  { name: "lint", command: ["eslint", "--max-warnings", "0", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "types of the page", command: ["tsc", "--noEmit", "-p", "src/inspector"] },
  { name: "the page", command: ["node", ".ci/inspector.ts", "--check"] },
  { name: "generated code", command: ["node", "src/cli/generate-contracts.ts", "--check"] },
  { name: "site", command: ["vitepress", "build", "docs"] },
  { name: "tests", command: ["vitest", "run"] },
  { name: "pack", command: ["node", ".ci/pack.ts"] },
];

// `.ci/run` has just run the tests as the README says: what they gave is in the report, and is not asked for twice.
const testsAreReported = process.argv.includes("--tests-are-reported");

const results = steps.map((step) => {
  const startMs = performance.now();
  console.log(`\n${step.name}: ${step.command.join(" ")}`);
  const passed = step.name === "tests" && testsAreReported ? reportedTestsPassed() : run(step);
  return { name: step.name, passed, seconds: (performance.now() - startMs) / 1000 };
});

console.log("");
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? "ok  " : "FAIL"}  ${name.padEnd(16)}${seconds.toFixed(1).padStart(7)} s`);
}
if (results.some(({ passed }) => !passed)) process.exitCode = 1;

function run({ command: [program = "", ...args] }: Step): boolean {
  return spawnSync(program, args, { stdio: "inherit" }).status === 0;
}

function reportedTestsPassed(): boolean {
  const { failed, passed, success } = readTestCounts();
  console.log(`as reported: ${passed} passed, ${failed} failed`);
  return success && failed === 0 && passed > 0;
}
