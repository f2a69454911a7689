import { expect, test } from "vitest";
import { withHarness } from "../../harness.fixture.ts";

const hostile: readonly (readonly [name: string, cmd: string, said: RegExp])[] = [
  ["a fork bomb", ":(){ :|:& };:", /maximum recursion depth/],
  ["output without an end", "yes", /output size/],
  ["a device without an end", "cat /dev/zero", /output size limit/],
  ["a loop without an end", "while true; do :; done", /too many commands executed/],
  ["2 GB in a file", "truncate -s 2G f", /no space left on device \(a sandbox holds 268435456 bytes in this mock\)/],
  ["2 GB of zeros", "dd if=/dev/zero of=f bs=1M count=2048", /no space left on device/],
  [
    "10,000 files",
    "for i in $(seq 1 10000); do echo x > f$i; done",
    /no space left on device \(a sandbox holds 8192 files|stopped after/,
  ],
  [
    "a regular expression of 10 MB",
    'grep -E "$(cat /workspace/pattern)" /etc/passwd',
    /size limit|exceeded|too large/i,
  ],
  [
    "a regular expression of 10 MB from a file",
    "grep -E -f /workspace/pattern /etc/passwd",
    /stopped after 10000 ms|size limit|exceeded|memory limit/i,
  ],
  ["a text that doubles", "x=aaaaaaaa; while true; do x=$x$x; done", /limit exceeded/],
];

test(
  "what would never end, or fill the machine, ends with a message, and others are answered meanwhile",
  { timeout: 240_000 },
  () =>
    withHarness({ contract: "opencomputer" }, async ({ call, url }) => {
      const { json } = await call("/api/sandboxes", { body: {} });
      const sandbox = `/api/sandboxes/${String(json["sandboxID"])}`;
      const pattern = { method: "PUT", headers: { "x-api-key": "sandglass-acme" }, body: "a".repeat(10_000_000) };
      expect((await fetch(`${url}${sandbox}/files?path=/workspace/pattern`, pattern)).status).toBe(204);
      await call(`${sandbox}/exec/run`, { body: { cmd: "true" } }); // the shell has started
      const waitsMs: number[] = [];
      let isOver = false;
      const others = async () => {
        while (!isOver) {
          const startMs = performance.now();
          await call("/api/sandboxes");
          waitsMs.push(performance.now() - startMs);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      const asking = others();
      for (const [name, cmd, said] of hostile) {
        const startMs = performance.now();
        const { status, json: result } = await call(`${sandbox}/exec/run`, { body: { cmd } });
        expect.soft([name, status, result["exitCode"] === 0], name).toEqual([name, 200, false]);
        expect.soft(result["stderr"], name).toMatch(said);
        expect.soft(performance.now() - startMs, name).toBeLessThan(30_000);
      }
      isOver = true;
      await asking;
      expect(waitsMs.length).toBeGreaterThan(20);
      expect(Math.max(...waitsMs)).toBeLessThan(3_000); // a command that held the mock would take all of its ten seconds
      const { json: echo } = await call(`${sandbox}/exec/run`, { body: { cmd: "echo still here" } });
      expect(echo).toMatchObject({ exitCode: 0, stdout: "still here\n" });
    }),
);
