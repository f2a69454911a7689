import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { describe, expect, test } from "vitest";
import { listOffences } from "./source-rules.ts";
import { isShipped, listSources, readSource } from "./source-tree.ts";
import { listUndocumentedExports, listUndocumentedMembers } from "./undocumented-exports.ts";
import { readEntryPoints } from "./entry-points.ts";

const linesMax = { source: 400, test: 600 }; // a test may hold a long table of cases
/** Files that were longer when the rule came. They may shrink; a number here never grows, and none is added. */
const longFiles: Readonly<Record<string, number>> = {};

const sources = listSources();

test("sources keep the habits that the contributing guide names", () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.flatMap((file) => listOffences(file, readSource(file)))).toEqual([]);
});

test("no source is left unfinished", () => {
  const marks = new RegExp(
    ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].map((word) => `\\b${word}\\b`).join("|"),
  );
  expect(sources.flatMap((file) => listLines(file, readSource(file), marks))).toEqual([]);
});

test(`no source is longer than ${linesMax.source} lines, and no test than ${linesMax.test}`, () => {
  const long = sources.flatMap((file) => {
    const lines = readSource(file).split("\n").length - 1;
    const max = longFiles[file] ?? (isShipped(file) ? linesMax.source : linesMax.test);
    return lines > max ? [`${file}: ${lines} lines: lift a part out`] : [];
  });
  expect(long).toEqual([]);
  expect(Object.keys(longFiles).filter((file) => !existsSync(file))).toEqual([]);
});

test("every test file asserts something", () => {
  const idle = sources.filter((file) => /\.test(-d)?\.ts$/.test(file) && !/\bexpect|\bassert/.test(readSource(file)));
  expect(idle).toEqual([]);
});

test("no file names a package registry or a folder of one machine", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(isText);
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap((file) => listLines(file, readSource(file), machineTraces()))).toEqual([]);
});

test("every export of the package says what it is", () => {
  const modules = Object.values(readEntryPoints());
  expect(modules).toHaveLength(5);
  expect(listUndocumentedExports(modules)).toEqual([]);
}, 60_000);

describe("an offence is found", () => {
  const machineTime = "reads the machine's time: take a Clock and call clock.now()";
  const chance =
    "takes chance from nowhere: take a Random (mocks/kit/random.ts) or a seed (conformance/kit/input/seed.ts)";
  const leftOut = "leaves a test out, or all others: mend the test, or delete it";
  const offences = [
    ["src/x.ts", "const now = Date.now();", machineTime],
    ["src/x.ts", "const now = new Date();", machineTime],
    ["src/x.test.ts", "const id = crypto.randomUUID();", chance],
    ["mocks/kit/x.ts", "const n = Math.random();", chance],
    ["test/x.test.ts", 'describe.only("x", () => {});', leftOut],
    ["test/x.test.ts", 'test.each([1]).skip("x", () => {});', leftOut],
  ] as const;
  test.each(offences)("in %s: %s", (file, source, message) => {
    expect(listOffences(file, source)).toEqual([`${file}:1: ${message}`]);
  });

  test.each([
    ["src/x.ts", "setTimeout(() => {}, 5);"],
    ["src/x.ts", 'import { setTimeout as sleep } from "node:timers/promises";\nawait sleep(5);'],
    ["src/x.ts", 'import { createServer } from "node:http";'],
    ["src/x.ts", "export default 5;"],
    ["src/x.ts", "export default function x() {}"],
    ["src/x.ts", "enum X { A }"],
    ["src/x.ts", "namespace X { export const a = 1; }"],
    ["src/x.ts", "class X { constructor(readonly a: string) {} }"],
    ["mocks/x.ts", "randomBytes(5);"],
  ])("in %s: %s", (file, source) => {
    expect(listOffences(file, source)).toHaveLength(1);
  });

  test.each([
    ["src/x.ts", "const at = new Date(ms);"],
    ["src/x.ts", "await sleep(5); options.sleep(5); clock.now();"],
    ["src/contract/clock.ts", "Date.now();"],
    ["mocks/kit/random.ts", "randomUUID(); randomBytes(5);"],
    ["test/x.test.ts", "Date.now();"],
    ["src/x.ts", "// Date.now()\nconst text = 'new Date()';"],
  ])("and none in %s: %s", (file, source) => {
    expect(listOffences(file, source)).toEqual([]);
  });
});

test("every member of the clients, their options and results, and of the mock's options says what it is", () => {
  const mockTypes = ["MockOptions", "ListenOptions", "NewWorldOptions", "Listener"];
  expect(listUndocumentedMembers(["src/index.ts"])).toEqual([]);
  expect(listUndocumentedMembers(["mocks/index.ts"], mockTypes)).toEqual([]);
  // It finds what is missing, however deep: this type's members are explained to readers of the source alone.
  expect(listUndocumentedMembers(["mocks/opencomputer/preview-gate.ts"], ["PreviewRequest"])).toContain(
    "mocks/opencomputer/preview-gate.ts: PreviewRequest.sandboxID",
  );
});

/** Hosts from which packages are installed, and folders in which this repository is kept. */
function machineTraces(): RegExp {
  // Put together here, so that this file does not name what it looks for.
  const hosts = ["npmjs.org", "yarnpkg.com", "npmmirror.com"].map((domain) => `registry.${domain}`);
  const configured = process.env["npm_config_registry"];
  if (configured !== undefined && URL.canParse(configured)) hosts.push(new URL(configured).host);
  const folders = [process.cwd(), homedir()].filter((folder) => folder.length > 1);
  const words = [...hosts, ...folders].map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`${words.join("|")}|(?<![\\w.])/(?:work|root|Users)/`);
}

const textFiles = /(^|\/)(\.[a-z]+rc|\.git[a-z]+|LICENSE|run)$|\.(ts|js|json|md|ya?ml|css|html|svg)$/;

/** This file has the hosts that it looks for. */
function isText(file: string): boolean {
  return textFiles.test(file) && existsSync(file) && file !== "test/tidy.test.ts";
}

function listLines(file: string, source: string, pattern: RegExp): string[] {
  return source
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : []));
}

test("what is shipped is told from what tests it", () => {
  expect(["src/x.ts", "src/x.test.ts", "mocks/x.test-d.ts", "test/x.ts"].map(isShipped)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
