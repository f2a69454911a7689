import { describe, expect, test } from "vitest";
import { createManualClock } from "../src/contract/clock.ts";
import { runLaws } from "./kit/run/engine.ts";
import type { RunOptions } from "./kit/run/engine.ts";
import { contracts } from "./contracts.ts";
import type { ContractName } from "./contracts.ts";
import type { RunEvent } from "./kit/run/event.ts";
import { shardLaws } from "./kit/run/law-order.ts";
import { replayReport } from "./kit/report/replay.ts";
import { reportOf } from "./kit/report/content/report.ts";
import type { Report } from "./kit/report/content/report.ts";
import type { Law } from "./kit/law/law.ts";
import { createAnswers, creatingServer } from "./creating-server.fixture.ts";
import type { CreateAnswer } from "./creating-server.fixture.ts";
import { createLedger } from "./kit/money/ledger.ts";
import type { LedgerEntry } from "./kit/money/ledger.ts";
import type { Receipt } from "./kit/money/receipt.ts";
import type { Waiver } from "./kit/run/waiver.ts";
import { sweepLedger } from "./kit/run/sweep.ts";

// Whatever a server makes of a create and says of it, no more is made than was allowed, and all of it is accounted for.

/** The laws that create most, without what takes a run longest: to explore, and to judge the whole recording. */
const creating = contracts.opencomputer.laws
  .filter(({ check, sandboxes }) => check !== undefined && sandboxes.scenario !== "exploration")
  .map(({ passive: _, ...law }): Law => law);
const secrets = { key: "key-of-the-run-1", otherKey: "key-of-another-2" };

type Ran = {
  readonly made: readonly string[];
  readonly alive: readonly string[]; // of the run's, after it
  readonly swept: readonly string[]; // of the run's, after a sweep
  readonly touchedForeign: readonly string[];
  readonly receipt: Told;
  readonly sweepReceipt: Receipt;
};

/** What a run, or a replay of one, says of its sandboxes. */
type Told = Pick<Receipt, "created" | "unanswered" | "counted" | "expiring" | "madeByRefused" | "unsettled">;

type RunSetting = {
  /** Default: opencomputer. */
  readonly contract?: ContractName;
  readonly createsMax: number;
  readonly chosen?: readonly Law[]; // default: all of the contract
  /** Whether the run is the replay of one before it, which had 40 creates. Default: false. */
  readonly isReplay?: boolean;
  /** How often another user of the account makes a sandbox, in milliseconds. Default: never. */
  readonly otherEveryMs?: number;
  /** Whether creates that are answered so make a sandbox. Default: always. */
  readonly makes?: (answer: CreateAnswer) => boolean;
  /** How long before a create its machine was made ready, in milliseconds. Default: not at all. */
  readonly readyMs?: number;
  readonly waivers?: readonly Waiver[];
  /** Whether the run is told that no other user is in its account. Default: false. */
  readonly ownAccount?: boolean;
};

async function run(
  answer: (nth: number) => CreateAnswer,
  {
    contract: name = "opencomputer",
    createsMax,
    isReplay = false,
    waivers = [],
    ownAccount,
    chosen,
    ...server
  }: RunSetting,
): Promise<Ran> {
  const clock = createManualClock(1_700_000_000_000);
  const { fetch, made, alive, touched, foreign, makeForeign } = creatingServer({
    contract: name,
    clock,
    lateMs: 60,
    answer,
    ...server,
  });
  for (let nth = 0; nth < 5; nth += 1) makeForeign();
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  const target = { baseUrl: "http://sandboxes.test", fetch, ownAccount, ...secrets };
  const contract = contracts[name];
  const options = { clock, contract, target, sleep, waivers, requestTimeoutMs: 20, clockMode: "none" } as const;
  const entries: LedgerEntry[] = [];
  const sink = { append: (entry: LedgerEntry) => void entries.push(entry) };
  const judge = async (limits: Pick<RunOptions, "createsMax" | "sink">) => {
    const events: RunEvent[] = [];
    for await (const event of runLaws({ ...options, ...limits, seed: 1, laws: chosen ?? contract.laws })) {
      clock.advance(20); // requests take no time here, and laws do
      events.push(event);
    }
    return reportOf(events)!;
  };
  const replay = async (report: Report): Promise<Told> => {
    const unsettled: string[] = [];
    for await (const each of replayReport(report, { ...options, createsMax, sink })) unsettled.push(...each.unsettled);
    const ledger = createLedger({ clock, past: entries });
    const left = ledger.alive().map(({ id }) => id);
    return {
      ...{ created: ledger.createdCount(), unanswered: ledger.unsettled().length, counted: ledger.mayExistCount() },
      ...{ expiring: contract.reap.by === "expiry" ? left : [], madeByRefused: [], unsettled },
    };
  };
  const before = isReplay ? await judge({ createsMax: 40 }) : undefined;
  const madeBefore = made.length;
  const receipt = before === undefined ? (await judge({ createsMax, sink })).ledger : await replay(before);
  const ofRun = made.slice(madeBefore);
  const isAlive = (id: string) => alive.has(id);
  const left = ofRun.filter(isAlive);
  const swept = await sweepLedger({ ...options, sink, entries: [...entries] });
  return {
    made: ofRun,
    alive: left,
    swept: ofRun.filter(isAlive),
    touchedForeign: foreign.filter((id) => touched.has(id) || !alive.has(id)),
    receipt,
    sweepReceipt: swept.receipt,
  };
}

