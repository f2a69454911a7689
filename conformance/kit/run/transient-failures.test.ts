import { expect, test } from "vitest";
import fc from "fast-check";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "./engine.ts";
import type { RunOptions } from "./engine.ts";
import type { RunEvent } from "./event.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import type { Law } from "../law/law.ts";
import { noSandboxes } from "../law/law.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";

// What a run does after transient failures of its target. No time passes here but what is waited.

type Answer = (request: Request) => Response | undefined | Promise<Response | undefined>;

async function run(laws: readonly Law[], answer: Answer, options: Partial<RunOptions> = {}) {
  const clock = createManualClock(0);
  const server = miniServer(answer);
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  const events: RunEvent[] = [];
  const usual = { clock, seed: 1, contract: miniContract(laws), target: server.target, sleep };
  for await (const event of runLaws({ ...usual, ...options })) events.push(event);
  const outcomes = events.flatMap((event): LawOutcome[] => (event.type === "lawFinished" ? [event.outcome] : []));
  const finished = events.find((event) => event.type === "runFinished")!;
  return { outcomes, finished, server };
}

/** Answers these requests of one method, counted from 1, with a status. */
function busyAt(method: string, status: number, ...numbers: readonly number[]): Answer {
  let seen = 0;
  return (request) =>
    request.method === method && numbers.includes((seen += 1)) ? Response.json({}, { status }) : undefined;
}

const creating = (breach?: string): Law =>
  lawFixture({
    sandboxes: { ...noSandboxes, creates: 1 },
    check: async (run) => {
      await run.create({});
      return breach === undefined ? undefined : { reason: breach };
    },
  });

test("a law whose create may have been lost is tried again", async () => {
  const { outcomes, finished } = await run([creating()], busyAt("POST", 502, 1, 2));
  expect(outcomes).toMatchObject([{ verdict: "pass" }]);
  // The list shows that those two made nothing.
  expect(finished).toMatchObject({ receipt: { created: 1, unanswered: 0, leaked: [] }, askedAgain: { times: 0 } });
});

test("a law that meets a transient failure three times is not judged", async () => {
  const { outcomes } = await run([creating()], busyAt("POST", 502, 1, 2, 3));
  expect(outcomes).toMatchObject([
    { verdict: "error", evidence: "environment", reason: "a transient failure: POST /boxes answered 502" },
  ]);
});

/** Answers creates with these bodies alike. */
const always =
  (status: number, ...bodies: readonly number[]) =>
  async (request: Request) => {
    if (request.method !== "POST") return undefined;
    const text = await request.clone().text();
    return bodies.includes(Number(text)) ? Response.json({}, { status }) : undefined;
  };

/** Wants these bodies refused. */
const refusing = (...values: readonly number[]): Law =>
  lawFixture({
    sandboxes: noSandboxes,
    check: (run) =>
      run.judgeCases([{ name: "value", arbitrary: fc.constant(0), always: values, runs: 0 }], async (json) => {
        const exchange = await run.send({ operation: "create", json, refusable: true });
        return exchange.response.status < 500 ? undefined : { reason: "it fails", exchange };
      }),
  });

test.each([502, 503, 504])(
  "%i is an input's own answer where it comes each time, and others are answered",
  async (status) => {
    const { outcomes, server } = await run([creating(), refusing(1, 7)], always(status, 7));
    expect(outcomes).toMatchObject([
      { verdict: "pass" },
      { verdict: "fail", evidence: "confirmed", finding: { counterexample: 7, exchange: { response: { status } } } },
    ]);
    expect(server.alive.size).toBe(0);
  },
);

test("it is none where other creates are not answered either, nor where a valid one finds no room", async () => {
  const answered = busyAt("POST", 502, 2, 3, 4, 5, 6);
  const { outcomes } = await run([creating(), refusing(7)], answered);
  const full = lawFixture({
    sandboxes: { ...noSandboxes, creates: 1 },
    check: async (run) => void (await run.create(7)),
  });
  const { outcomes: valid } = await run([creating(), full], always(503, 7));
  for (const [first, second] of [outcomes, valid]) {
    expect([first, second]).toMatchObject([{ verdict: "pass" }, { verdict: "error", evidence: "environment" }]);
  }
});

test("a breach stays confirmed where a transient failure comes between the two judgings", async () => {
  const { outcomes } = await run([creating("it is odd")], busyAt("POST", 502, 2, 3));
  expect(outcomes).toMatchObject([{ verdict: "fail", evidence: "confirmed" }]);
});

