import { describe, expect, test } from "vitest";
import { createManualClock } from "../../src/contract/clock.ts";
import { runLaws } from "../kit/run/engine.ts";
import { opencomputer } from "./contract.ts";
import type { RunEvent } from "../kit/run/event.ts";
import { shardLaws } from "../kit/law/law-order.ts";
import { replayReport } from "../kit/report/replay.ts";
import { reportOf } from "../kit/report/model/report.ts";
import type { Law } from "../kit/law/law.ts";
import { createAnswers, creatingServer } from "./creating-server.fixture.ts";
import type { CreateAnswer } from "./creating-server.fixture.ts";
import type { LedgerEntry } from "../kit/money/ledger.ts";
import type { Receipt } from "../kit/money/receipt.ts";
import type { Waiver } from "../kit/run/waiver.ts";
import { sweepLedger } from "../kit/run/sweep.ts";

// Whatever a server makes of a create and says of it, no more is made than was allowed, and all of it is accounted for.

const { laws } = opencomputer;
/** The laws that create most, without what takes a run longest: to explore, and to judge the whole recording. */
const creating = laws
  .filter(({ check, sandboxes }) => check !== undefined && sandboxes.scenario !== "exploration")
  .map(({ passive: _, ...law }): Law => law);
const secrets = { key: "key-of-the-run-1", otherKey: "key-of-another-2" };

type Ran = {
  readonly made: readonly string[];
  readonly alive: readonly string[]; // of the run's, after it
  readonly swept: readonly string[]; // of the run's, after a sweep
  readonly touchedForeign: readonly string[];
  readonly receipt: Receipt;
  readonly sweepReceipt: Receipt;
};

type RunSetting = {
  readonly createsMax: number;
  readonly chosen?: readonly Law[]; // default: those that create most
  /** How often another user of the account makes a sandbox, in milliseconds. Default: never. */
  readonly otherEveryMs?: number;
  /** Whether creates that are answered so make a sandbox. Default: always. */
  readonly makes?: (answer: CreateAnswer) => boolean;
  /** How long before a create its machine was made ready, in milliseconds. Default: not at all. */
  readonly readyMs?: number;
  readonly waivers?: readonly Waiver[];
};

async function run(
  answer: (nth: number) => CreateAnswer,
  { createsMax, chosen = creating, waivers = [], ...server }: RunSetting,
): Promise<Ran> {
  const clock = createManualClock(1_700_000_000_000);
  const { fetch, made, alive, touched, foreign, makeForeign } = creatingServer({
    clock,
    lateMs: 60,
    answer,
    ...server,
  });
  for (let nth = 0; nth < 5; nth += 1) makeForeign();
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  const target = { baseUrl: "http://oc.test", fetch, ...secrets };
  const entries: LedgerEntry[] = [];
  const sink = { append: (entry: LedgerEntry) => void entries.push(entry) };
  let receipt: Receipt | undefined;
  const options = { clock, contract: opencomputer, target, sleep, sink, waivers, requestTimeoutMs: 20 };
  for await (const event of runLaws({ ...options, seed: 1, laws: chosen, createsMax, clockMode: "none" })) {
    clock.advance(20); // requests take no time here, and laws do
    if (event.type === "runFinished") ({ receipt } = event);
  }
  const ofRun = () => made.filter((id) => alive.has(id));
  const left = ofRun();
  const swept = await sweepLedger({ ...options, entries: [...entries] });
  return {
    made,
    alive: left,
    swept: ofRun(),
    touchedForeign: foreign.filter((id) => touched.has(id) || !alive.has(id)),
    receipt: receipt!,
    sweepReceipt: swept.receipt,
  };
}

function expectAccounted({ made, alive, swept, touchedForeign, receipt, sweepReceipt }: Ran, createsMax: number): void {
  expect(made.length).toBeLessThanOrEqual(createsMax);
  expect(touchedForeign).toEqual([]);
  // Each is known as made, or the receipt says that it may have been.
  expect(receipt.created + receipt.unanswered).toBeGreaterThanOrEqual(made.length);
  expect(receipt.counted).toBeGreaterThanOrEqual(made.length);
  if (alive.length > 0) expect(receipt.unsettled).not.toEqual([]);
  if (swept.length > 0) expect(sweepReceipt.unsettled).not.toEqual([]);
}

describe.each([1, 10, 40])("with a budget of %i", (createsMax) => {
  test.each(createAnswers)("a server that always creates and answers %s", { timeout: 60_000 }, async (how) => {
    const ran = await run(() => how, { createsMax, chosen: laws });
    expectAccounted(ran, createsMax);
  });
});

test.each<[string, CreateAnswer, CreateAnswer]>([
  ["500 every second time", 201, 500],
  ["400 every second time", 201, 400],
  ["nothing every third time", 201, "nothing"],
])("a server that always creates and answers %s leaves nothing", { timeout: 60_000 }, async (what, usual, odd) => {
  const every = what.includes("third") ? 3 : 2;
  const ran = await run((nth) => (nth % every === 0 ? odd : usual), { createsMax: 40 });
  expectAccounted(ran, 40);
  expect(ran.alive).toEqual([]);
  expect(ran.receipt.unsettled).toEqual([]);
});

