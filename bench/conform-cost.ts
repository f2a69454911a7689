import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startContestant, stopContestant } from "./measure.ts";
import { print } from "./print.ts";

type Told = { readonly cpuMs: number; readonly wallMs: number; readonly code: number };

/** What judging a mock costs that answers so much later: wall time, and the run's own processor time for each exchange. */
export async function compareConformance(latenciesMs: readonly number[]): Promise<void> {
  for (const latencyMs of latenciesMs) {
    const mock = await startContestant("mock", "mock-server.ts");
    const far = await startContestant("far", "delayed-server.ts", [], [String(mock.port), String(latencyMs)]);
    const folder = mkdtempSync(join(tmpdir(), "sandglass-bench-"));
    const report = join(folder, "report.json");
    const { cpuMs, wallMs, code } = await judge(latencyMs === 0 ? mock.port : far.port, report);
    const { requests = NaN } = JSON.parse(readFileSync(report, "utf8")) as { requests?: number };
    rmSync(folder, { recursive: true });
    await Promise.all([far, mock].map(stopContestant));
    const cost = `${((cpuMs * 1_000) / requests).toFixed(0)} µs`;
    print(`conform at ${latencyMs} ms`, `${(wallMs / 1_000).toFixed(1)} s`, `exit ${code}, ${requests} requests`);
    print("  processor time of the run", cost, `for each; ${(cpuMs / 1_000).toFixed(1)} s`);
  }
}

function judge(port: number, report: string): Promise<Told> {
  const keys = ["--key", "sandglass-acme", "--other-key", "sandglass-globex"];
  const args = ["conform", "opencomputer", "--url", `http://127.0.0.1:${port}`, ...keys, "--seed", "1", "--quiet"];
  const child = fork(new URL("conform-child.ts", import.meta.url), [...args, "--report", `json=${report}`], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    child.once("message", (told) => resolve(told as Told));
    child.once("exit", (code) => reject(new Error(`conform ended with ${code} and told nothing`)));
  });
}
