import { expect, test } from "vitest";
import { systemClock } from "../../src/contract/clock.ts";
import type { ManualClock } from "../../src/contract/clock.ts";
import { createSession } from "../kit/run/session.ts";
import { opencomputer } from "./contract.ts";
import { fakeServer } from "./fake-server.fixture.ts";
import { breakers } from "./law-breakers.fixture.ts";

const parts = { seed: 1, contract: opencomputer, aliveMax: 40 };

/** Judges a law with a clock that the run moves, or by waiting on the same clock as the target's. */
async function reasonOf(id: string, how: "control" | "wait"): Promise<string | undefined> {
  const law = opencomputer.laws.find((candidate) => candidate.id === id)!;
  const target = fakeServer(breakers[id]);
  const { clock: _, ...without } = target;
  const clock = target.clock as unknown as ManualClock;
  const sleep = (ms: number) => Promise.resolve(void clock.advance(ms));
  const session =
    how === "control"
      ? createSession({ ...parts, target, clock: systemClock })
      : createSession({ ...parts, target: without, clock, sleep, clockMode: "wait" });
  const { verdict, reason } = (await session.judge({ laws: [law] })).get(law)!;
  await session.close();
  return `${verdict}: ${reason}`;
}

test.each([
  ["create/timeout-not-early", /yet it is hibernated \d+ ms early: at 1\.[12] s of 2\.0 s \(±\d+ ms\)$/],
  ["create/timeout-fires", /yet it is still running 1\.5 s late: at 3\.5 s of 2\.0 s \(±\d+ ms\)$/],
  ["create/timeout-never", /never, yet it is hibernated at 3\.5 s \(±\d+ ms\), though it never is due$/],
  ["get/no-activity", /yet it is still running 1\.\d s late: at 3\.\d s of 2\.0 s \(±\d+ ms\)$/],
])("a breach of %s comes with what was measured, on a clock that is moved and by waiting", async (name, text) => {
  for (const how of ["control", "wait"] as const) {
    const told = await reasonOf(`opencomputer/${name}`, how);
    expect(told, how).toMatch(/^fail: /);
    expect(told, how).toMatch(text);
  }
});
