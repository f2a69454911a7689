import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { TransientFailure } from "../law/unjudged.ts";
import { createSkewMeter } from "./skew.ts";
import { createRecording } from "../run/recording.ts";
import { createTimeKeeper } from "./time.ts";
import type { Target } from "./target.ts";

function keeperOf(target: Partial<Target>, mode: "auto" | "control" | "wait") {
  const clock = createManualClock(0);
  const skew = createSkewMeter();
  const sleep = (ms: number) => Promise.resolve(clock.advance(ms));
  const time = createTimeKeeper({
    recording: createRecording(clock),
    ...{ clock, sleep, mode, skew, waitMsMax: 20_000, signal: undefined },
    target: { baseUrl: "http://clock.test", key: "k", ...target },
  });
  return { clock, skew, time };
}

test("a clock that is moved is known as well as it was read last", async () => {
  const clocks: { own?: ReturnType<typeof createManualClock> } = {};
  const theirs = createManualClock(1_000_000);
  const now = () => {
    clocks.own?.advance(30);
    return Promise.resolve(theirs.now());
  };
  const advance = (ms: number) => Promise.resolve(theirs.advance(ms));
  const { clock, time } = keeperOf({ clock: { now, advance } }, "auto");
  clocks.own = clock;
  await time.prepare();
  await time.pass(2_000);
  expect(time).toMatchObject({ controlled: true, uncertaintyMs: 30 });
  expect(time.now()).toBe(1_002_000);
});

test("a clock that another client moves as well is no clock to judge by, until it is read again", async () => {
  const theirs = createManualClock(1_000_000);
  const advance = (ms: number) => Promise.resolve(theirs.advance(ms));
  const { time } = keeperOf({ clock: { now: () => Promise.resolve(theirs.now()), advance } }, "auto");
  await time.prepare();
  theirs.advance(605_000);
  const told = "the target's clock is 605 s further ahead than this run moved it: let one run at a time move it";
  await expect(time.pass(1_000)).rejects.toThrow(told);
  await time.pass(1_000);
  expect([time.now(), time.movedMs()]).toEqual([1_607_000, 2_000]);
});

test("a wait that is interrupted is no fault of the law's", async () => {
  const interrupted = new AbortController();
  const sleep = () => {
    interrupted.abort();
    return Promise.reject(interrupted.signal.reason as Error);
  };
  const time = createTimeKeeper({
    recording: createRecording({ now: () => 0 }),
    ...{ clock: createManualClock(0), sleep, mode: "wait", skew: createSkewMeter(), waitMsMax: 20_000 },
    ...{ signal: interrupted.signal, target: { baseUrl: "http://clock.test", key: "k" } },
  });
  await expect(time.pass(1_000)).rejects.toMatchObject({ skipCause: "interrupted" });
});

test("a clock that is waited for is known as well as its skew keeps still", () => {
  const { skew, time } = keeperOf({}, "wait");
  expect(time.now()).toBe(0);
  expect(time.uncertaintyMs).toBe(0);
  Object.assign(skew, { lowMs: 200, highMs: 1_000 });
  expect(time.now()).toBe(600);
  Object.assign(skew, { lowMs: 500 });
  expect(time.now()).toBe(750);
  expect(time).toMatchObject({ controlled: false, uncertaintyMs: 750 });
});

test("a control API that gives no answer for a while is asked again, and moves a clock once", async () => {
  const theirs = createManualClock(0);
  let outage: readonly ("lost" | "refused" | "answered")[] = [];
  const fetch = async (request: Request) => {
    const [what = "answered", ...later] = outage;
    outage = later;
    if (what !== "refused" && request.method === "PATCH") {
      theirs.advance(((await request.json()) as { advanceMs: number }).advanceMs);
    }
    if (what !== "answered") return new Response("", { status: 502 });
    return Response.json(
      request.url.endsWith("/worlds") ? [{ id: "own", tenants: [{ key: "k" }] }] : { nowMs: theirs.now() },
    );
  };
  const { time } = keeperOf({ fetch }, "control");
  await time.prepare();
  for (const next of [["lost"], ["refused"], ["refused", "lost"], ["lost", "refused"], ["answered", "lost"]] as const) {
    outage = next;
    const before = theirs.now();
    await time.pass(10_000);
    expect([next, theirs.now() - before]).toEqual([next, 10_000]);
  }
  outage = Array.from({ length: 9 }, () => "refused");
  await expect(time.pass(10_000)).rejects.toThrow(TransientFailure);
  await expect(time.aheadMs()).rejects.toThrow(
    /^the target's clock could not be read: its control API gave no answer$/,
  );
});

test("a clock that runs like ours is read once in a while, one that stands still each time", async () => {
  const readsOf = async (isStill: boolean) => {
    const clocks: { own?: ReturnType<typeof createManualClock> } = {};
    let reads = 0;
    const now = () => ((reads += 1), Promise.resolve(isStill ? 90_000 : 90_000 + clocks.own!.now()));
    const { clock, time } = keeperOf({ clock: { now, advance: () => undefined } }, "auto");
    clocks.own = clock;
    await time.prepare();
    const ahead: number[] = [];
    for (let asked = 0; asked < 5; asked += 1) {
      clock.advance(2_500);
      ahead.push(await time.aheadMs());
    }
    return { reads, ahead };
  };
  expect(await readsOf(false)).toEqual({ reads: 3, ahead: [90_000, 90_000, 90_000, 90_000, 90_000] });
  expect(await readsOf(true)).toEqual({ reads: 6, ahead: [87_500, 85_000, 82_500, 80_000, 77_500] });
});

test("a clock that says what it shows once it was moved is not asked", async () => {
  const theirs = createManualClock(1_000_000);
  let reads = 0;
  const now = () => ((reads += 1), Promise.resolve(theirs.now()));
  const advance = (ms: number) => (theirs.advance(ms), Promise.resolve(theirs.now()));
  const { time } = keeperOf({ clock: { now, advance } }, "auto");
  await time.prepare();
  await time.pass(2_000);
  expect([time.now(), reads]).toEqual([1_002_000, 1]);
});
