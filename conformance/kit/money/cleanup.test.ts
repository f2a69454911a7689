import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "../engine.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import type { Law } from "../law.ts";
import type { MiniServer } from "../mini-contract.fixture.ts";

/** A server that agrees to end sandboxes, and goes on to show them for so many looks. */
function slowToEnd(looks: number): MiniServer {
  const left = new Map<string, number>();
  return miniServer(({ method, url }) => {
    const id = new URL(url).pathname.split("/")[2];
    if (id === undefined || method !== "GET") return undefined;
    const after = (left.get(id) ?? looks) - 1;
    left.set(id, after);
    return after >= 0 ? Response.json({ id }) : undefined;
  });
}

const takesOne: NonNullable<Law["check"]> = async (run) => {
  const id = await run.freshSandbox();
  await run.send({ operation: "kill", path: { id } });
  return undefined;
};

async function run(server: MiniServer, laws: number) {
  const slept: number[] = [];
  const verdicts: string[] = [];
  const sleep = (ms: number) => Promise.resolve(void slept.push(ms));
  const all = Array.from({ length: laws }, (_, index) => lawFixture({ id: `mini/create/${index}`, check: takesOne }));
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(all), target: server.target, sleep };
  for await (const event of runLaws({ ...options, aliveMax: 2 })) {
    if (event.type === "lawFinished") verdicts.push(event.outcome.verdict);
    if (event.type === "runFinished") return { receipt: event.receipt, slept, verdicts };
  }
  throw new Error("the run did not finish");
}

test("a target that shows what it agreed to end leaks it, and all laws are judged all the same", async () => {
  const { receipt, verdicts, slept } = await run(slowToEnd(Infinity), 5);
  expect(verdicts).toEqual(["pass", "pass", "pass", "pass", "pass"]);
  expect(receipt).toMatchObject({ created: 5, deleted: 5, verifiedGone: 0, leaked: ["b5", "b4", "b3", "b2", "b1"] });
  expect(slept).toEqual([400, 400, 400]); // for all of them at once
});

test("a sandbox that takes its time to end is waited for, and is no leak", async () => {
  const { receipt } = await run(slowToEnd(3), 2);
  expect(receipt).toMatchObject({ created: 2, deleted: 2, verifiedGone: 2, leaked: [] });
});