test("of several inputs only the one that met a transient failure is judged again", async () => {
  const judged: number[] = [];
  const law = lawFixture({
    sandboxes: { ...noSandboxes, creates: 3 },
    check: (run) =>
      run.judgeCases(
        [1, 2, 3].map((value) => ({ name: String(value), arbitrary: fc.constant(value) })),
        async (value) => {
          judged.push(value);
          await run.create({});
          return undefined;
        },
      ),
  });
  const { outcomes, server } = await run([law], busyAt("POST", 502, 2));
  expect(outcomes).toMatchObject([{ verdict: "pass" }]);
  expect(judged).toEqual([1, 2, 2, 3]);
  expect(server.alive.size).toBe(0);
});

test("what an attempt that failed has made is ended with it", async () => {
  let most = 0;
  const law = lawFixture({
    sandboxes: { ...noSandboxes, creates: 2 },
    check: async (run) => {
      const play = async () => {
        await run.create({});
        most = Math.max(most, server.alive.size);
        await run.create({});
      };
      return (await run.play({ name: "two", creates: 2, keeps: "play", play })) && undefined;
    },
  });
  const clock = createManualClock(0);
  const server = miniServer(busyAt("POST", 502, 2, 4));
  for await (const _ of runLaws({ clock, seed: 1, contract: miniContract([law]), target: server.target })) void _;
  expect(most).toBe(1);
});

test("a breach is not believed after so much waiting that sandboxes may have ended", async () => {
  let isSlow = true;
  const law = lawFixture({
    operations: ["list"],
    sandboxes: noSandboxes,
    check: async (run) => {
      const { delayedMs = 0 } = await run.send({ operation: "list" });
      return delayedMs > 0 ? { reason: "it has stopped" } : undefined;
    },
  });
  const { outcomes, finished } = await run([law], () => {
    if (!isSlow) return undefined;
    isSlow = false;
    return new Response("", { status: 429, headers: { "retry-after": "31" } });
  });
  expect(outcomes).toMatchObject([{ verdict: "pass" }]);
  expect(finished).toMatchObject({ askedAgain: { times: 1, waitedMs: 31_000, after: { 429: 1 } } });
});

test("cleaning up asks again, and leaves nothing behind", async () => {
  const { finished, server } = await run([creating()], busyAt("DELETE", 503, 1, 2));
  expect(server.alive.size).toBe(0);
  expect(finished).toMatchObject({ receipt: { leaked: [] }, askedAgain: { times: 2 } });
});

const quotaLaw = (seen: (number | undefined)[]): Law =>
  lawFixture({
    id: "mini/create/quota",
    needs: ["quota"],
    sandboxes: noSandboxes,
    check: (run) => {
      seen.push(run.inputs.quota);
      run.assertAffordable({ creates: 50, alive: 9 });
      return Promise.resolve(undefined);
    },
  });

/** A server that has room for two. */
const full: Answer = ({ method }) =>
  method === "POST" ? Response.json({ error: "full", limit: 2 }, { status: 429 }) : undefined;

test("an unknown quota is learnt from a create that was refused, and its laws come last", async () => {
  const seen: (number | undefined)[] = [];
  const { outcomes } = await run([quotaLaw(seen), creating()], full);
  expect(seen).toEqual([2]);
  expect(outcomes).toMatchObject([
    {
      verdict: "error",
      reason: "a transient failure: POST /boxes answered 429: all 2 places are taken; end some, or lower --max-alive",
    },
    {
      verdict: "skip",
      skipCause: "input-missing",
      reason: "it makes up to 50 sandboxes, 9 at once, which is more than the run may make",
      flag: "--max-creates 50 --max-alive 9",
    },
  ]);
});

test("a quota that is not known leaves its laws unjudged, and one that is told is judged where it stands", async () => {
  const unknown: (number | undefined)[] = [];
  const { outcomes } = await run([quotaLaw(unknown), creating()], () => undefined);
  expect(unknown).toEqual([]);
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(["pass", "skip"]);
  const quotas: (number | undefined)[] = [];
  const target = { ...miniServer().target, quota: 7 };
  await run([quotaLaw(quotas), creating()], () => undefined, { target, createsMax: 60, aliveMax: 9 });
  expect(quotas).toEqual([7]);
});
