import { expect, test } from "vitest";
import { usualLimits } from "./limits.ts";
import { createShellPool } from "./pool.ts";

test("computing time is counted from when a worker has loaded what it runs on", async () => {
  const bounds: number[] = [];
  const pool = createShellPool(usualLimits, (ms, signal) => {
    bounds.push(ms);
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("it has ended")));
    });
  });
  const request = { line: "echo hello", env: {}, cwd: "/", stdin: "", timeoutMs: undefined, nowMs: 0, seed: 1 };
  const running = pool.run({ ...request, nodes: {}, scripts: [], shell: undefined });
  expect(bounds).toEqual([]); // its worker only starts
  expect(await running).toMatchObject({ kind: "done", result: { exitCode: 0, stdout: "hello\n" } });
  expect(bounds).toEqual([usualLimits.computingMsMax]);
});
