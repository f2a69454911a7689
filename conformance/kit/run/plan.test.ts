import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { noSandboxes } from "../law/law.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import { planRun } from "./plan.ts";

const laws = [
  lawFixture({ sandboxes: { ...noSandboxes, shared: 1, creates: 2 } }),
  lawFixture({ id: "mini/create/deep", sandboxes: { ...noSandboxes, creates: 1, deepens: true } }),
  lawFixture({ id: "mini/create/strange", needs: ["second-key"], sandboxes: { ...noSandboxes, creates: 9 } }),
];

function plan(createsMax?: number) {
  const server = miniServer();
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(laws), target: server.target };
  return { server, planned: planRun(laws, { ...options, createsMax, clockMode: "none" }) };
}

test("a plan counts what can be judged, says why the rest cannot, and sends nothing", async () => {
  const { server, planned } = plan();
  const { creates, shared, unjudged } = await planned;
  expect({ creates, shared }).toEqual({ creates: 4, shared: 1 });
  expect(unjudged.map(({ law, unmet }) => [law.id, unmet.flag])).toEqual([["mini/create/strange", "--other-key"]]);
  expect(server.seen).toEqual([]);
});

test.each([
  [undefined, 36],
  [200, 196],
  [3, 0],
  [Infinity, 0],
])("with --max-creates %s, %d more may go into depth", async (createsMax, deeper) => {
  expect((await plan(createsMax).planned).deeper).toBe(deeper);
});
