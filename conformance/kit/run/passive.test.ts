import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "./engine.ts";
import type { RunOptions } from "./engine.ts";
import { createRecording } from "./recording.ts";
import type { Recording } from "../law/recording.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import { noSandboxes } from "../law/law.ts";
import type { JudgeRecording, Law } from "../law/law.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import type { MiniServer } from "../mini-contract.fixture.ts";

/** Every answer to a look at a box names that box. */
const judgeNames: JudgeRecording =
  ({ entries }) =>
  () => {
    const gets = entries.flatMap((entry) => (entry.kind === "exchange" && entry.operation === "get" ? [entry] : []));
    const odd = gets.filter(
      ({ path, exchange: { response } }) => response.status === 200 && !response.body.includes(path["id"]!),
    );
    return {
      judged: new Set(gets.length === 0 ? [] : ["mini/get/names"]),
      breaches: odd.map(({ number }) => ({ law: "mini/get/names", entry: number, reason: "another box was shown" })),
    };
  };

const names = lawFixture({ id: "mini/get/names", operations: ["get"], sandboxes: noSandboxes });
const { check: _, ...withoutCheck } = names;
const passive: Law = { ...withoutCheck, passive: judgeNames };
const looks = lawFixture({
  id: "mini/get/looks",
  sandboxes: { ...noSandboxes, fresh: 1 },
  check: async (run) => void (await run.send({ operation: "get", path: { id: await run.freshSandbox() } })),
});

async function outcomesOf(laws: readonly Law[], server: MiniServer, more: Partial<RunOptions> = {}) {
  const outcomes: Record<string, LawOutcome> = {};
  const sleep = () => Promise.resolve();
  const options = { clock: createManualClock(0), seed: 1, contract: miniContract(laws), target: server.target, sleep };
  for await (const event of runLaws({ ...options, ...more })) {
    if (event.type === "lawFinished") outcomes[event.law.id] = event.outcome;
  }
  return outcomes;
}

/** Shows another box, so many times at most. */
function confused(times = Infinity): MiniServer {
  let left = times;
  return miniServer(({ method, url }) => {
    if (method !== "GET" || !/b\d+$/.test(url) || (left -= 1) < 0) return undefined;
    return Response.json({ id: "another" });
  });
}

test("a passive law is judged over what other laws sent", async () => {
  expect(await outcomesOf([passive, looks], miniServer())).toMatchObject({
    "mini/get/names": { verdict: "pass" },
    "mini/get/looks": { verdict: "pass" },
  });
});

test("a passive law that no request was about is not judged", async () => {
  const { "mini/get/names": outcome } = await outcomesOf([passive], miniServer());
  expect(outcome).toMatchObject({ verdict: "skip", reason: "no request of the run was about it" });
});

test("its breach names the request, and is confirmed by judging the law anew that sent it", async () => {
  const server = confused();
  const { "mini/get/names": outcome } = await outcomesOf([passive, looks], server);
  expect(outcome).toMatchObject({
    verdict: "fail",
    evidence: "confirmed",
    reason: expect.stringMatching(/^another box was shown \(request \d+ of the run\)$/) as string,
    finding: { exchange: { operation: "get", response: { status: 200 } } },
  });
  expect(server.seen.filter((seen) => seen === "POST /boxes")).toHaveLength(2);
  expect(server.alive.size).toBe(0);
});

test("a breach that does not show again is told as seen at times", async () => {
  const { "mini/get/names": outcome } = await outcomesOf([passive, looks], confused(1));
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "intermittent" });
  expect(outcome!.reason).toContain("seen 1 time of 3");
});

test("where the budget is spent, the breach is told as seen once", async () => {
  const { "mini/get/names": outcome } = await outcomesOf([passive, looks], confused(), { createsMax: 1 });
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "unconfirmed", skipCause: "budget" });
});

test("a law that is judged by itself as well comes to the worse of both", async () => {
  const both = { ...passive, sandboxes: looks.sandboxes, check: looks.check! };
  expect(await outcomesOf([both], miniServer())).toMatchObject({ "mini/get/names": { verdict: "pass" } });
  expect(await outcomesOf([both], confused())).toMatchObject({ "mini/get/names": { verdict: "fail" } });
});

