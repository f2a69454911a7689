import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import { createSession } from "./session.ts";
import type { SessionOptions } from "./session.ts";

/** The list shows what was made. */
const listed = (id: string): Law =>
  lawFixture({
    id,
    sandboxes: { ...noSandboxes, fresh: 1 },
    check: async (run) => {
      const own = await run.freshSandbox();
      const exchange = await run.send({ operation: "list" });
      const isListed = exchange.response.body.includes(`"${own}"`);
      return isListed ? undefined : { reason: `the list lacks ${own}`, exchange };
    },
  });

/** Judges two such laws on a server whose list shows a sandbox so many milliseconds after its create. */
async function judgeLagging(lagMs: number, options: Partial<SessionOptions> = {}) {
  const clock = createManualClock(0);
  const waits: number[] = [];
  const made: { readonly id: string; readonly atMs: number }[] = [];
  const server = miniServer(({ method, url }) => {
    if (method === "POST") made.push({ id: `b${made.length + 1}`, atMs: clock.now() });
    if (method !== "GET" || !url.endsWith("/boxes")) return undefined;
    return Response.json(made.filter(({ atMs }) => clock.now() >= atMs + lagMs).map(({ id }) => ({ id })));
  });
  const sleep = (ms: number) => (waits.push(ms), clock.advance(ms), Promise.resolve());
  const session = createSession({ clock, seed: 1, contract: miniContract(), target: server.target, sleep, ...options });
  const outcomes: LawOutcome[] = [];
  for (const law of [listed("mini/list/shows"), listed("mini/list/shows-too")])
    outcomes.push((await session.judge({ laws: [law] })).get(law)!);
  return { outcomes, waits };
}

test("what a list shows a moment later is told as seen at times, and lists have that moment from then on", async () => {
  const { outcomes, waits } = await judgeLagging(1_500);
  expect(outcomes).toMatchObject([
    {
      evidence: "intermittent",
      reason: "the list lacks b1 (seen 1 time of 2: not once the list had 2 s to settle)",
    },
    { verdict: "pass" },
  ]);
  expect(waits).toEqual([2_000, 2_000]);
});

test("what a list does not show within two seconds is a breach", async () => {
  const { outcomes, waits } = await judgeLagging(2_500);
  expect(outcomes.map(({ evidence }) => evidence)).toEqual(["confirmed", "confirmed"]);
  expect(waits).toEqual([2_000, 2_000]); // for the second look of each
});

test("where a run may not wait, a list has to be up to date", async () => {
  const { outcomes, waits } = await judgeLagging(1_500, { clockMode: "none" });
  expect(outcomes.map(({ evidence }) => evidence)).toEqual(["confirmed", "confirmed"]);
  expect(waits).toEqual([]);
});
