import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { components } from "../../generated/control/types.ts";
import { type ContractName, contractNames, faults } from "../../mocks/index.ts";
import { transientFailures } from "../../src/cli/fault-laws.ts";
import { knownCallers } from "../../src/cli/known-callers.ts";
import { judgeSight, type Run, writeTables } from "./tables.ts";
import { listTools, type Tool } from "./tools.ts";

// node bench/compare/run.ts: judges the mock with each of its faults by each tool, and writes the figures into docs/reference/compared.md.
// The tools are put into --tools. They run side by side, each on a mock of its own, so that a machine that slows down slows all down.
const { values } = parseArgs({
  options: {
    tools: { type: "string", default: join(tmpdir(), "sandglass-compare") },
    clean: { type: "string", default: "3" }, // runs without a fault, for each tool and contract
    lanes: { type: "string", default: "2" }, // runs of a tool at once
    minutes: { type: "string", default: "45" }, // after which no run begins
    seconds: { type: "string", default: "600" }, // after which a run is ended
    examples: { type: "string", default: "5" }, // of Schemathesis, for each operation
    combinations: { type: "string", default: "2" }, // of Specmatic, for each operation
    contract: { type: "string", multiple: true, default: [...contractNames] },
    fault: { type: "string", multiple: true }, // only these
    from: { type: "string" }, // the results.json of a run that was stopped, to go on with
  },
});

type Sandboxes = { readonly total: number; readonly states: Readonly<Record<string, number>> };
type Job = { readonly contract: ContractName; readonly seed: number; readonly fault?: string };
type World = components["schemas"]["World"];
type Measured = {
  readonly startedAtMs: number;
  readonly minutes: number;
  /** Of each tool: name, version, settings. */
  readonly versions: readonly string[];
  readonly runs: readonly Run[];
};

const page = "docs/reference/compared.md";
const heading = "## The figures";
/** Without a cap these show nothing, and the other tools end no sandbox: under a cap they would see refusals alone. */
const needsQuota = ["stopped-counts-in-quota", "parallel-creates-exceed-quota", "refused-create-keeps-place"];
const contracts = contractNames.filter((name) => values.contract.includes(name));
const folder = resolve(values.tools);
mkdirSync(folder, { recursive: true });
const tools = listTools(folder, values);
const before = values.from === undefined ? undefined : (JSON.parse(readFileSync(values.from, "utf8")) as Measured);
const startedAtMs = before?.startedAtMs ?? Date.now();
const untilMs = startedAtMs + Number(values.minutes) * 60_000;
process.setMaxListeners(0); // one of each run that is under way
const runs: Run[] = [...(before?.runs ?? [])];
const versions = before?.versions ?? tools.map((tool) => `${tool.name} ${tool.install(folder)}: ${tool.settings}`);
let minutes = before?.minutes ?? 0;

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
await Promise.all(tools.map((tool) => measureTool(tool)));
writePage();

function writePage(): void {
  const { length, 0: cpu } = cpus();
  const machine = `${length} cores (${cpu?.model.trim()}) that others used, too, ${process.platform}, Node ${process.versions.node}`;
  const when = `Measured on ${new Date(startedAtMs).toISOString().slice(0, 10)} in one run of ${minutes} minutes on ${machine}:`;
  const names = tools.map(({ name }) => name);
  const tables = contracts.map((name) => `### ${name}\n\n${writeTables(name, names, runs)}`);
  const head = [when, versions.map((line) => `- ${line}.`).join("\n")];
  const prose = readFileSync(page, "utf8").split(`${heading}\n`)[0]!;
  writeFileSync(page, `${prose}${heading}\n\n${[...head, ...tables].join("\n\n")}\n`);
}

function keep(run: Run): void {
  runs.push(run);
  minutes = Math.round((Date.now() - startedAtMs) / 60_000);
  const measured: Measured = { startedAtMs, minutes, versions, runs };
  writeFileSync(join(folder, "results.json"), JSON.stringify(measured));
  const { tool, contract, fault = "clean", seed, failed, findings, seconds } = run;
  const said = failed ?? `${findings?.length ?? "no report"}, ${seconds.toFixed(0)} s`;
  console.log(`${minutes} min: ${tool} ${contract} ${fault} seed ${seed}: ${said}`);
}