function expectAccounted({ made, alive, swept, touchedForeign, receipt, sweepReceipt }: Ran, createsMax: number): void {
  expect(made.length).toBeLessThanOrEqual(createsMax);
  expect(touchedForeign).toEqual([]);
  // Each is known as made, or the receipt says that it may have been.
  expect(receipt.created + receipt.unanswered).toBeGreaterThanOrEqual(made.length);
  expect(receipt.counted).toBeGreaterThanOrEqual(made.length);
  expectTold(alive, receipt);
  expectTold(swept, sweepReceipt);
}

/** What is left is said: by its id where only its own timeout ends it, or as a reason to exit with 1. */
function expectTold(left: readonly string[], { expiring, unsettled }: Told): void {
  const untold = left.filter((id) => !expiring.includes(id));
  if (untold.length > 0) expect(unsettled).not.toEqual([]);
}

const own = "nothing is left in an account of the run's own where creates are answered %s";
test.each<CreateAnswer>([400, 500, "nothing"])(own, async (how) => {
  const chosen = creating.filter(({ id }) => /\/create\/(?:malformed|token|preview)/.test(id));
  for (const readyMs of [0, 600_000]) {
    const answer = (nth: number) => (nth % 2 === 0 ? how : 201);
    const ran = await run(answer, { createsMax: 10, ownAccount: true, readyMs, chosen });
    expectAccounted(ran, 10);
    expect({ readyMs, left: [ran.alive, ran.receipt.unsettled] }).toEqual({ readyMs, left: [[], []] });
  }
});

const budgets = [1, 10, 40];
const names = Object.keys(contracts) as readonly ContractName[];
const modes = names.flatMap((name) => budgets.map((createsMax) => [name, createsMax] as const));

describe.each(modes)("a server of %s that always creates, with a budget of %i", (contract, createsMax) => {
  test.each(createAnswers)("and answers %s", { timeout: 60_000 }, async (how) => {
    expectAccounted(await run(() => how, { contract, createsMax }), createsMax);
  });

  test.each(createAnswers)("for each of three shards, and answers %s", { timeout: 60_000 }, async (how) => {
    for (const shard of [1, 2, 3]) {
      const chosen = shardLaws(contracts[contract].laws, { shard, of: 3 });
      expectAccounted(await run(() => how, { contract, createsMax, chosen }), createsMax);
    }
  });

  test.each(createAnswers)("for all findings of a replay, and answers %s", { timeout: 60_000 }, async (how) => {
    expectAccounted(await run(() => how, { contract, createsMax, isReplay: true }), createsMax);
  });
});

test.each<[string, CreateAnswer, CreateAnswer]>([
  ["500 every second time", 201, 500],
  ["400 every second time", 201, 400],
  ["nothing every third time", 201, "nothing"],
])("a server that always creates and answers %s leaves nothing", { timeout: 60_000 }, async (what, usual, odd) => {
  const every = what.includes("third") ? 3 : 2;
  const ran = await run((nth) => (nth % every === 0 ? odd : usual), { createsMax: 40, chosen: creating });
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
      expectAccounted(
        await run((nth) => (nth % 4 === 0 ? odd : 201), { createsMax: 20, otherEveryMs, chosen: creating }),
        20,
      );
    }
  },
);

test.each(createAnswers.filter((how) => how !== 201 && how !== 200))(
  "another user is left alone where creates are answered %s and make nothing",
  { timeout: 60_000 },
  async (odd) => {
    for (const otherEveryMs of paces) {
      const makes = (how: CreateAnswer) => how === 201;
      const ran = await run((nth) => (nth % 4 === 0 ? 201 : odd), {
        createsMax: 40,
        otherEveryMs,
        makes,
        chosen: creating,
      });
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

test.each(names)("the key of a run of %s is in no URL", async (contract) => {
  const clock = createManualClock(1_700_000_000_000);
  const server = creatingServer({ contract, clock, answer: () => 201 });
  const target = { baseUrl: "http://sandboxes.test", fetch: server.fetch, ...secrets };
  const sleep = (ms: number) => (clock.advance(ms), Promise.resolve());
  const options = { clock, contract: contracts[contract], target, sleep, seed: 1, createsMax: 200 };
  for await (const _ of runLaws(options)) void _;
  expect(server.urls.length).toBeGreaterThan(100);
  expect(server.urls.some((url) => url.includes("api_key="))).toBe(contract === "opencomputer"); // its laws try that
  expect(server.urls.filter((url) => Object.values(secrets).some((secret) => url.includes(secret)))).toEqual([]);
});
