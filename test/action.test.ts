import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { contracts, type StartedMock, startMock } from "../mocks/index.ts";
import { filesFor } from "../src/cli/init-files.ts";
import { createProgram } from "../src/cli/program.ts";

type Step = { readonly name?: string; readonly run?: string; readonly uses?: string };
const action = parse(readFileSync("action.yml", "utf8")) as {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly runs: { readonly steps: readonly Step[] };
};
const files = ["action.yml", ...globSync("examples/ci/*.yml")];
const scriptOf = (name: string) => action.runs.steps.find((step) => step.name === name)!.run!;

let mock: StartedMock;
let folder: string;
beforeAll(async () => {
  mock = await startMock({ contract: "recoup" });
  folder = mkdtempSync(join(tmpdir(), "sandglass-action-"));
});
afterAll(async () => {
  await mock.close();
  rmSync(folder, { recursive: true });
});

test.each(files)("%s pins each action by its hash, and names flags that there are", async (file) => {
  const text = readFileSync(file, "utf8");
  const uses = [...text.matchAll(/uses: (?!\.\/)\S+@(\S+)/g)].map(([, version]) => version);
  expect(uses.filter((version) => !/^[0-9a-f]{40}$/.test(version!))).toEqual([]);
  const known = new Set(
    (await createProgram(contracts)).commands.flatMap(({ options }) => options.map(({ long }) => long)),
  );
  const used = [...text.matchAll(/sandglass(?:"| )[^\n]*(?:\n {6,}[^\n]*)*/gi)].flatMap(
    ([line]) => line.match(/--[a-z][a-z-]+/g) ?? [],
  );
  expect(
    used.filter(
      (flag) => !known.has(flag) && !["--omit", "--ignore-scripts", "--no-audit", "--no-fund"].includes(flag),
    ),
  ).toEqual([]);
});

test("GitHub's own reader takes the action, the workflows, and what init writes for each contract", () => {
  const errorsOf = (parse: typeof parseAction, content: string) =>
    parse({ name: "file.yml", content }, new NoOperationTraceWriter()).context.errors.getErrors().map(String);
  const facts = { ci: "github", isTyped: false, isCommonJs: false, hasVitest: false } as const;
  const written = (["recoup", "opencomputer"] as const).map(
    (contract) => filesFor({ contract, ...facts }, 4020).find(({ name }) => name.startsWith(".github/"))!.text,
  );
  const workflows = ["examples/ci/github.yml", ".github/workflows/ci.yml"].map((file) => readFileSync(file, "utf8"));
  for (const text of [...workflows, ...written]) expect(errorsOf(parseWorkflow, text)).toEqual([]);
  const text = readFileSync("action.yml", "utf8");
  expect(errorsOf(parseAction, text)).toEqual([]);
  expect(errorsOf(parseAction, text.replace("shell: bash", "shel: bash"))).not.toEqual([]);
  expect(errorsOf(parseAction, text.replace("inputs.url", "inptus.url"))).not.toEqual([]);
});

test("the workflow gives the action inputs that it has", () => {
  const workflow = parse(readFileSync("examples/ci/github.yml", "utf8")) as {
    readonly jobs: { readonly judge: { readonly steps: readonly { readonly uses: string; readonly with: object }[] } };
  };
  const step = workflow.jobs.judge.steps.find(({ uses }) => uses === "./sandglass")!;
  expect(Object.keys(step.with).filter((name) => !Object.hasOwn(action.inputs, name))).toEqual([]);
});

/** Runs a step's script as a runner does: in a shell that stops at the first failure. */
function runStep(name: string, environment: Readonly<Record<string, string>>): Promise<number | null> {
  const env = { PATH: process.env["PATH"], SANDGLASS: resolve("src/cli/sandglass.js"), ...environment };
  const child = spawn("bash", ["-eo", "pipefail", "-c", scriptOf(name)], { env, cwd: folder, stdio: "ignore" });
  return new Promise((done) => child.on("close", done));
}

test(
  "its scripts judge a server, write the reports and the job's summary, and sweep",
  { timeout: 120_000 },
  async () => {
    const report = join(folder, "report");
    const environment = {
      ...{ SANDGLASS_KEY: "sandglass-ada", SANDGLASS_OTHER_KEY: "sandglass-eve", CONTRACT: "recoup", URL: mock.url },
      ...{ MAX_CREATES: "40", MAX_MINUTES: "5", WAIVERS: "", REPORT: report },
      ...{ GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary.md") },
    };
    expect(await runStep("Judge", environment)).toBe(0);
    expect(readFileSync(join(folder, "output"), "utf8")).toBe(`report=${report}\n`);
    expect(readFileSync(join(folder, "summary.md"), "utf8")).toContain("MUST");
    expect(JSON.parse(readFileSync(join(report, "report.json"), "utf8"))).toMatchObject({ contract: "recoup" });
    expect(await runStep("End what is left", environment)).toBe(0);
    expect(await runStep("End what is left", { ...environment, REPORT: join(folder, "none") })).toBe(0);
  },
);
