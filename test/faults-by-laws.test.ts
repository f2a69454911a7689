import { describe, expect, test } from "vitest";
import { contracts } from "../conformance/index.ts";
import { idPattern } from "../conformance/kit/law/id-pattern.ts";
import { faults } from "../mocks/index.ts";
import type { FaultSetting } from "../mocks/index.ts";
import { faultLaws, transientFailures } from "../src/cli/fault-laws.ts";
import { isOfClause, isSurvivor, killRow } from "../src/cli/kill-matrix.ts";

// Each fault of the mock fails laws of its own clause and no others; without a fault nothing fails. `sandglass self-test
// --seeds 20` runs the same with more seeds.

const late: FaultSetting = { id: "latency", probability: 0.1, options: { ms: 1 } };
const tooMany: FaultSetting = { id: "rate-limit", probability: 0.03 };
const badGateway: FaultSetting = { id: "server-error", probability: 0.03, options: { status: 502 } };

describe.each([
  ["recoup", [1, 2, 3]],
  ["opencomputer", [1]],
] as const)("%s", (contract, seeds) => {
  const known = faults.filter((fault) => fault.contract === contract && !transientFailures.includes(fault.id));

  test("each fault has laws to be caught by, and each pattern fits a law", () => {
    expect(Object.keys(faultLaws[contract]).sort()).toEqual(known.map(({ id }) => id).sort());
    const ids = contracts[contract].laws.map(({ id }) => id);
    for (const [fault, patterns] of Object.entries(faultLaws[contract])) {
      const idle = patterns.filter((pattern) => !ids.some((id) => idPattern(`${contract}/${pattern}`).test(id)));
      expect(idle, fault).toEqual([]);
    }
  });

  test("no fault may fail so many laws that it says little which", () => {
    const laws = contracts[contract].laws;
    for (const fault of Object.keys(faultLaws[contract])) {
      const own = laws.filter(({ id }) => isOfClause(contract, fault, id));
      expect(own.length / laws.length, fault).toBeLessThan(1 / 5);
    }
  });

  test.each(known.map((fault) => [fault.id, fault] as const))(
    "%s is seen, by laws of its clause alone",
    { timeout: 120_000 },
    async (_, fault) => {
      const row = await killRow({ contract, fault, seeds: [1] });
      expect([row.killedIn, row.unrelated]).toEqual([1, {}]);
    },
  );

  test.each<[string, readonly FaultSetting[]]>([
    ["keeps the contract", []],
    ["is late at times", [late]],
    ["answers 429 at times", [tooMany]],
    ["answers 502 at times", [badGateway]],
    ["has all of these", [late, tooMany, badGateway]],
  ])("no law fails on a mock that %s", { timeout: 240_000 }, async (_, setting) => {
    const row = await killRow({ contract, seeds, setting });
    expect(row.unrelated).toEqual({});
    if (setting.length === 0) expect(row.unjudged).toBe(0);
  });
});

test("a fault that nothing sees is a survivor; a transient failure is none", () => {
  const row = { contract: "recoup", summary: "", seeds: 20, killedBy: {}, unrelated: {}, unjudged: 0 } as const;
  expect(isSurvivor({ ...row, fault: "unauthorized-says-message", killedIn: 18 })).toBe(true);
  expect(isSurvivor({ ...row, fault: "unauthorized-says-message", killedIn: 19 })).toBe(false);
  expect(isSurvivor({ ...row, fault: "latency", killedIn: 0 })).toBe(false);
  expect(isSurvivor({ ...row, fault: null, killedIn: 0 })).toBe(false);
});
