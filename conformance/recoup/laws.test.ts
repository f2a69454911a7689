import { expect, test } from "vitest";
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

test("there is a misbehaviour for each law, and for no other", () => {
  expect(Object.keys(breakers).sort()).toEqual(recoup.laws.map(({ id }) => id).sort());
});

test.each(recoup.laws.map((law) => [law.id, law] as const))("%s holds and breaks", async (id, law) => {
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
  expect(deployment).toEqual(["createSandbox", "listSandboxes", "getSandboxFile", "listTaskRuns"]);
  expect(core).toEqual(["createSandbox"]);
});

test("the contract has at least 40 laws", () => {
  expect(recoup.laws.length).toBeGreaterThanOrEqual(40);
});
