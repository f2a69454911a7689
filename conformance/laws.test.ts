import fc from "fast-check";
import { expect, test } from "vitest";
import { contracts } from "./index.ts";
import { breakableKeywords, brokenValues } from "./kit/input/broken-value.ts";
import type { Broken } from "./kit/input/broken-value.ts";
import { countSandboxes } from "./kit/run/law-order.ts";
import { atPointer } from "./kit/law/schema.ts";
import { createBody as openComputerBody } from "./opencomputer/arbitraries.ts";
import * as openComputerCreate from "./opencomputer/laws/broken-input.ts";
import { createBody as recoupBody } from "./recoup/arbitraries.ts";
import * as recoupCreate from "./recoup/laws/broken-input.ts";

const all = Object.values(contracts).flatMap(({ laws }) => laws);

test("every law keeps its id, requirement and statement", () => {
  const lines = all.map(({ id, requirement, statement }) => `${id}: a server ${requirement} ${statement}`);
  expect(lines).toMatchSnapshot();
});

test("no two laws share an id", () => {
  const ids = all.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

test.each(Object.values(contracts))("the laws of $name are named for it and stand on its document", (contract) => {
  for (const { id, source, operations } of contract.laws) {
    expect(id).toMatch(new RegExp(`^${contract.name}/[a-z-]+/[a-z-]+$`));
    expect(atPointer(contract.document, source), `${id}: ${source}`).toBeDefined();
    for (const operation of operations) expect(contract.profiles.full).toContain(operation);
  }
});

test.each(Object.values(contracts))("a clean run of all laws of $name makes at most 40 sandboxes", ({ laws }) => {
  // A run knows no quota unless the user names one, and then is given the creates that it takes.
  const usual = laws.filter(({ needs }) => !needs.includes("quota"));
  expect(countSandboxes(usual).creates).toBeLessThanOrEqual(40);
  expect(countSandboxes(laws).creates).toBeLessThanOrEqual(52);
});

test("what would change a Recoup account for good is never sent, unless the profile is for servers of one's own", () => {
  const { deployment, core } = contracts.recoup.profiles;
  expect(deployment).toEqual(["createSandbox", "listSandboxes", "getSandboxFile", "listTaskRuns", "getAccountId"]);
  expect(core).toEqual(["createSandbox"]);
});

const creates = [
  { contract: contracts.opencomputer, body: openComputerBody, ...openComputerCreate },
  { contract: contracts.recoup, body: recoupBody, ...recoupCreate },
];

test.each(creates)("each rule of a $contract.name create body belongs to one law", ({ createSites, createRules }) => {
  expect(createSites.length).toBeGreaterThan(5);
  for (const site of createSites) {
    expect(breakableKeywords).toContain(site.keyword);
    const claimed = createRules.filter(({ holds }) => holds(site)).map(({ id }) => id);
    expect(claimed, `${site.pointer} (${site.evidence})`).toHaveLength(1);
  }
});

test.each(creates)("broken $contract.name bodies are invalid, shrunk or not (seed 3)", ({ contract, createSites }) => {
  const { document, requestBodies, create } = contract;
  const validate = requestBodies[create.operation]!;
  for (const site of createSites) {
    const { each, chance } = brokenValues(document, { base: {}, site, isValid: validate });
    expect(each.length, site.pointer).toBeGreaterThan(0);
    expect(each.filter(({ value }) => validate(value))).toEqual([]);
    if (chance === undefined) continue;
    expect(fc.sample(chance, { seed: 3, numRuns: 30 }).filter(({ value }) => validate(value))).toEqual([]);
    const { counterexample } = fc.check(
      fc.property(chance, () => false),
      { seed: 3 },
    );
    const smallest = counterexample?.[0] as Broken | undefined;
    expect(validate(smallest?.value), site.pointer).toBe(false);
    expect(smallest).toMatchObject({ keyword: site.keyword, pointer: site.pointer });
  }
});

test.each(creates)("generated $contract.name bodies are valid (seed 3)", ({ contract, body }) => {
  const validate = contract.requestBodies[contract.create.operation]!;
  fc.assert(
    fc.property(body, (value) => validate(value)),
    { seed: 3, numRuns: 200 },
  );
  expect(validate(contract.create.body)).toBe(true);
});
