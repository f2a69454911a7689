import { expect, test } from "vitest";
import type { ContractName } from "../conformance/index.ts";
import { measureReference } from "./judge-reference.ts";
import type { Judging } from "./judge-reference.ts";

// Targets as they are met, each judged with the limits of a run that is told none. They keep the contract, so no MUST is
// broken, and what is not judged lacks an input or is never sent by the profile. Time is stepped: it passes with each request.

type Gate = NonNullable<Judging["gateway"]>;

/** Lets so much time pass before each answer. */
const late =
  (ms: number): Gate =>
  async (clock, _, next) => {
    await clock.pass(ms);
    return next();
  };

/** Answers 429 or 502 to one request of fifty, whatever it asks. */
function failing(): Gate {
  let requests = 0;
  return async (clock, _, next) => {
    await clock.pass(100);
    requests += 1;
    if (requests % 100 === 50) return { status: 429, headers: { "retry-after": "1" } };
    return requests % 100 === 99 ? { status: 502, body: "no answer" } : next();
  };
}

/** The most that a run takes: so many sandboxes, so many requests, so many seconds. */
type Most = { readonly created: number; readonly requests: number; readonly seconds: number };

/** What fails, each time or at times only, by id. */
type Failing = { readonly broken?: readonly string[]; readonly atTimes?: readonly string[] };

type Row = [string, ContractName, Omit<Judging, "seed">, Most, failing?: Failing];

const targets: readonly Row[] = [
  ["profile core", "recoup", { profile: "core", gateway: late(100) }, { created: 20, requests: 200, seconds: 20 }],
  [
    "profile core",
    "opencomputer",
    { profile: "core", gateway: late(100) },
    { created: 22, requests: 800, seconds: 80 },
  ],
  [
    "250 ms for each answer, eight laws at once",
    "recoup",
    { concurrency: 8, gateway: late(250) },
    { created: 30, requests: 420, seconds: 45 },
  ],
  [
    "250 ms for each answer, four laws at once",
    "opencomputer",
    { concurrency: 4, gateway: late(250) },
    { created: 48, requests: 2_600, seconds: 225 },
  ],
  [
    "250 ms for each answer, eight laws at once", // explores twice as much as one by one
    "opencomputer",
    { concurrency: 8, gateway: late(250) },
    { created: 48, requests: 2_950, seconds: 170 },
  ],
  [
    "250 ms for each answer", // what is to happen before a timeout comes too late at times
    "opencomputer",
    { gateway: late(250) },
    { created: 48, requests: 2_600, seconds: 660 },
  ],
  [
    "nothing behind preview ports", // takes as long as with something
    "opencomputer",
    { listensAt: () => false, gateway: late(100) },
    { created: 48, requests: 3_150, seconds: 340 },
  ],
  ["a quota of 3", "opencomputer", { quota: 3, gateway: late(100) }, { created: 58, requests: 3_150, seconds: 340 }],
  [
    "a list that shows every state",
    "opencomputer",
    { listsEveryState: true, gateway: late(100) },
    { created: 48, requests: 3_150, seconds: 340 },
    { broken: ["opencomputer/list/running-only"] }, // a SHOULD
  ],
  [
    "lists that lag 800 ms behind",
    "recoup",
    { listsLagMs: 800, gateway: late(100) },
    { created: 30, requests: 430, seconds: 90 },
    { atTimes: ["recoup/list/empty-sandbox-id"] },
  ],
  [
    "lists that lag 800 ms behind", // told by those that see it first; then each list is given the time to settle
    "opencomputer",
    { listsLagMs: 800, gateway: late(100) },
    { created: 48, requests: 3_150, seconds: 620 },
    {
      atTimes: ["opencomputer/list/read-back", "opencomputer/list/running-only", "opencomputer/wake/runs-again"],
    },
  ],
  [
    "a key that lists its organisation's members",
    "recoup",
    { listsMembers: true, gateway: late(100) },
    { created: 30, requests: 420, seconds: 60 },
  ],
  ["429 and 502 at times", "recoup", { gateway: failing() }, { created: 32, requests: 480, seconds: 75 }],
  ["429 and 502 at times", "opencomputer", { gateway: failing() }, { created: 52, requests: 3_450, seconds: 420 }],
];

test.each<Row>(targets)("%s: %s holds, within its figures", async (_, contract, how, most, failing = {}) => {
  const { took, failed, atTimes, unjudged } = await measureReference(contract, { seed: 1, isUsual: true, ...how });
  expect({ failed: failed.filter((id) => !atTimes.includes(id)), atTimes }).toEqual({
    failed: failing.broken ?? [],
    atTimes: failing.atTimes ?? [],
  });
  expect(unjudged.filter(([, cause]) => cause !== "profile" && cause !== "input-missing")).toEqual([]);
  for (const [what, max] of Object.entries(most)) expect(took[what as keyof Most], what).toBeLessThanOrEqual(max);
});
