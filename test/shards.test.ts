import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { contracts } from "../conformance/contracts.ts";
import { startMock } from "../mocks/index.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-shards-"));
afterAll(() => rmSync(folder, { recursive: true }));

const command = fileURLToPath(new URL("../src/cli/sandglass.js", import.meta.url));
type Told = { readonly laws: readonly { readonly id: string; readonly verdict: string }[] };

/** @param killedWhen - is asked again and again whether to kill it, by -9 */
function run(
  args: readonly string[],
  killedWhen?: () => boolean,
): Promise<{ readonly code: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [command, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, said: stdout + stderr }),
    );
    const look = async () => {
      while (child.exitCode === null && killedWhen?.() === false) await sleep(5);
      if (killedWhen !== undefined) child.kill("SIGKILL");
    };
    void look().catch(() => child.kill());
  });
}

const group = "opencomputer/list/"; // laws of every list, which show what other shards make

test(
  "three shards at once on one account judge each law once, find nothing, leave nothing, and merge",
  { timeout: 240_000 },
  async () => {
    await using mock = await startMock({ contract: "opencomputer" });
    const { baseUrl, apiKey } = mock.clientOptions();
    const keys = ["--key", apiKey, "--other-key", "sandglass-globex"];
    const laws = ["--law", `${group}*`];
    const file = (shard: number) => join(folder, `${shard}.json`);
    const shards = [1, 2, 3];
    const ended = await Promise.all(
      shards.map((shard) => {
        const files = ["--report", `json=${file(shard)}`, "--ledger", join(folder, `${shard}.jsonl`)];
        return run(["conform", "opencomputer", "--url", baseUrl, ...keys, ...laws, "--shard", `${shard}/3`, ...files]);
      }),
    );
    expect(ended.map(({ code, said }) => (code === 0 ? "" : said))).toEqual(["", "", ""]);
    const judged = shards.flatMap((shard) => (JSON.parse(readFileSync(file(shard), "utf8")) as Told).laws);
    const ids = contracts.opencomputer.laws.map(({ id }) => id).filter((id) => id.startsWith(group));
    expect(judged.map(({ id }) => id).sort()).toEqual(ids.sort());
    expect(judged.filter(({ verdict }) => verdict !== "pass" && verdict !== "skip")).toEqual([]);
    const left = await fetch(`${baseUrl}/api/sandboxes`, { headers: { "x-api-key": apiKey } });
    expect(await left.json()).toEqual([]);
    const all = join(folder, "all.json");
    expect(await run(["merge", ...shards.map(file), "--report", `json=${all}`])).toMatchObject({ code: 0 });
    const { runs } = JSON.parse(readFileSync(all, "utf8")) as { readonly runs: readonly Told[] };
    expect(runs.flatMap((one) => one.laws.map(({ id }) => id)).sort()).toEqual(ids);
  },
);

test(
  "of three shards on one account one is killed by -9, and a sweep by the ledger of all leaves nothing",
  { timeout: 240_000 },
  async () => {
    await using mock = await startMock({ contract: "opencomputer" });
    const { baseUrl, apiKey } = mock.clientOptions();
    const keys = ["--key", apiKey, "--other-key", "sandglass-globex"];
    const ledger = (shard: number) => join(folder, `killed-${shard}.jsonl`);
    const hasMade = (shard: number) =>
      existsSync(ledger(shard)) && readFileSync(ledger(shard), "utf8").includes('"created"');
    const shards = [1, 2, 3];
    const ended = await Promise.all(
      shards.map((shard) => {
        const given = ["--law", `${group}*`, "--shard", `${shard}/3`, "--ledger", ledger(shard)];
        const args = ["conform", "opencomputer", "--url", baseUrl, ...keys, ...given];
        return shard === 2 ? run(args, () => hasMade(2)) : run(args);
      }),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, null, 0]);
    const all = join(folder, "killed.jsonl");
    const merged = await run(["merge", ...shards.map(ledger), "--ledger", all]);
    expect(merged).toMatchObject({
      code: 1,
      said: expect.stringContaining(`npx sandglass sweep ${all} --url`) as string,
    });
    const swept = await run(["sweep", all, "--url", baseUrl, ...keys]);
    expect(swept.said).toMatch(/, 0 left$/m);
    expect(swept.code).toBe(0);
    const left = await fetch(`${baseUrl}/api/sandboxes`, { headers: { "x-api-key": apiKey } });
    expect(await left.json()).toEqual([]);
    expect(await run(["merge", all, "--ledger", join(folder, "swept.jsonl")])).toMatchObject({ code: 0 });
  },
);
