import { describe, expect, test } from "vitest";
import { contracts } from "../conformance/index.ts";
import type { ContractName, Law } from "../conformance/index.ts";
import { faultLaws } from "../src/cli/fault-laws.ts";
import { judgeMock } from "../src/cli/self-test-run.ts";
import { measureReference } from "./judge-reference.ts";
import { listBreakers } from "./law-breakers.ts";
import type { Breaker } from "./law-breakers.ts";

// A law that cannot fail says nothing, and one that others set up cannot be judged alone. What laws see of single faults is in
// faults-by-laws.test.ts.

/** Laws that share a fault of the mock with others, which all see it. */
const sharedFaults: Readonly<Record<string, string>> = {
  "opencomputer/redeliver-webhook/same-id": "redelivered-under-new-id",
};

/** Laws that some fault of the mock is for, and no other law. */
function ownFaultOf(name: ContractName, { id }: Law): string | undefined {
  return Object.entries(faultLaws[name]).find(
    ([, [one, ...others]]) => others.length === 0 && id === `${name}/${one}`,
  )?.[0];
}

/** Explorations go through all of a contract's table: law-scenarios.test.ts has what breaks them. */
const isExploration = ({ id }: Law) => id.includes("/sequence/");

/** Laws about all of a group name its first operation alone: these stand for the others. */
const standingFor: Readonly<Record<string, readonly string[]>> = {
  inside: ["listExecSessions"],
  record: ["setSecret"],
  account: ["createSnapshot", "getSnapshot", "listSnapshots", "createCheckpointPatch"],
};

/** Whether a law may see a server that is wrong in this way. */
function isAbout({ id, operations }: Law, { operation }: Breaker): boolean {
  if (operation === undefined) return true;
  if (operation === "preview") return /preview|token|gate/.test(id);
  return operations.includes(operation) || standingFor[id.split("/")[1]!]?.includes(operation) === true;
}

describe.each<ContractName>(["recoup", "opencomputer"])("each law of %s", (name) => {
  const laws = contracts[name].laws.filter((law) => law.check !== undefined && !isExploration(law));

  test("is kept by a server that keeps the contract, and judged alone", async () => {
    for (const law of laws) {
      const { failed, unjudged, took } = await measureReference(name, { seed: 1, laws: [law] });
      expect({ failed, unjudged }, law.id).toEqual({ failed: [], unjudged: [] });
      const { shared, fresh, creates } = law.sandboxes;
      if (name === "recoup") expect(took.created, law.id).toBe(shared + fresh + creates);
    }
  }, 300_000);

  test("is broken by some server that is wrong with one operation, or by a fault that no other law is for", async () => {
    const left = new Set(laws.filter((law) => ownFaultOf(name, law) === undefined && !(law.id in sharedFaults)));
    const judge = async (judged: readonly Law[], { judging }: Breaker) => {
      const { failed } = await measureReference(name, { seed: 1, laws: judged, ...judging });
      for (const law of judged) if (failed.includes(law.id)) left.delete(law);
    };
    for (const breaker of listBreakers(name)) {
      const judged = [...left].filter((law) => isAbout(law, breaker));
      if (judged.length > 0) await judge(judged, breaker);
    }
    // What the others do may hide it: alone it is seen.
    for (const law of [...left]) {
      for (const breaker of listBreakers(name)) if (left.has(law) && isAbout(law, breaker)) await judge([law], breaker);
    }
    expect([...left].map(({ id }) => id)).toEqual([]);
  }, 300_000);
});

test.each(Object.entries(sharedFaults))("%s is broken by the fault %s", async (id, fault) => {
  const laws = contracts.opencomputer.laws.filter((law) => law.id === id);
  const judged = await judgeMock({ contract: "opencomputer", seed: 1, laws, faults: [{ id: fault }] });
  expect(judged.map(({ outcome }) => outcome.verdict)).toEqual(["fail"]);
});
