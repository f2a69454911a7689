import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMock } from "../mocks/index.ts";
import type { StartedMock } from "../mocks/index.ts";

// A run that is killed cannot clean up. Whatever moment it dies at, its ledger is enough to end what it made.

const key = "sandglass-acme";
let folder = "";
let mock: StartedMock;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandglass-sweep-"));
  mock = await startMock({ contract: "opencomputer", port: 0 });
});
afterAll(async () => {
  await mock.close();
  await rm(folder, { recursive: true, force: true });
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ["src/cli/main.ts", ...args], {
    env: { PATH: process.env["PATH"], SANDGLASS_KEY: key, SANDGLASS_OTHER_KEY: "sandglass-globex" },
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve)).then((code) => ({ code, out }));
  return { child, ended, said: () => out };
}

async function running(): Promise<readonly unknown[]> {
  const response = await fetch(`${mock.url}/api/sandboxes`, { headers: { "x-api-key": key } });
  return (await response.json()) as unknown[];
}

/** Kills a run so many milliseconds after its ledger has its first line. */
async function killed(name: string, afterMs: number, signal: NodeJS.Signals): Promise<string> {
  const ledger = join(folder, `${name}.jsonl`);
  const { child, ended } = start(["conform", "opencomputer", "--url", mock.url, "--ledger", ledger]);
  while (!(await readdir(folder)).includes(`${name}.jsonl`)) await sleep(10);
  await sleep(afterMs);
  child.kill(signal);
  await ended;
  return ledger;
}

const moments = [0, 30, 90, 170, 260, 400, 550, 800];

test.each(moments)("killed %i ms into a run, a sweep leaves nothing", { timeout: 60_000 }, async (afterMs) => {
  const ledger = await killed(`at-${afterMs}`, afterMs, "SIGKILL");
  const { code, out } = await start(["sweep", ledger]).ended;
  expect(out).toMatch(/, 0 left$/m);
  expect(code).toBe(0);
  expect(await running()).toEqual([]);
  expect(await readFile(ledger, "utf8")).not.toContain(key);
});

test("a run that is told to stop ends its sandboxes itself: exit 2", { timeout: 60_000 }, async () => {
  const ledger = join(folder, "told.jsonl");
  const { child, ended, said } = start(["conform", "opencomputer", "--url", mock.url, "--ledger", ledger]);
  while (!said().includes("✓")) await sleep(10);
  child.kill("SIGTERM");
  const { code, out } = await ended;
  expect(code).toBe(2);
  expect(out).toMatch(/sandboxes created, (\d+) deleted, \1 seen gone; /);
  expect(await running()).toEqual([]);
});

test("a file that is no ledger is said to be none: exit 2", async () => {
  const { code, out } = await start(["sweep", "package.json"]).ended;
  expect({ code, out }).toEqual({
    code: 2,
    out: "sandglass: package.json is no ledger: its first line does not say so\n",
  });
});

test("a ledger that cannot be written keeps the run from starting: exit 2", async () => {
  const { code, out } = await start(["conform", "opencomputer", "--url", mock.url, "--ledger", "package.json/ledger"])
    .ended;
  expect(code).toBe(2);
  expect(out).toContain("cannot be written (ENOTDIR): name a file that can be with --ledger FILE");
});

test("a report that cannot be written keeps the run from starting as well", async () => {
  const ledger = join(folder, "unreported.jsonl");
  const report = `md=${join(folder, "report.md")},json=${join(folder, "none", "report.json")}`;
  const args = ["conform", "opencomputer", "--url", mock.url, "--ledger", ledger, "--report", report];
  const { code, out } = await start(args).ended;
  expect({ code, out }).toEqual({
    code: 2,
    out: `sandglass: ${join(folder, "none", "report.json")} cannot be written: name a file in a folder that exists\n`,
  });
  expect(await readdir(folder)).not.toContain("unreported.jsonl");
});

test("a part without a law says so: exit 2", async () => {
  const args = [
    "conform",
    "opencomputer",
    "--url",
    mock.url,
    "--law",
    "opencomputer/kill/stays-dead",
    "--shard",
    "2/2",
  ];
  const { code, out } = await start(args).ended;
  expect(code).toBe(2);
  expect(out).toContain("--shard leaves no law to judge: there are 1, so make no more parts than that");
});

test("a replay that is told to stop ends its sandboxes, and has a ledger until then", { timeout: 60_000 }, async () => {
  const report = join(folder, "slow.json");
  mock.defaultWorld().setFaults([{ id: "C2" }]);
  const judged = ["conform", "opencomputer", "--url", mock.url, "--law", "opencomputer/preview/*", "--json", report];
  expect((await start([...judged, "--ledger", join(folder, "judged.jsonl")]).ended).code).toBe(1);
  mock.defaultWorld().setFaults([{ id: "latency", options: { ms: 300 } }]);
  const ledger = join(folder, "replayed.jsonl");
  const { child, ended } = start(["replay", report, "--ledger", ledger]);
  while ((await running()).length === 0) await sleep(20);
  child.kill("SIGINT");
  const { code, out } = await ended;
  mock.defaultWorld().setFaults([]);
  expect(out).toContain("ending what was created; once more to leave it");
  expect(code).toBe(2);
  expect(await running()).toEqual([]);
  expect(await readFile(ledger, "utf8")).toContain('"type":"gone"');
});