/** Of each contract: clean runs, then each fault once, then again what was seen; as long as there is time. */
async function measureTool(tool: Tool): Promise<void> {
  for (const contract of contracts) {
    const own = () => runs.filter((run) => run.tool === tool.name && run.contract === contract);
    const ofFault = (fault?: string) => own().filter((run) => run.fault === fault);
    const chosen = faults.filter((fault) => fault.contract === contract && isCompared(fault.id)).map(({ id }) => id);
    const clean = Array.from({ length: Number(values.clean) }, (_, at) => ({ contract, seed: at + 1 }));
    await runAll(tool, clean);
    await runAll(
      tool,
      chosen.map((fault) => ({ contract, fault, seed: 1 })),
    );
    const seen = chosen.filter((fault) => judgeSight(ofFault(fault), ofFault()).findings.length > 0);
    await runAll(
      tool,
      seen.map((fault) => ({ contract, fault, seed: 2 })),
    );
  }
}

/** Does what was not done before, so many at once. */
async function runAll(tool: Tool, jobs: readonly Job[]): Promise<void> {
  const isDone = ({ contract, fault, seed }: Job) =>
    runs.some((run) => run.tool === tool.name && run.contract === contract && run.fault === fault && run.seed === seed);
  const waiting = jobs.filter((job) => !isDone(job));
  const lane = async () => {
    for (let job = waiting.shift(); job !== undefined && Date.now() < untilMs; job = waiting.shift()) {
      keep(await runOrFail(tool, job));
    }
  };
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
}

/** A run that cannot be measured is told as such, and the others go on. */
async function runOrFail(tool: Tool, job: Job): Promise<Run> {
  try {
    return await runOnce(tool, job);
  } catch (error) {
    console.error(error);
    const nothing = { requests: 0, created: 0, left: 0, seconds: 0, processorSeconds: 0 };
    return { tool: tool.name, ...job, ...nothing, failed: String(error) };
  }
}

function isCompared(fault: string): boolean {
  return !transientFailures.includes(fault) && !needsQuota.includes(fault) && (values.fault?.includes(fault) ?? true);
}

/** Starts a mock, lets a tool judge it, and asks the mock what that took. */
async function runOnce(tool: Tool, { contract, seed, fault }: Job): Promise<Run> {
  const cwd = mkdtempSync(join(folder, "run-"));
  const flags = ["--port", "0", "--quiet", "--seed", String(seed), ...(fault === undefined ? [] : ["--fault", fault])];
  const mock = spawn(process.execPath, ["src/cli/sandglass.js", "mock", contract, ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = () => mock.kill();
  process.once("exit", end);
  try {
    const url = await readUrl(mock);
    const control = `${url}/__sandglass`;
    const [world] = (await (await fetch(`${control}/worlds`)).json()) as World[];
    const { command, args, environment } = tool.start({
      ...{ contract, url, seed, folder: cwd },
      callers: knownCallers(world!.tenants, contract),
    });
    const begin = performance.now();
    const processorSeconds = await runToEnd(command, args, { cwd, env: { ...process.env, ...environment } });
    const seconds = (performance.now() - begin) / 1_000;
    const report = join(cwd, tool.report);
    const metrics = await (await fetch(`${control}/metrics`)).text();
    const requests = [...metrics.matchAll(/^sandglass_requests_total\{.*\} (\d+)$/gm)].map(([, count]) =>
      Number(count),
    );
    const { total, states } = (await (await fetch(`${control}/worlds/default/sandboxes?limit=1`)).json()) as Sandboxes;
    return {
      ...{ tool: tool.name, contract, seed, seconds, processorSeconds, ...(fault === undefined ? {} : { fault }) },
      ...(existsSync(report) ? { findings: tool.read(readFileSync(report, "utf8")) } : {}),
      requests: requests.reduce((sum, count) => sum + count, 0),
      created: total,
      left: total - (states["stopped"] ?? 0),
    };
  } finally {
    end();
    process.off("exit", end);
    rmSync(cwd, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function readUrl(mock: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of mock.stdout!) {
    said += String(chunk);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`the mock did not start: ${said}`);
}

/** Runs a command until it ends, or ends it and what it started. Answers with the seconds that it used a processor. */
function runToEnd(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<number> {
  const output = join(cwd, "output.txt");
  const file = openSync(output, "w");
  const child = spawn("sh", ["-c", '"$@"; times', "sh", command, ...args], {
    ...{ cwd, env, detached: true },
    stdio: ["ignore", file, file],
  });
  const end = () => process.kill(-child.pid!, "SIGKILL"); // with all that it started
  const timer = setTimeout(end, Number(values.seconds) * 1_000);
  process.once("exit", end);
  return new Promise((done, fail) => {
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.once("exit", () => {
      clearTimeout(timer);
      process.off("exit", end);
      closeSync(file);
      const [, user = [], system = []] = [...readFileSync(output, "utf8").matchAll(/(\d+)m([\d.]+)s/g)].slice(-3);
      done([user, system].reduce((sum, [, minutes = 0, rest = 0]) => sum + 60 * Number(minutes) + Number(rest), 0));
    });
  });
}
