import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { contracts, reportOf, runLaws } from "../conformance/index.ts";
import type { ContractName, LawReport, RunEvent } from "../conformance/command.ts";
import { startMock } from "../mocks/index.ts";
import type { StartedMock } from "../mocks/index.ts";
import { systemClock } from "../src/contract/clock.ts";

// What a finding leaves as a vitest file is run by vitest: red as long as the breach stands, green when it is gone.

type Case = { readonly contract: ContractName; readonly key: string; readonly law: string; readonly fault: string };

const cases: readonly Case[] = [
  { contract: "opencomputer", key: "sandglass-acme", law: "opencomputer/create/broken-timeout", fault: "B1" },
  { contract: "opencomputer", key: "sandglass-acme", law: "opencomputer/kill/stops", fault: "C1" },
  { contract: "opencomputer", key: "sandglass-acme", law: "opencomputer/create/timeout-fires", fault: "D2" },
  { contract: "recoup", key: "sandglass-ada", law: "recoup/create/account-id-format", fault: "B5" },
];
const mocks = new Map<ContractName, StartedMock>();
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandglass-frozen-"));
  for (const contract of ["opencomputer", "recoup"] as const) mocks.set(contract, await startMock({ contract }));
  const alias = { "sandglass/vitest": resolve("conformance/vitest.ts"), vitest: resolve("node_modules/vitest") };
  await writeFile(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify({ resolve: { alias } })};\n`);
});
afterAll(async () => {
  for (const mock of mocks.values()) await mock.close();
  await rm(folder, { recursive: true, force: true });
});

async function judge({ contract, key, law: id, fault }: Case): Promise<LawReport> {
  const mock = mocks.get(contract)!;
  mock.defaultWorld().setFaults([{ id: fault }]);
  const law = contracts[contract].laws.find((candidate) => candidate.id === id)!;
  const events: RunEvent[] = [];
  const target = { baseUrl: mock.url, key };
  for await (const event of runLaws({
    clock: systemClock,
    seed: 5,
    contract: contracts[contract],
    target,
    laws: [law],
  }))
    events.push(event);
  return reportOf(events)!.laws[0]!;
}

function compact({ counterexample }: LawReport): string {
  return JSON.stringify(counterexample).replaceAll(/\s/g, "");
}

/** Runs a file by vitest, and says how it ended and what it printed. */
async function runVitest(name: string, key: string): Promise<{ readonly code: number | null; readonly out: string }> {
  const args = [resolve("node_modules/vitest/vitest.mjs"), "run", name, "--root", folder];
  const { CI: _, VITEST: __, ...environment } = process.env;
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...environment, SANDGLASS_KEY: key, NO_COLOR: "1" },
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, out };
}

test.each(cases)(
  "the file of $law is red on the mock with $fault, and green on a clean one",
  async (one) => {
    const found = await judge(one);
    expect(found).toMatchObject({ verdict: "fail", evidence: "confirmed" });
    const text = found.reproduce.vitest!;
    // One that was generated stands in the file itself, and nothing in it leads through what generates.
    if (found.path !== null) expect(text.replaceAll(/\s/g, "")).toContain(`counterexample:${compact(found)},`);
    expect(text).not.toContain("path:");
    const name = `${one.fault.toLowerCase()}.test.ts`;
    await writeFile(join(folder, name), text);

    const faulty = await runVitest(name, one.key);
    expect(faulty.out).toContain(one.law);
    expect(faulty.out).toContain(`A server ${found.requirement} ${found.statement}`);
    expect(faulty.out).toMatch(/1 failed/);
    expect(faulty.code).toBe(1);

    mocks.get(one.contract)!.defaultWorld().setFaults([]);
    const clean = await runVitest(name, one.key);
    expect(clean.out).toMatch(/1 passed/);
    expect(clean.code).toBe(0);
  },
  60_000,
);
