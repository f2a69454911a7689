// All of CI. Every step runs even if another one failed, so that one run tells everything. The checks before the tests take one
// core each: two of them run at a time, and each tells what it found when it is done.
import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { performance } from "node:perf_hooks";
import { readTestCounts } from "./test-report.ts";

type Step = { readonly name: string; readonly command: readonly string[] };

const checks: readonly Step[] = [
  { name: "pack", command: ["node", ".ci/pack.ts"] }, // takes as long as all others together
  { name: "format", command: ["prettier", "--check", "--log-level", "warn", "."] },
  { name: "lint", command: ["eslint", "--max-warnings", "0", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "types of the page", command: ["tsc", "--noEmit", "-p", "src/inspector"] },
  { name: "the page", command: ["node", ".ci/inspector.ts", "--check"] },
  { name: "generated code", command: ["node", "src/cli/generate-contracts.ts", "--check"] },
  { name: "site", command: ["vitepress", "build", "docs"] },
];
const tests: Step = { name: "tests", command: ["vitest", "run"] };

// `.ci/run` has just run the tests as the README says: what they gave is in the report, and is not asked for twice.
const testsAreReported = process.argv.includes("--tests-are-reported");

const open = [...checks];
const lanes = [0, 1].map(async () => {
  const done: Result[] = [];
  for (let step = open.shift(); step !== undefined; step = open.shift()) done.push(await timed(step, runBeside));
  return done;
});
const results = (await Promise.all(lanes)).flat();
console.log(`\n${tests.name}: ${tests.command.join(" ")}`);
results.push(await timed(tests, testsAreReported ? reportedTestsPassed : runAlone));

console.log("");
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? "ok  " : "FAIL"}  ${name.padEnd(16)}${seconds.toFixed(1).padStart(7)} s`);
}
if (results.some(({ passed }) => !passed)) process.exitCode = 1;

type Result = { readonly name: string; readonly passed: boolean; readonly seconds: number };

async function timed(step: Step, passes: (step: Step) => boolean | Promise<boolean>): Promise<Result> {
  const startMs = performance.now();
  const passed = await passes(step);
  return { name: step.name, passed, seconds: (performance.now() - startMs) / 1000 };
}

async function runBeside({ name, command: [program = "", ...args] }: Step): Promise<boolean> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("error", () => resolve(null)).on("close", resolve));
  const said = await Promise.all([text(child.stdout), text(child.stderr)]);
  console.log(`\n${name}: ${[program, ...args].join(" ")}\n${said.join("").trimEnd()}`);
  return (await ended) === 0;
}

function runAlone({ command: [program = "", ...args] }: Step): boolean {
  return spawnSync(program, args, { stdio: "inherit" }).status === 0;
}

function reportedTestsPassed(): boolean {
  const { failed, passed, success } = readTestCounts();
  console.log(`as reported: ${passed} passed, ${failed} failed`);
  return success && failed === 0 && passed > 0;
}
