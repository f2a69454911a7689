import { expect, test } from "vitest";
import { sendsNothing } from "../kit/law/law.ts";
import type { Law } from "../kit/law/law.ts";
import { createSession } from "../kit/run/session.ts";
import { recoup } from "./contract.ts";
import { fakeServer } from "./fake-server.fixture.ts";
import type { Tamper } from "./fake-server.fixture.ts";
import { breakers } from "./law-breakers.fixture.ts";

async function judge(law: Law, tamper?: Tamper) {
  const { target, clock } = fakeServer(tamper);
  const session = createSession({ clock, seed: 1, contract: recoup, target, minutesMax: 10_000 });
  const outcome = (await session.judge({ laws: [law] })).get(law)!;
  return { outcome, receipt: await session.close() };
}

// What changes an account for good is sent in the profile full only, and judged on servers in test/.
const usual: readonly string[] = recoup.profiles.deployment;
const laws = recoup.laws.filter((law) => law.operations.every((id) => usual.includes(id)) && !sendsNothing(law));

test("there is a misbehaviour for each law", () => {
  expect(laws.map(({ id }) => id).filter((id) => breakers[id] === undefined)).toEqual([]);
});

test.each(laws.map((law) => [law.id, law] as const))("%s holds and breaks", async (id, law) => {
  const honest = await judge(law);
  expect(honest.outcome).toMatchObject({ verdict: "pass" });
  const { shared, fresh, creates } = law.sandboxes;
  expect(honest.receipt.created).toBe(shared + fresh + creates);
  expect(honest.receipt.expiring).toHaveLength(honest.receipt.created);

  const { outcome } = await judge(law, breakers[id]?.());
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  expect(outcome.reason).not.toBe("");
});

test("what would change an account for good is never sent", () => {
  const { deployment, core } = recoup.profiles;
  expect(deployment).toEqual(["createSandbox", "listSandboxes", "getSandboxFile", "listTaskRuns", "getAccountId"]);
  expect(core).toEqual(["createSandbox"]);
});

test("the contract has at least 40 laws", () => {
  expect(recoup.laws.length).toBeGreaterThanOrEqual(40);
});
