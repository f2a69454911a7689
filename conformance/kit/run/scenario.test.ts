import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "./engine.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import type { Law } from "../law/law.ts";
import type { LawRun } from "../law/law-run.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import { defineScenario, scenarioLaw } from "../law/families/scenario.ts";

/** Two laws about one scenario, which is told by `play`, and how often it was played. */
function lawsAbout(play: (run: LawRun) => Promise<unknown>, breach?: string) {
  let plays = 0;
  const scenario = defineScenario({
    name: "record",
    creates: 1,
    keeps: "play",
    play: async (run) => ((plays += 1), await play(run)),
  });
  const law = (id: string): Law => {
    const { check: _, sandboxes: __, needs: ___, ...head } = lawFixture({ id });
    return scenarioLaw({ ...head, scenario, judge: () => (breach === undefined ? undefined : { reason: breach }) });
  };
  return { laws: [law("mini/create/one"), law("mini/create/two")], plays: () => plays };
}

async function outcomesOf(laws: readonly Law[], answer: (request: Request) => Response | undefined) {
  const clock = createManualClock(0);
  const server = miniServer(answer);
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  const outcomes: LawOutcome[] = [];
  const options = { clock, seed: 1, contract: miniContract(laws), target: server.target, sleep };
  for await (const event of runLaws(options)) if (event.type === "lawFinished") outcomes.push(event.outcome);
  return { outcomes, server };
}

/** Answers the first so many creates with 502. */
function losing(creates: number): (request: Request) => Response | undefined {
  let left = creates;
  return ({ method }) => (method === "POST" && left-- > 0 ? new Response("", { status: 502 }) : undefined);
}

const create = (run: LawRun) => run.create({});

test("a scenario is played once for all its laws", async () => {
  const { laws, plays } = lawsAbout(create);
  const { outcomes } = await outcomesOf(laws, losing(0));
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  expect(plays()).toBe(1);
});

test("a scenario that is interrupted is played from its start, and what it had made is ended", async () => {
  const { laws, plays } = lawsAbout(create);
  const { outcomes, server } = await outcomesOf(laws, losing(2));
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  expect(plays()).toBe(3);
  expect(server.alive.size).toBe(0);
});

test("a scenario that is interrupted three times is not played again for each of its laws", async () => {
  const { laws, plays } = lawsAbout(create);
  const { outcomes } = await outcomesOf(laws, losing(99));
  expect(outcomes).toMatchObject([
    { verdict: "error", evidence: "environment" },
    { verdict: "error", evidence: "environment" },
  ]);
  expect(plays()).toBe(3);
});

test("a breach is seen on a scenario played anew, through an interruption as well", async () => {
  const { laws, plays } = lawsAbout(create, "it is odd");
  const { outcomes } = await outcomesOf(laws.slice(0, 1), losing(1));
  expect(outcomes).toMatchObject([{ verdict: "fail", evidence: "confirmed" }]);
  expect(plays()).toBe(3);
});

test("a breach in a scenario that was delayed for long is looked for in another", async () => {
  let lists = 0; // the first one is the run's own, before its first create
  const { laws, plays } = lawsAbout((run) => run.send({ operation: "list" }), "it has stopped");
  const { outcomes } = await outcomesOf(laws.slice(0, 1), ({ method, url }) => {
    if (method !== "GET" || !url.endsWith("/boxes") || (lists += 1) !== 2) return undefined;
    return new Response("", { status: 429, headers: { "retry-after": "40" } });
  });
  expect(outcomes).toMatchObject([{ verdict: "fail", evidence: "confirmed" }]);
  expect(plays()).toBe(3);
});
