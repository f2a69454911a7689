import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import type { Exchange } from "../law/exchange.ts";
import { sendsMax, createRetrier, retryAfterMs, waitMsMax } from "./retry.ts";
import type { RetrierOptions, RetriableRequest } from "./retry.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

type Said = number | { readonly status: number; readonly headers: Readonly<Record<string, string>> } | Error;

const cutOff = new TransientFailure("no answer", { cause: new Error("socket hang up") });
const tooLong = new TransientFailure("no answer", { cause: new DOMException("", "TimeoutError") });

function exchangeOf(status: number, headers: Readonly<Record<string, string>> = {}): Exchange {
  return {
    operation: "create",
    request: { method: "POST", url: "http://mini.test/boxes", headers: {} },
    response: { status, headers, body: "", json: undefined },
    startedAtMs: 0,
    durationMs: 0,
  };
}

/** A target that says each of these in turn, and the last one from then on. */
function setUp(answers: readonly Said[], options: Partial<RetrierOptions> = {}) {
  const clock = createManualClock(0);
  const waits: number[] = [];
  const left = [...answers];
  let asked = 0;
  const retrier = createRetrier({
    clock,
    sleep: (ms) => (waits.push(ms), clock.advance(ms), Promise.resolve()),
    waitsMsMax: Infinity,
    leftMs: () => Infinity,
    ...options,
  });
  const ask = (question: Partial<RetriableRequest> = {}) =>
    retrier.ask({
      isRepeatable: false,
      ...question,
      ask: () => {
        asked += 1;
        const said = left.length > 1 ? left.shift()! : left[0]!;
        if (said instanceof Error) return Promise.reject(said);
        return Promise.resolve(typeof said === "number" ? exchangeOf(said) : exchangeOf(said.status, said.headers));
      },
    });
  return { ask, waits, retrier, asked: () => asked };
}

test.each([429, 503])("after %i it asks again, whatever was asked, a little later each time", async (status) => {
  const { ask, waits, retrier } = setUp([status, status, 201]);
  expect(await ask()).toMatchObject({ response: { status: 201 }, delayedMs: 2_500 });
  expect(waits).toEqual([500, 2_000]);
  expect(retrier.total()).toEqual({ times: 2, waitedMs: 2_500, after: { [status]: 2 } });
});

test("it asks three times at most, and hands over what it was told last", async () => {
  const { ask, asked } = setUp([429]);
  expect((await ask()).response.status).toBe(429);
  expect(asked()).toBe(sendsMax);
});

test.each<Said>([502, 504, cutOff])(
  "what may have been done is asked again only where that does no harm: %s",
  async (said) => {
    expect((await setUp([said, 200]).ask({ isRepeatable: true })).response.status).toBe(200);
    const once = setUp([said, 200]);
    await once.ask().catch(() => undefined);
    expect(once.asked()).toBe(1);
    expect(once.retrier.total().times).toBe(0);
  },
);

test("a time-out is long enough: no second one is waited for", async () => {
  const { ask, asked } = setUp([tooLong, 200]);
  await expect(ask({ isRepeatable: true })).rejects.toBe(tooLong);
  expect(asked()).toBe(1);
});

test("an answer that only a repeat gets is not taken for the first one's", async () => {
  const kill = { isRepeatable: true, onceDone: [404] };
  await expect(setUp([cutOff, 404]).ask(kill)).rejects.toThrow("whether it was done before cannot be told");
  expect((await setUp([cutOff, 404]).ask({ ...kill, cleaning: true })).response.status).toBe(404);
  expect((await setUp([429, 404]).ask(kill)).response.status).toBe(404);
});

test("an answer that is what the question is about stands", async () => {
  const { ask, asked } = setUp([429]);
  expect((await ask({ isFinal: ({ response }) => response.status === 429 })).response.status).toBe(429);
  expect(asked()).toBe(1);
});

test.each([500, 402, 404])("%i is an answer like any other", async (status) => {
  const { ask, asked } = setUp([status]);
  await ask({ isRepeatable: true });
  expect(asked()).toBe(1);
});

test("it waits for as long as it is told to, up to a bound", async () => {
  const told = (seconds: number) => ({ status: 429, headers: { "retry-after": String(seconds) } });
  const patient = setUp([told(waitMsMax / 1000), 200]);
  await patient.ask();
  expect(patient.waits).toEqual([waitMsMax]);
  const bounded = setUp([told(waitMsMax / 1000 + 1), 200]);
  expect((await bounded.ask()).response.status).toBe(429);
  expect(bounded.waits).toEqual([]);
});

test.each<[string, Readonly<Record<string, string>>, number | undefined]>([
  ["seconds", { "retry-after": "7" }, 7_000],
  [
    "a date, by the clock of its writer",
    { "retry-after": "Fri, 02 Jan 2026 00:00:09 GMT", date: "Fri, 02 Jan 2026 00:00:05 GMT" },
    4_000,
  ],
  ["a date without one, by ours", { "retry-after": "Thu, 01 Jan 1970 00:00:03 GMT" }, 2_000],
  ["a date that is over", { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }, 0],
  ["no date", { "retry-after": "soon" }, undefined],
  ["a negative number", { "retry-after": "-5" }, undefined],
  ["a fraction", { "retry-after": "1.5" }, undefined],
  ["nothing", {}, undefined],
])("it reads %s in Retry-After", (_, headers, ms) => {
  expect(retryAfterMs(exchangeOf(429, headers), 1_000)).toBe(ms);
});

test("all waits of a run together have a bound, and so has each by the minutes left", async () => {
  const together = setUp([429], { waitsMsMax: 3_000 });
  await together.ask();
  await together.ask();
  expect(together.waits).toEqual([500, 2_000, 500]);
  const late = setUp([429], { leftMs: () => 1_000 });
  await late.ask();
  expect(late.waits).toEqual([500]);
});

test("cleaning up has a share of its own", async () => {
  const { ask, waits } = setUp([429], { waitsMsMax: 0, leftMs: () => 0 });
  await ask({ cleaning: true });
  expect(waits).toEqual([500, 2_000]);
});

test("a run that is told to stop does not wait", async () => {
  const stopped = AbortSignal.abort();
  const { ask } = setUp([429], { signal: stopped, sleep: () => Promise.reject(new Error("aborted")) });
  await expect(ask()).rejects.toBeInstanceOf(Unjudged);
});

test("while one request waits to be sent again, no other is sent", async () => {
  const waits: number[] = [];
  const ends: (() => void)[] = [];
  const sleep = (ms: number) => (waits.push(ms), new Promise<void>((resolve) => ends.push(resolve)));
  const { ask, retrier } = setUp([{ status: 429, headers: { "retry-after": "3" } }, 201], { sleep });
  const first = ask();
  await expect.poll(() => waits).toEqual([3_000]);
  const other = retrier.pause();
  expect(waits).toEqual([3_000, 3_000]);
  for (const end of ends) end();
  expect([(await first).delayedMs, await other]).toEqual([3_000, 3_000]);
  expect(await retrier.pause()).toBe(0);
});
