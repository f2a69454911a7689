import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
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

/**
 * How many milliseconds into a run it is killed. `SANDGLASS_KILLS=30` kills it at so many moments instead, drawn from the
 * first eight seconds.
 */
const kills = Number(process.env["SANDGLASS_KILLS"] ?? 0);
const drawn = fc.sample(fc.noBias(fc.nat({ max: 8_000 })), { seed: 10, numRuns: kills });
const moments = kills > 0 ? drawn : [0, 30, 90, 170, 260, 400, 550, 800];

test.each(moments)("killed %i ms into a run, a sweep leaves nothing", { timeout: 60_000 }, async (afterMs) => {
  const ledger = await killed(`at-${afterMs}`, afterMs, "SIGKILL");
  const { code, out } = await start(["sweep", ledger, "--url", mock.url]).ended;
  expect(out).toMatch(/, 0 left$/m);
  expect(code).toBe(0);
  expect(await running()).toEqual([]);
  expect(await readFile(ledger, "utf8")).not.toContain(key);
});

test("a run that is told to stop ends its sandboxes itself: exit 2", { timeout: 60_000 }, async () => {
  const ledger = join(folder, "told.jsonl");
  const { child, ended, said } = start(["conform", "opencomputer", "--url", mock.url, "--ledger", ledger]);
  while (!said().includes(" laws · ")) await sleep(10);
  child.kill("SIGTERM");
  const { code, out } = await ended;
  expect(code).toBe(2);
  expect(out).toMatch(/sandboxes created, (\d+) deleted, \1 seen gone; /);
  expect(await running()).toEqual([]);
});

test("a run whose terminal closes ends its sandboxes itself", { timeout: 60_000 }, async () => {
  const ledger = join(folder, "hung-up.jsonl");
  const { child, ended } = start(["conform", "opencomputer", "--url", mock.url, "--ledger", ledger]);
  while ((await running()).length === 0) await sleep(5);
  child.kill("SIGHUP");
  expect((await ended).code).toBe(2);
  expect(await running()).toEqual([]);
});

test("a run whose output is no longer read ends its sandboxes itself", { timeout: 60_000 }, async () => {
  const ledger = join(folder, "unread.jsonl");
  const { child, ended } = start(["conform", "opencomputer", "--url", mock.url, "--ledger", ledger]);
  while ((await running()).length === 0) await sleep(5);
  child.stdout.destroy();
  const { code, out } = await ended;
  expect(out).not.toContain("EPIPE");
  expect(code).toBe(2);
  expect(await running()).toEqual([]);
  expect(await readFile(ledger, "utf8")).toContain('"type":"gone"');
});

test("a second Ctrl-C says what is left, and which command ends it", { timeout: 60_000 }, async () => {
  const ledger = join(folder, "twice.jsonl");
  mock.defaultWorld().setFaults([{ id: "latency", options: { ms: 200 } }]);
  const { child, ended, said } = start(["conform", "opencomputer", "--url", mock.url, "--ledger", ledger]);
  while ((await running()).length === 0) await sleep(10);
  child.kill("SIGINT");
  while (!said().includes("once more to leave it")) await sleep(5);
  child.kill("SIGINT");
  const { code, out } = await ended;
  mock.defaultWorld().setFaults([]);
  expect(code).toBe(130);
  expect(out).toContain(`: npx sandglass sweep ${ledger} --url ${mock.url}`);
  const swept = await start(["sweep", ledger, "--url", mock.url]).ended;
  expect(swept).toMatchObject({ code: 0, out: expect.stringMatching(/, 0 left$/m) as string });
  expect(await running()).toEqual([]);
});

test("a ledger's target gets no key unless the user names it or says yes: exit 2", async () => {
  const ledger = join(folder, "elsewhere.jsonl");
  const header = {
    type: "run",
    version: 1,
    contract: "opencomputer",
    target: "http://evil.test",
    startedAt: "",
    pid: 1,
  };
  await writeFile(ledger, `${JSON.stringify(header)}\n`);
  expect(await start(["sweep", ledger]).ended).toEqual({
    code: 2,
    out: "sandglass: the file names http://evil.test: say --url http://evil.test to send the key there\n",
  });
});

test.each([
  ["no JSON", "{", "line 2 of"],
  ["of no known kind", '{"atMs":1,"type":"made","id":"sb-1"}', "line 2 of"],
  ["without its members", '{"atMs":1,"type":"created","create":1}', "line 2 of"],
  ["with what is no id", '{"atMs":1,"type":"created","create":1,"ids":["../.."]}', 'the ledger names "../.."'],
])("a ledger with a line %s is refused, and nothing is touched: exit 2", async (_, line, message) => {
  const ledger = join(folder, "broken.jsonl");
  const header = { type: "run", version: 1, contract: "opencomputer", target: mock.url, startedAt: "", pid: 1 };
  await writeFile(ledger, `${JSON.stringify(header)}\n${line}\n`);
  const { code, out } = await start(["sweep", ledger, "--url", mock.url]).ended;
  expect(code).toBe(2);
  expect(out).toContain(message);
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
  const { child, ended } = start(["replay", report, "--url", mock.url, "--ledger", ledger]);
  while ((await running()).length === 0) await sleep(20);
  child.kill("SIGINT");
  const { code, out } = await ended;
  mock.defaultWorld().setFaults([]);
  expect(out).toContain("ending what was created; once more to leave it");
  expect(code).toBe(2);
  expect(await running()).toEqual([]);
  expect(await readFile(ledger, "utf8")).toContain('"type":"gone"');
});
