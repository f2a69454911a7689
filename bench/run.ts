import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startRedis } from "../mocks/kit/redis-server.fixture.ts";
import { measureInProcess } from "./in-process.ts";
import {
  type Contestant,
  create,
  measureLoad,
  type Measured,
  measureMemory,
  median,
  percentile,
  startContestant,
  stopContestant,
} from "./measure.ts";
import { compareConformance } from "./conform-cost.ts";
import { compareGenerating } from "./generating.ts";
import { compareOperations } from "./operations.ts";
import { costs, print, printRatio, rates, spread } from "./print.ts";
import { measureShellWait } from "./shell-wait.ts";

/**
 * Measures the OpenComputer mock against the least that Node can do and against Prism, in one run: rounds take turns, so
 * that a machine that slows down slows all down. Quote the ratios, not the figures.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" }, // many and short: single rounds differ by half on a shared machine
    seconds: { type: "string", default: "1" },
    creates: { type: "string", default: "2000" }, // in process, for each round
    starts: { type: "string", default: "9" },
    million: { type: "string", default: "1000000" },
    tools: { type: "string", default: join(tmpdir(), "sandglass-bench-tools") }, // where other mock servers are put
    latencies: { type: "string", default: "0,50,250" }, // of a target that is judged, in milliseconds
    document: { type: "string", default: "generated/opencomputer/openapi.json" }, // to generate from
    only: { type: "string", multiple: true }, // of: creates, operations, process, sizes, waits, starts, generate, large, conform
    package: { type: "string" }, // the sandglass.js of an installed package
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const starts = Number(values.starts);

const parts = {
  creates: compareThroughput,
  operations: () => compareOperations({ rounds, seconds, folder: values.tools }),
  process: () => compareInProcess(Number(values.creates)),
  sizes: () => compareSizes(Number(values.million)),
  waits: compareWaits,
  starts: async () => {
    await measureStart("start to first answer", "src/cli/sandglass.js", 250);
    if (values.package !== undefined) await measureStart("the same, packed", values.package, 150);
  },
  generate: () => compareGenerating(values.document, starts),
  large: () => {
    const flags = ["--expose-gc", "--max-old-space-size=8192"];
    spawnSync(process.execPath, [...flags, "bench/scale.ts", values.million], { stdio: "inherit" });
  },
  conform: () => compareConformance(values.latencies.split(",").map(Number)),
};
for (const [name, measure] of Object.entries(parts)) if (values.only?.includes(name) !== false) await measure();

async function compareThroughput(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-bench-"));
  const redis = await startRedis();
  const contestants = {
    mock: await startContestant("mock", "mock-server.ts"),
    bare: await startContestant("bare", "bare-server.ts"),
    prism: await startContestant("prism", "command-server.ts"),
    kept: await startContestant("kept", "mock-server.ts", [], [`sqlite:${join(folder, "state.db")}`]),
    // Of two replicas the first one leads, and the second passes on what it is asked.
    leader: await startContestant("leader", "mock-server.ts", [], [redis.url]),
    follower: await startContestant("follower", "mock-server.ts", [], [redis.url]),
  };
  const mock: Measured[] = [];
  const bare: Measured[] = [];
  const prism: Measured[] = [];
  const kept: Measured[] = [];
  const [leader, follower]: [Measured[], Measured[]] = [[], []];
  const both: number[] = []; // creates a second of the two replicas, asked at once
  const figures = { mock, bare, prism, kept, leader, follower };
  const names = ["mock", "bare", "prism", "kept", "leader", "follower"] as const;
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const figure = await measureLoad(contestants[name], create, { seconds });
      if (round >= 0) figures[name].push(figure); // the first round warms up
    }
    const pair = [contestants.leader, contestants.follower];
    const measured = await Promise.all(pair.map((one) => measureLoad(one, create, { seconds })));
    if (round >= 0) both.push(measured.reduce((sum, { perSecond }) => sum + perSecond, 0));
  }
  await Promise.all(Object.values(contestants).map(stopContestant));
  await redis.stop();
  rmSync(folder, { recursive: true });
  for (const name of names) {
    const measured = figures[name];
    print(`${name} creates`, `${Math.round(median(rates(measured)))} /s`, spread(rates(measured)));
    const cost = `${Math.round(median(costs(measured)))} µs`;
    print(`${name} processor time`, cost, `${spread(costs(measured))}; for each create`);
  }
  printRatio("creates, mock / bare", rates(mock), rates(bare), "at least 0.9");
  printRatio("creates, mock / prism", rates(mock), rates(prism), "at least 8");
  printRatio("creates, kept / mock", rates(kept), rates(mock), "at least 0.3; kept is SQLite");
  printRatio("creates, leader / mock", rates(leader), rates(mock), "at least 0.25; the replica that leads, in Redis");
  printRatio("creates, follower / mock", rates(follower), rates(mock), "through the replica that does not lead");
  printRatio("creates, two replicas / mock", both, rates(mock), "at least 0.4; both asked at once");
  // The load runs on the same machine, and holds the faster servers back more: what each server itself used is not held back.
  printRatio("processor time, bare / mock", costs(bare), costs(mock), "at least 0.55");
  printRatio("processor time, prism / mock", costs(prism), costs(mock), "at least 8");
  printRatio("processor time, mock / kept", costs(mock), costs(kept), "at least 0.3");
}

async function compareInProcess(creates: number): Promise<void> {
  const figures: Awaited<ReturnType<typeof measureInProcess>>[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const figure = await measureInProcess(creates);
    if (round >= 0) figures.push(figure);
  }
  const mock = figures.map((figure) => figure.mock);
  const bare = figures.map((figure) => figure.bare);
  print("create in process, mock", `${Math.round(median(mock))} µs`, spread(mock));
  print("create in process, bare", `${Math.round(median(bare))} µs`, spread(bare));
  printRatio("create in process, bare / mock", bare, mock, "at least 0.3");
}

async function compareWaits(): Promise<void> {
  const mock = await startContestant("mock", "mock-server.ts");
  const { rest, busy, ended } = await measureShellWait(mock, 400);
  await stopContestant(mock);
  for (const { name, tookMs, said, waitsMs } of ended) {
    const others = `others waited ${percentile(waitsMs, 95).toFixed(1)} ms`;
    print(name, `${Math.round(tookMs)} ms`, `${others}; ${said.slice(0, 90)}`);
  }
  print(
    "wait of others, 95 in 100",
    `${busy.toFixed(1)} ms`,
    `${rest.toFixed(1)} at rest; at most 50, beside hostile commands`,
  );
}

async function compareSizes(million: number): Promise<void> {
  const small: Measured[] = [];
  const large: Measured[] = [];
  const full = await startContestant("full", "mock-server.ts", ["--expose-gc", "--max-old-space-size=8192"]);
  const empty = await startContestant("empty", "mock-server.ts", ["--expose-gc", "--max-old-space-size=8192"]);
  await warmUp([full, empty]);
  const { heapBytes: before } = await measureMemory(full);
  await measureLoad(full, create, { requests: million });
  const bytes = ((await measureMemory(full)).heapBytes - before) / million;
  // In turn on a mock that holds a million and on one that began with few.
  for (let round = 0; round < rounds; round += 1) {
    large.push(await measureLoad(full, create, { seconds }));
    small.push(await measureLoad(empty, create, { seconds }));
  }
  await Promise.all([full, empty].map(stopContestant));
  print("heap for each live sandbox", `${Math.round(bytes)} bytes`, `of ${million}; at most 1024`);
  printRatio(`creates at ${million} / at few`, rates(large), rates(small), "at least 0.9");
  printRatio(`processor time, few / ${million}`, costs(small), costs(large), "at least 0.9");
}

async function warmUp(contestants: readonly Contestant[]): Promise<void> {
  for (const contestant of contestants) await measureLoad(contestant, create, { requests: 20_000 });
}

async function measureStart(name: string, program: string, most: number): Promise<void> {
  const figures: { readonly ms: number; readonly mib: number }[] = [];
  for (let start = 0; start < starts; start += 1) figures.push(await startOnce(program));
  const [took, held] = [figures.map(({ ms }) => ms), figures.map(({ mib }) => mib)];
  print(name, `${Math.round(median(took))} ms`, `${spread(took)}; at most ${most}`);
  print("memory then", `${Math.round(median(held))} MiB`, `${spread(held)}; resident, at most 90 packed`);
}

/** Milliseconds from starting the command to the first answer of its OpenComputer mock, and its memory then. */
async function startOnce(program: string): Promise<{ readonly ms: number; readonly mib: number }> {
  const begin = performance.now();
  const command = [program, "mock", "--recoup-port", "0", "--opencomputer-port", "0"];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const url = /OpenComputer\s+(http:\S+)/.exec(said)?.[1];
    if (url === undefined) continue;
    await fetch(`${url}/api/sandboxes`, { headers: { "x-api-key": "sandglass-acme" } });
    break;
  }
  const ms = performance.now() - begin;
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))![1];
  child.kill();
  return { ms, mib: Number(kib) / 1024 };
}