test("laws with the same function are judged by one call of it", async () => {
  let calls = 0;
  const judge: JudgeRecording = () => () => {
    calls += 1;
    return { judged: new Set(["mini/get/a", "mini/get/b"]), breaches: [] };
  };
  const laws = ["a", "b"].map((name) => ({ ...withoutCheck, id: `mini/get/${name}`, passive: judge }));
  expect(await outcomesOf([...laws, looks], miniServer())).toMatchObject({ "mini/get/b": { verdict: "pass" } });
  expect(calls).toBe(1);
});

test("breaches that several laws caused are judged again by one more call", async () => {
  let calls = 0;
  const judge: JudgeRecording = (recording, context) => {
    const judgeOnce = judgeNames(recording, context);
    return () => {
      calls += 1;
      const found = judgeOnce().breaches.map((breach) => {
        const entry = recording.entries[breach.entry - 1] as { readonly purpose?: string };
        return { ...breach, law: `${entry.purpose}/names` };
      });
      return { judged: new Set(), breaches: found };
    };
  };
  const senders = ["mini/get/looks", "mini/get/looks-too"].map((id) => ({ ...looks, id }));
  const laws = senders.map(({ id }) => ({ ...withoutCheck, id: `${id}/names`, passive: judge }));
  const outcomes = await outcomesOf([...laws, ...senders], confused());
  expect(laws.map(({ id }) => outcomes[id]?.evidence)).toEqual(["confirmed", "confirmed"]);
  expect(calls).toBe(2);
});

test("the recording has all requests in the order of sending, whatever sent them, and those without an answer", async () => {
  const recordings: Recording[] = [];
  const judge: JudgeRecording = (recording) => () => {
    recordings.push(recording);
    return { judged: new Set(), breaches: [] };
  };
  const server = miniServer(({ headers }) => {
    if (headers.get("x-key") === "lost") throw new TypeError("the connection was cut");
    return undefined;
  });
  const sends = lawFixture({
    id: "mini/list/sends",
    check: async (run) => {
      const id = await run.freshSandbox();
      await run.together([
        () => run.send({ operation: "get", path: { id } }),
        () => run.send({ operation: "list", credentials: "none" }),
      ]);
      await run.send({ operation: "list", credentials: { key: "lost" } }).catch(() => undefined);
      return undefined;
    },
  });
  await outcomesOf([sends, { ...passive, passive: judge }], server);
  const entries = recordings[0]!.entries.flatMap((entry) => (entry.kind === "clock" ? [] : [entry]));
  expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => index + 1));
  const shown = entries.map(({ purpose, by, operation, path, kind }) => [purpose, by, operation, path, kind]);
  expect(shown.slice(0, 5)).toEqual([
    ["account", "own", "list", {}, "exchange"],
    ["mini/list/sends", "own", "create", {}, "exchange"],
    ["mini/list/sends", "own", "get", { id: "b1" }, "exchange"],
    ["mini/list/sends", "none", "list", {}, "exchange"],
    ["mini/list/sends", "written", "list", {}, "lost"],
  ]);
  expect(shown.at(-1)).toEqual(["cleanup", "own", "get", { id: "b1" }, "exchange"]);
  expect(JSON.stringify(entries)).toContain("secret-of-b1"); // in memory nothing is masked
});

test("a move of the target's clock stands in the recording, between what was sent before and after it", async () => {
  const recording = createRecording({ now: () => 5, aheadMs: () => 7 });
  await recording.moving(90, () => Promise.resolve());
  expect(recording.entries).toEqual([
    { number: 1, kind: "clock", movedMs: 90, sentAtMs: 5, answeredAtMs: 5, sentBefore: 1, aheadMs: 7 },
  ]);
});

test("what is past the bound of memory is not kept, and is counted", async () => {
  const recording = createRecording({ now: () => 0, charactersMax: 100 });
  const request = { method: "GET", url: "http://mini.test/boxes", headers: {}, body: "x".repeat(60) };
  const sent = { purpose: "mini/x/y", by: "own", operation: "list", path: {}, request } as const;
  for (let count = 0; count < 5; count += 1) {
    await recording.sending(
      sent,
      () => Promise.resolve(),
      () => ({ kind: "socket", status: 101 }),
    );
  }
  expect(recording.entries.map(({ number }) => number)).toEqual([1, 2]);
  expect(recording.unkept).toBe(3);
});
