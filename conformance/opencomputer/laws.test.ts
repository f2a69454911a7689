import { expect, test } from "vitest";
import { systemClock } from "../../src/contract/clock.ts";
import { sendsNothing } from "../kit/law/law.ts";
import type { Law } from "../kit/law/law.ts";
import { createSession } from "../kit/run/session.ts";
import { opencomputer } from "./contract.ts";
import { fakeServer } from "./fake-server.fixture.ts";
import { listen } from "./socket-server.fixture.ts";
import type { Tamper } from "./fake-server.fixture.ts";
import { breakers } from "./law-breakers.fixture.ts";

async function judge(law: Law, tamper?: Tamper) {
  const limits = { aliveMax: 40, createsMax: 200 };
  const session = createSession({
    ...limits,
    clock: systemClock,
    seed: 1,
    profile: "full",
    contract: opencomputer,
    target: fakeServer(tamper),
  });
  const outcome = (await session.judge({ laws: [law] })).get(law)!;
  return { outcome, receipt: await session.close() };
}

/** Laws that need more of a target than answers to requests. They are judged on a server with sockets, in a test of their own. */
const onSockets = ["opencomputer/preview/socket-gated", "opencomputer/preview/socket-opens"];

const laws = opencomputer.laws.filter((law) => !onSockets.includes(law.id) && !sendsNothing(law));

test("there is a misbehaviour for each law", () => {
  expect(laws.map(({ id }) => id).filter((id) => breakers[id] === undefined)).toEqual([]);
});

test.each(onSockets)("%s holds and breaks on a server with sockets", async (id) => {
  const law = opencomputer.laws.find((candidate) => candidate.id === id)!;
  const honest = fakeServer();
  const outcomes = [];
  for (const socketStatus of [undefined, id.endsWith("gated") ? 101 : 401]) {
    const server = await listen(honest, socketStatus);
    const { fetch: _, ...target } = honest;
    const session = createSession({
      ...{ clock: systemClock, seed: 1, contract: opencomputer },
      target: { ...target, baseUrl: server.url, previewVia: undefined, clock: undefined },
    });
    outcomes.push((await session.judge({ laws: [law] })).get(law)!.verdict);
    await session.close();
    await server.close();
  }
  expect(outcomes).toEqual(["pass", "fail"]);
});

test.each(laws.map((law) => [law.id, law] as const))(
  "%s holds and breaks",
  async (id, law) => {
    const honest = await judge(law);
    expect(honest.outcome).toMatchObject({ verdict: "pass" });
    expect(honest.receipt.leaked).toEqual([]);

    const { outcome } = await judge(law, breakers[id]);
    expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed" });
    expect(outcome.reason).not.toBe("");
  },
  120_000,
); // an exploration sends thousands of requests, and a breach is looked for again