/** In milliseconds: busier than the run, and so idle that it hardly shows. */
const paces = [100, 1_000, 7_000];

test.each(createAnswers)(
  "another user is left alone, whether the server answers %s or as it should",
  { timeout: 60_000 },
  async (odd) => {
    for (const otherEveryMs of paces) {
      expectAccounted(await run((nth) => (nth % 4 === 0 ? odd : 201), { createsMax: 20, otherEveryMs }), 20);
    }
  },
);

test.each(createAnswers.filter((how) => how !== 201 && how !== 200))(
  "another user is left alone where creates are answered %s and make nothing",
  { timeout: 60_000 },
  async (odd) => {
    for (const otherEveryMs of paces) {
      const makes = (how: CreateAnswer) => how === 201;
      const ran = await run((nth) => (nth % 4 === 0 ? 201 : odd), { createsMax: 40, otherEveryMs, makes });
      expect({ otherEveryMs, touched: ran.touchedForeign }).toEqual({ otherEveryMs, touched: [] });
      expectAccounted(ran, 40);
      expect(ran.alive).toEqual([]);
    }
  },
);

describe("machines that were made ready long before, and handed out to creates that are refused", () => {
  const law = "opencomputer/create/preview-auth-first";
  const waivers = [{ law, reason: "it is known", owner: "a test", expires: "9999-12-31" }];
  // Of creates that are sent at once, no look tells which has left what.
  const chosen = creating.filter(({ id }) =>
    /\/create\/(?:broken|token|preview|malformed|refusal|zero|unknown)/.test(id),
  );
  const ready = { createsMax: 60, readyMs: 600_000, chosen };
  const refused = (nth: number) => (nth % 2 === 0 ? 400 : 201);

  test("are left alone", { timeout: 60_000 }, async () => {
    const ran = await run(refused, ready);
    expectAccounted(ran, ready.createsMax);
    const { alive, receipt } = ran;
    expect(alive).not.toEqual([]);
    expect(receipt.unsettled).not.toEqual([]);
  });

  test("are the run's and are ended where a waiver says that the target does so", { timeout: 60_000 }, async () => {
    const ran = await run(refused, { ...ready, waivers });
    expectAccounted(ran, ready.createsMax);
    expect(ran.receipt.madeByRefused.length).toBeGreaterThan(10);
    expect([ran.alive, ran.receipt.unsettled]).toEqual([[], []]);
  });

  test.each([true, false])(
    "are told from what another user makes, whatever the waiver says: left behind %s",
    { timeout: 60_000 },
    async (leaves) => {
      for (const otherEveryMs of paces) {
        const makes = (how: CreateAnswer) => leaves || how === 201;
        const ran = await run(refused, { ...ready, waivers, otherEveryMs, makes });
        expect({ otherEveryMs, touched: ran.touchedForeign }).toEqual({ otherEveryMs, touched: [] });
        expectAccounted(ran, ready.createsMax);
      }
    },
  );
});

test.each(createAnswers)("in three shards, each keeps to its budget where creates are answered %s", async (how) => {
  for (const shard of [1, 2, 3]) {
    const chosen = shardLaws(laws, { shard, of: 3 });
    expectAccounted(await run(() => how, { createsMax: 10, chosen }), 10);
  }
});

test.each(createAnswers)("a replay keeps to one budget for all findings where creates are answered %s", async (how) => {
  const clock = createManualClock(1_700_000_000_000);
  const server = creatingServer({ clock, answer: () => how, lateMs: 60 });
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  const target = { baseUrl: "http://oc.test", fetch: server.fetch, ...secrets };
  const options = { clock, contract: opencomputer, target, sleep, requestTimeoutMs: 20, clockMode: "none" } as const;
  const events: RunEvent[] = [];
  for await (const event of runLaws({ ...options, seed: 1, createsMax: 40 })) events.push(event);
  const before = server.made.length;
  const unsettled: string[] = [];
  for await (const replayed of replayReport(reportOf(events)!, { ...options, createsMax: 10 })) {
    unsettled.push(...replayed.unsettled);
  }
  expect(server.made.length - before).toBeLessThanOrEqual(10);
  if (server.made.slice(before).some((id) => server.alive.has(id))) expect(unsettled).not.toEqual([]);
});

test("the key of a run is in no URL", async () => {
  const clock = createManualClock(1_700_000_000_000);
  const server = creatingServer({ clock, answer: () => 201 });
  const target = { baseUrl: "http://oc.test", fetch: server.fetch, ...secrets };
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  for await (const _ of runLaws({ clock, contract: opencomputer, target, sleep, seed: 1, createsMax: 200 })) void _;
  expect(server.urls.some((url) => url.includes("api_key="))).toBe(true);
  expect(server.urls.filter((url) => Object.values(secrets).some((secret) => url.includes(secret)))).toEqual([]);
});
