import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import type { LaterLook, Law } from "../law/law.ts";
import type { Scenario } from "../law/law-run.ts";
import { sharedSandbox } from "./scenario.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import { createSession } from "./session.ts";
import type { SessionOptions } from "./session.ts";

type Answer = (request: Request) => Response | undefined;

function setUp(options: Partial<SessionOptions> = {}, controlled = true, answer: Answer = () => undefined) {
  const clock = createManualClock(0);
  const moves: number[] = [];
  const server = miniServer(answer);
  const target = {
    ...server.target,
    ...(controlled
      ? { clock: { now: () => clock.now(), advance: (ms: number) => (moves.push(ms), clock.advance(ms)) } }
      : {}),
  };
  const sleep = (ms: number) => (moves.push(ms), clock.advance(ms), Promise.resolve());
  const session = createSession({ clock, seed: 1, contract: miniContract(), target, sleep, ...options });
  return { clock, moves, server, session };
}

/** A law that waits for so long on a sandbox of its own, and notes when it looked. */
function waitingLaw(id: string, ms: number, looks: string[], breaks = false): Law {
  const { check: _, ...head } = lawFixture({ id, waitsMs: ms, needs: ["waiting"] });
  return {
    ...head,
    check: async (run) => {
      await run.create({});
      const untilMs = run.time.now() + ms;
      const judge = () => {
        looks.push(`${id} at ${run.time.now()}`);
        return Promise.resolve(breaks ? { reason: "too late" } : undefined);
      };
      return [{ untilMs, judge }];
    },
  };
}

