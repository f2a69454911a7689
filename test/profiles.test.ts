import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { chooseLaws, concludeRun, contracts, staleText, staleWaivers, waiverPreset } from "../conformance/command.ts";
import type { ContractName } from "../conformance/index.ts";
import control from "../generated/control/openapi.json" with { type: "json" };
import * as openComputer from "../generated/opencomputer/profiles.ts";
import * as recoup from "../generated/recoup/profiles.ts";
import { contractNames, createMock, startMock } from "../mocks/index.ts";
import type { Difference } from "../src/contract/difference.ts";
import { judgeMock } from "../src/cli/self-test-run.ts";

// Mock and preset prove each other: both are read from `specs/<contract>/profiles.yaml`. A mock with a profile, or with one
// difference, breaks exactly the laws that the table names; with the preset of the same name it is green.

const tables: Readonly<Record<ContractName, { profiles: object; differences: readonly Difference[] }>> = {
  recoup,
  opencomputer: openComputer,
};
const seeds = [1, 2];

/** Laws by what came of them in all seeds: red in each, red in some, left out in some. */
async function judge(contract: ContractName, as: string, seeds: readonly number[]) {
  const runs = await Promise.all(seeds.map((seed) => judgeMock({ contract, seed, faults: [], as })));
  const ids = contracts[contract].laws.map(({ id }) => id);
  const count = (id: string, verdicts: readonly string[]) =>
    runs.filter((run) => run.some(({ law, outcome }) => law.id === id && verdicts.includes(outcome.verdict))).length;
  return {
    always: ids.filter((id) => count(id, ["fail"]) === seeds.length),
    red: ids.filter((id) => count(id, ["fail"]) > 0),
    leftOut: ids.filter((id) => count(id, ["skip", "error"]) > 0),
  };
}

/** The ids that a column of the table names, in the order of the laws. */
function lawsOf(contract: ContractName, rows: readonly Difference[], column: "laws" | "sometimes" | "unjudged") {
  const patterns = rows.flatMap((row) => row[column] ?? []);
  const { laws } = contracts[contract];
  const named = new Set(patterns.flatMap((pattern) => chooseLaws(laws, { law: `${contract}/${pattern}` })));
  return laws.filter((law) => named.has(law)).map(({ id }) => id);
}

async function expectExactly(
  contract: ContractName,
  as: string,
  { rows, seeds }: { readonly rows: readonly Difference[]; readonly seeds: readonly number[] },
) {
  const laws = lawsOf(contract, rows, "laws");
  const known = [...laws, ...lawsOf(contract, rows, "sometimes")];
  const { always, red, leftOut } = await judge(contract, as, seeds);
  expect(
    red.filter((id) => !known.includes(id)),
    "red, and not in the table",
  ).toEqual([]);
  expect(
    laws.filter((id) => !always.includes(id)),
    "in the table, and not red",
  ).toEqual([]);
  expect(leftOut, "left out").toEqual(lawsOf(contract, rows, "unjudged"));
}

describe.each(contractNames)("%s", (contract) => {
  const { profiles, differences } = tables[contract];
  const shown = differences.filter(({ notShown }) => notShown === undefined);

  const rowsById = shown.map((row) => [row.id, row] as const);
  test.each(rowsById)("%s alone breaks its laws and no others", { timeout: 120_000 }, async (id, row) => {
    await expectExactly(contract, id, { rows: [row], seeds: [1] });
  });

  describe.each(Object.keys(profiles))("%s", (profile) => {
    const rows = shown.filter((row) => row.profiles.includes(profile));

    // A server that departs from its contract so often has much to explore, and each breach is judged again: of one seed.
    test("without its preset exactly the laws of its table are red", { timeout: 180_000 }, async () => {
      await expectExactly(contract, profile, { rows, seeds: [1] });
    });

    test.each(seeds)(
      "with its preset a run holds, and nothing is stale: seed %i",
      { timeout: 180_000 },
      async (seed) => {
        const waivers = waiverPreset(profile);
        const judged = await judgeMock({ contract, seed, faults: [], as: profile, waivers });
        expect(judged.filter(({ outcome }) => outcome.verdict === "fail" && outcome.waived === undefined)).toEqual([]);
        const stale = staleWaivers(waivers, judged, 0).map(staleText);
        const weighed = judged.map(({ law, outcome }) => ({ requirement: law.requirement, ...outcome }));
        expect(concludeRun(weighed, { stale })).toMatchObject({ result: "held", causes: [] });
      },
    );
  });
});

test.each([
  ["recoup", "production", "sandglass-ada", "sandglass-eve", "recoup/**"],
  ["opencomputer", "edge", "sandglass-acme", "sandglass-globex", "opencomputer/create/broken-*"],
  ["opencomputer", "cell", "sandglass-acme", "sandglass-globex", "opencomputer/*/foreign*"],
] as const)("%s: a usual run holds --as %s with its preset alone", { timeout: 240_000 }, async (...row) => {
  const [contract, as, key, otherKey, law] = row;
  const folder = await mkdtemp(join(tmpdir(), "sandglass-profiles-"));
  const mock = await startMock({ contract, as });
  const conform = (...more: readonly string[]) =>
    new Promise<number | null>((resolve) => {
      const given = ["--seed", "1", "--url", mock.url, "--key", key, "--other-key", otherKey];
      const ledger = join(folder, `${more[0]!.slice(2)}.jsonl`);
      const args = ["src/cli/main.ts", "conform", contract, "--ledger", ledger, ...given, ...more];
      spawn(process.execPath, args, { stdio: "ignore" }).on("close", resolve);
    });
  try {
    expect(await conform("--waivers", `preset:${as}`)).toBe(0);
    // Those that refused creates left behind, too. An edge says "stopped" of some that sleep on.
    if (as === "cell") expect(await statesIn(mock.url)).toEqual(["stopped"]);
    expect(await conform("--law", law)).toBe(1);
  } finally {
    await mock.close();
    await rm(folder, { recursive: true, force: true });
  }
});

async function statesIn(url: string): Promise<readonly string[]> {
  const listed = await fetch(`${url}/__sandglass/worlds/default/sandboxes?limit=1000`);
  const { sandboxes } = (await listed.json()) as { readonly sandboxes: readonly { readonly state: string }[] };
  return [...new Set(sandboxes.map(({ state }) => state))];
}

test("each row of the tables is shown, or says why not, and few are not", () => {
  const rows = Object.values(tables).flatMap(({ differences }) => differences);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  const left = rows.filter(({ notShown }) => notShown !== undefined);
  expect(left.length / rows.length).toBeLessThan(1 / 8);
  expect(left.filter(({ laws }) => laws.length === 0)).toEqual([]); // else it would be there for nothing
});

test("the control API's document names each profile and each difference that the mock shows", () => {
  const { properties } = control.components.schemas.Profiles;
  for (const contract of contractNames) {
    const { profiles, differences } = tables[contract];
    const shown = differences.filter(({ notShown }) => notShown === undefined).map(({ id }) => id);
    expect(properties[contract].enum).toEqual(["contract", ...Object.keys(profiles), ...shown]);
  }
});

test("a world is as its mock is, and one contract's profile leaves the other alone", async () => {
  const mock = createMock({ as: "edge" });
  expect(mock.createWorld().settings.as).toEqual({ opencomputer: "edge" });
  const listed = await mock.fetch(
    "recoup",
    new Request("http://localhost/api/sandboxes", { headers: { "x-api-key": "sandglass-ada" } }),
  );
  expect(await listed.json()).toMatchObject({ status: "success", sandboxes: [] });
});
