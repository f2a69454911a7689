import { describe, expect, test } from "vitest";
import { contracts } from "../conformance/index.ts";
import type { ContractName } from "../conformance/index.ts";
import type { FaultSetting } from "../mocks/index.ts";
import { isOfClause } from "../src/cli/kill-matrix.ts";
import { judgeMock } from "../src/cli/self-test-run.ts";
import { type Judging, measureReference } from "./judge-reference.ts";

// Transient failures are no breach, leave next to nothing unjudged, and hide no fault. Waits take no time here.

const transientFailures: readonly FaultSetting[] = [
  { id: "latency", probability: 0.1, options: { ms: 0, spreadMs: 5 } },
  { id: "rate-limit", probability: 0.02 },
  { id: "server-error", probability: 0.02, options: { status: 502 } },
];
/** The request takes effect, and its answer is lost: worse than a refusal. */
const cutOff: FaultSetting = { id: "connection-reset", probability: 0.01 };

async function verdictsOf(contract: ContractName, seed: number, faults: readonly FaultSetting[]) {
  const judged = await judgeMock({ contract, seed, faults });
  const of = (...verdicts: readonly string[]) =>
    judged.filter(({ outcome }) => verdicts.includes(outcome.verdict)).map(({ law }) => law.id);
  return { failed: of("fail"), unjudged: of("skip", "error") };
}

describe.each<[ContractName, readonly number[]]>([
  ["recoup", [1, 2, 3]],
  ["opencomputer", [1, 2, 3]],
])("%s", { timeout: 120_000 }, (contract, seeds) => {
  test.each(seeds)("with 429 and 502 at times, no law fails and hardly one goes unjudged: seed %i", async (seed) => {
    const { failed, unjudged } = await verdictsOf(contract, seed, transientFailures);
    expect(failed).toEqual([]);
    expect(unjudged.length, unjudged.join(", ")).toBeLessThanOrEqual(3);
  });

  test.each(seeds)("with answers that get lost, no law fails: seed %i", async (seed) => {
    const { failed, unjudged } = await verdictsOf(contract, seed, [...transientFailures, cutOff]);
    expect(failed).toEqual([]);
    expect(unjudged.length, unjudged.join(", ")).toBeLessThanOrEqual(12);
  });
});

// A gateway that loses an answer says so itself: what was asked is done all the same.
test.each<[ContractName, number]>([
  ["recoup", 37],
  ["opencomputer", 37],
])(
  "%s: what was done and is answered 502 by a gateway, each time of %i, is no breach",
  async (name, every) => {
    let asked = 0;
    const gateway: Judging["gateway"] = async (_clock, _asked, next) => {
      const answer = await next();
      return (asked += 1) % every === 0 ? { status: 502, body: "the server's answer is lost" } : answer;
    };
    const { failed, unjudged } = await measureReference(name, { seed: 2, gateway });
    expect(failed).toEqual([]);
    expect(unjudged.length).toBeLessThanOrEqual(20);
  },
  120_000,
);

test.each<[ContractName, string]>([
  ["recoup", "malformed-account-id-accepted"],
  ["recoup", "reading-prolongs-timeout"],
  ["recoup", "other-tenant-can-read"],
  ["opencomputer", "out-of-range-clamped"],
  ["opencomputer", "killed-comes-back"],
  ["opencomputer", "timeout-never-fires"],
  ["opencomputer", "other-tenant-can-kill"],
  ["opencomputer", "preview-old-token-accepted"],
  ["opencomputer", "refused-create-keeps-place"],
])("%s: the fault %s is seen, and confirmed, through transient failures", { timeout: 120_000 }, async (...row) => {
  const [contract, fault] = row; // among the laws of some faults is what explores the whole table
  const laws = contracts[contract].laws.filter(({ id }) => isOfClause(contract, fault, id));
  const judged = await judgeMock({ contract, seed: 1, laws, faults: [{ id: fault }, ...transientFailures] });
  expect(judged.map(({ outcome }) => [outcome.verdict, outcome.evidence])).toContainEqual(["fail", "confirmed"]);
});