test("time passes once for all laws that wait", async () => {
  const looks: string[] = [];
  const { session, moves } = setUp();
  const laws = [waitingLaw("b", 90_000, looks), waitingLaw("a", 60_000, looks)];
  const outcomes = await session.judge({ laws });
  expect(looks).toEqual(["a at 60000", "b at 90000"]);
  expect(moves).toEqual([60_000, 30_000]);
  expect([...outcomes.values()].map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
});

test("a breach is judged again in a window of its own", async () => {
  const looks: string[] = [];
  const { session } = setUp();
  const law = waitingLaw("a", 1_000, looks, true);
  expect((await session.judge({ laws: [law] })).get(law)!).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  expect(looks).toEqual(["a at 1000", "a at 2000"]);
});

test("laws without room wait for the next window, and nothing is left", async () => {
  const looks: string[] = [];
  const { session, server } = setUp({ aliveMax: 1 });
  const outcomes = await session.judge({ laws: [waitingLaw("a", 1_000, looks), waitingLaw("b", 1_000, looks)] });
  expect([...outcomes.values()].map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  expect(looks).toEqual(["a at 1000", "b at 2000"]);
  expect(server.alive.size).toBe(0);
});

test("without a clock to move, it waits as long as it may", async () => {
  const looks: string[] = [];
  const { session, moves } = setUp({ waitMsMax: 5_000 }, false);
  const outcomes = await session.judge({ laws: [waitingLaw("a", 4_000, looks), waitingLaw("b", 6_000, looks)] });
  expect(moves).toEqual([4_000]);
  expect([...outcomes.values()].map(({ verdict, flag }) => [verdict, flag]).toSorted()).toEqual([
    ["pass", undefined],
    ["skip", "--clock wait --max-wait 6"],
  ]);
});

test("told not to wait, it does not", async () => {
  const { session, moves } = setUp({ clockMode: "none" });
  expect([...(await session.judge({ laws: [waitingLaw("a", 1, [])] })).values()][0]).toMatchObject({
    verdict: "skip",
    skipCause: "input-missing",
  });
  expect(moves).toEqual([]);
});

/** Answers these requests of one method, counted from 1, with a status, and leaves the others to the server. */
function busyAt(method: string, status: number, ...numbers: readonly number[]): Answer {
  let seen = 0;
  return (request) =>
    request.method === method && numbers.includes((seen += 1)) ? new Response("", { status }) : undefined;
}

test("a law that meets a transient failure while it is set up waits for the next window, the others do not", async () => {
  const looks: string[] = [];
  const { session, server } = setUp({}, true, busyAt("POST", 502, 1));
  const outcomes = await session.judge({ laws: [waitingLaw("a", 1_000, looks), waitingLaw("b", 1_000, looks)] });
  expect([...outcomes.values()].map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  expect(looks).toEqual(["b at 1000", "a at 2000"]);
  expect(server.alive.size).toBe(0);
});

test("a law that meets a transient failure in three windows is not judged", async () => {
  const { session, server } = setUp({}, true, busyAt("POST", 502, 1, 2, 3));
  const outcome = [...(await session.judge({ laws: [waitingLaw("a", 1_000, [])] })).values()][0];
  expect(outcome).toMatchObject({ verdict: "error", evidence: "environment" });
  expect(server.seen.filter((line) => line.startsWith("POST")).length).toBe(3);
});

test("a transient failure when it is looked at has a law set up again", async () => {
  const looks: string[] = [];
  const { session } = setUp({}, true, busyAt("GET", 504, 2, 3, 4));
  const { check: prepare, ...head } = waitingLaw("a", 1_000, looks);
  const law: Law = {
    ...head,
    check: async (run) => {
      const steps = (await prepare!(run)) as readonly LaterLook[];
      return steps.map((step) => ({
        ...step,
        judge: async () => (await run.send({ operation: "list" }), step.judge()),
      }));
    },
  };
  expect((await session.judge({ laws: [law] })).get(law)!).toMatchObject({ verdict: "pass" });
  expect(looks).toEqual(["a at 4500"]); // two waits of the first look, and a second window
});

test("a breach is not believed after a request was delayed, and is after one that was not", async () => {
  const looks: string[] = [];
  const { session } = setUp({}, true, busyAt("POST", 429, 1));
  const outcome = [...(await session.judge({ laws: [waitingLaw("a", 1_000, looks, true)] })).values()][0];
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed" });
  expect(looks).toEqual(["a at 1500", "a at 2500", "a at 3500"]);
});

test("laws of one window may share what they set up, and no others", async () => {
  const box1: Scenario<string> = { ...sharedSandbox(0), name: "box", keeps: "window" };
  const used: string[] = [];
  const sharing = (id: string): Law => ({
    ...waitingLaw(id, 1_000, []),
    check: async (run) => {
      const { record: box } = await run.play(box1);
      used.push(`${id} ${box}`);
      if (id === "b") await run.send({ operation: "list" });
      return [{ untilMs: run.time.now() + 1_000, judge: () => Promise.resolve(undefined) }];
    },
  });
  const { session } = setUp({ concurrency: 1 }, true, busyAt("GET", 504, 2, 3, 4));
  const outcomes = await session.judge({ laws: [sharing("a"), sharing("b"), sharing("c")] });
  expect([...outcomes.values()].map(({ verdict }) => verdict)).toEqual(["pass", "pass", "pass"]);
  expect(used).toEqual(["a b1", "b b1", "c b1", "b b2"]);
});

test("a quota that is full has laws wait for the next window, too", async () => {
  const looks: string[] = [];
  const { session, server } = setUp({}, true, ({ method }) =>
    method === "POST" && server.alive.size > 0
      ? Response.json({ error: "full", limit: 1 }, { status: 429 })
      : undefined,
  );
  const laws = ["a", "b", "c", "d", "e"].map((id) => waitingLaw(id, 1_000, looks));
  const outcomes = await session.judge({ laws });
  expect([...outcomes.values()].map(({ verdict }) => verdict)).toEqual(laws.map(() => "pass"));
  expect(looks).toEqual(["a at 1000", "b at 2000", "c at 3000", "d at 4000", "e at 5000"]);
});

test("looks that are due go side by side, and one that changes what others look at comes after those before it", async () => {
  const seen: string[] = [];
  const looking = (id: string, isAfterOthers = false): Law => {
    const { check: _, ...head } = lawFixture({ id, waitsMs: 1_000, needs: ["waiting"] });
    const judge = async () => {
      seen.push(`${id} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${id} ends`);
      return undefined;
    };
    const look = (nowMs: number): LaterLook => ({ untilMs: nowMs + 1_000, judge, isAfterOthers });
    return { ...head, check: (run) => Promise.resolve([look(run.time.now())]) };
  };
  const { session } = setUp({ concurrency: 3 });
  await session.judge({ laws: [looking("a"), looking("b"), looking("c", true)] });
  expect(seen).toEqual(["a begins", "b begins", "a ends", "b ends", "c begins", "c ends"]);
});
