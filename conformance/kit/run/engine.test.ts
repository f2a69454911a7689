import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { runLaws } from "./engine.ts";
import { Unjudged } from "../law/unjudged.ts";
import type { RunOptions } from "./engine.ts";
import type { RecordingEntry } from "../law/recording.ts";
import type { RunEvent } from "./event.ts";
import type { LawOutcome } from "../law/law-outcome.ts";
import type { Law } from "../law/law.ts";
import { lawFixture, miniContract, miniServer } from "../mini-contract.fixture.ts";
import type { MiniServer } from "../mini-contract.fixture.ts";

function optionsFor(laws: readonly Law[], server: MiniServer): RunOptions {
  const sleep = () => Promise.resolve();
  return { clock: createManualClock(0), seed: 1, contract: miniContract(laws), target: server.target, sleep };
}

async function eventsOf(laws: readonly Law[], server = miniServer()): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of runLaws(optionsFor(laws, server))) events.push(event);
  return events;
}

async function outcomeOf(law: Law, server = miniServer()): Promise<LawOutcome> {
  const events = await eventsOf([law], server);
  const finished = events.find((event) => event.type === "lawFinished");
  if (finished === undefined) throw new Error("no law was judged");
  return finished.outcome;
}

test("a run tells its start, each law, and its end", async () => {
  const events = await eventsOf([lawFixture(), lawFixture({ id: "mini/create/other" })]);
  expect(events.map(({ type }) => type)).toEqual([
    "runStarted",
    "lawStarted",
    "lawFinished",
    "lawStarted",
    "lawFinished",
    "runFinished",
  ]);
  expect(events.at(-1)).toMatchObject({ verdict: "pass", counts: { pass: 2, fail: 0, skip: 0, error: 0 } });
});

test("what was created is deleted at the end, and the receipt says so", async () => {
  const server = miniServer();
  const law = lawFixture({
    check: async (run) => {
      await run.sharedSandbox(0);
      await run.sharedSandbox(1);
      await run.freshSandbox();
      return undefined;
    },
  });
  const events = await eventsOf([law], server);
  expect(events.at(-1)).toMatchObject({ receipt: { created: 3, deleted: 3, verifiedGone: 3, leaked: [] } });
  expect(server.seen.slice(3).filter((line) => line.startsWith("DELETE"))).toEqual([
    "DELETE /boxes/b3",
    "DELETE /boxes/b2",
    "DELETE /boxes/b1",
  ]);
  expect(server.alive.size).toBe(0);
});

test("a sandbox that cannot be deleted is leaked", async () => {
  const server = miniServer(({ method }) => (method === "DELETE" ? new Response("no", { status: 500 }) : undefined));
  const law = lawFixture({ check: async (run) => void (await run.sharedSandbox()) });
  const events = await eventsOf([law], server);
  expect(events.at(-1)).toMatchObject({ receipt: { created: 1, deleted: 0, leaked: ["b1"] } });
});

test("a listener that leaves early leaves nothing behind", async () => {
  const server = miniServer();
  const law = lawFixture({ check: async (run) => void (await run.sharedSandbox()) });
  for await (const event of runLaws(optionsFor([law, law], server))) if (event.type === "lawFinished") break;
  expect(server.seen.slice(1)).toEqual(["GET /boxes", "POST /boxes", "DELETE /boxes/b1", "GET /boxes/b1"]);
});

test("a run that is told to stop judges no further law", async () => {
  const stop = new AbortController();
  const events: RunEvent[] = [];
  for await (const event of runLaws({
    ...optionsFor([lawFixture(), lawFixture()], miniServer()),
    signal: stop.signal,
  })) {
    events.push(event);
    if (event.type === "lawFinished") stop.abort();
  }
  expect(events.map(({ type }) => type)).toEqual(["runStarted", "lawStarted", "lawFinished", "runFinished"]);
});

test("a breach seen twice is confirmed, and carries seed and exchange", async () => {
  const law = lawFixture({
    check: async (run) => ({ reason: "it is odd", exchange: await run.send({ operation: "list" }) }),
  });
  const outcome = await outcomeOf(law);
  expect(outcome).toMatchObject({ verdict: "fail", evidence: "confirmed", reason: "it is odd", finding: { seed: 1 } });
  expect(outcome.finding?.exchange?.request.method).toBe("GET");
});

test.each([
  [[1], "it is odd (seen 1 time of 3)"],
  [[1, 3], "it is odd (seen 2 times of 3)"],
])("a breach seen in judgings %j of three is intermittent", async (judgings, reason) => {
  let times = 0;
  const check = () => Promise.resolve(judgings.includes((times += 1)) ? { reason: "it is odd" } : undefined);
  expect(await outcomeOf(lawFixture({ check }))).toMatchObject({ verdict: "fail", evidence: "intermittent", reason });
});

test("a breach seen on a shared sandbox shows how that was made, whichever law asked for it first", async () => {
  const check: Law["check"] = async (run) => {
    const path = { id: await run.sharedSandbox() };
    return { reason: "it is odd", exchange: await run.send({ operation: "get", path }) };
  };
  const sandboxes = { shared: 1, fresh: 0, creates: 0 };
  const looking = lawFixture({
    id: "mini/get/looks",
    sandboxes,
    check: async (run) => void (await run.sharedSandbox()),
  });
  const events = await eventsOf([looking, lawFixture({ sandboxes, check })]);
  const [, broken] = events.flatMap((event) => (event.type === "lawFinished" ? [event.outcome] : []));
  expect(broken?.finding?.exchanges?.map(({ operation }) => operation)).toEqual(["create", "get"]);
});

test("where the account is full, no room is made with a shared sandbox that the law itself looks at", async () => {
  const server = miniServer();
  const statuses: number[] = [];
  const check: Law["check"] = async (run) => {
    const path = { id: await run.sharedSandbox() };
    await run.create({});
    await run.create({}).catch(() => undefined);
    statuses.push((await run.send({ operation: "get", path })).response.status);
    return undefined;
  };
  const law = lawFixture({ sandboxes: { shared: 1, fresh: 0, creates: 1 }, check });
  const events: RunEvent[] = [];
  for await (const event of runLaws({ ...optionsFor([law], server), aliveMax: 2 })) events.push(event);
  expect(statuses).toEqual([200]);
  expect(events.at(-1)).toMatchObject({ type: "runFinished", receipt: { leaked: [] } });
});

test("a breach that cannot be judged again is told as seen once, with what kept it from that", async () => {
  let times = 0;
  const check = () => {
    if ((times += 1) > 1) throw new Unjudged("budget", "nothing is left");
    return Promise.resolve({ reason: "it is odd" });
  };
  expect(await outcomeOf(lawFixture({ check }))).toMatchObject({
    verdict: "fail",
    evidence: "unconfirmed",
    skipCause: "budget",
    reason: "it is odd (seen once, and could not be judged again)",
  });
});

test("one 'not now' on the way takes the weight from a conclusion, and the law is tried again", async () => {
  let busy = 1;
  const server = miniServer(({ method }) =>
    method === "GET" && busy-- > 0 ? new Response("", { status: 502 }) : undefined,
  );
  const check: Law["check"] = async (run) => {
    const seen = await run.send({ operation: "list" });
    return seen.response.status === 200 ? undefined : { reason: "a conclusion from something else" };
  };
  expect(await outcomeOf(lawFixture({ check }), server)).toMatchObject({ verdict: "pass" });
  busy = 99;
  expect(await outcomeOf(lawFixture({ check }), server)).toMatchObject({ verdict: "error", evidence: "environment" });
});

test("an operation that the target lacks is asked for once, whatever the laws about it would say", async () => {
  const server = miniServer(({ method }) =>
    method === "GET" ? new Response("<h1>Not Found</h1>", { status: 404 }) : undefined,
  );
  const law = lawFixture({ operations: ["get"] });
  const events = await eventsOf([law, lawFixture({ id: "mini/get/other", operations: ["get"] })], server);
  const causes = events.flatMap((event) => (event.type === "lawFinished" ? [event.outcome.skipCause] : []));
  expect(causes).toEqual(["operation-missing", "operation-missing"]);
  expect(server.seen.filter((line) => line.startsWith("GET /boxes/none-"))).toHaveLength(1);
});

test("a 404 with a body of its own is an answer, however odd", async () => {
  const server = miniServer(({ url }) =>
    url.includes("/boxes/")
      ? Response.json({ message: "no" }, { status: 404 })
      : new Response("nothing", { status: 404 }),
  );
  const law = lawFixture({ operations: ["get"] });
  expect(await outcomeOf(law, server)).toMatchObject({ verdict: "pass" });
});

test("a waived breach is told as waived", async () => {
  const law = lawFixture({ check: () => Promise.resolve({ reason: "it is odd" }) });
  const waivers = [{ law: "mini/**", reason: "known", owner: "ada", expires: "1970-01-02" }];
  const events: RunEvent[] = [];
  for await (const event of runLaws({ ...optionsFor([law], miniServer()), waivers })) events.push(event);
  expect(events).toContainEqual(
    expect.objectContaining({
      outcome: expect.objectContaining({
        waived: { reason: "known", owner: "ada", expires: "1970-01-02" },
      }) as LawOutcome,
    }),
  );
});

test.each([402, 429, 502, 503, 504])("a breach shown by %i alone breaks no law", async (status) => {
  const server = miniServer(({ method }) => (method === "GET" ? new Response("", { status }) : undefined));
  const law = lawFixture({ check: async (run) => ({ reason: "no", exchange: await run.send({ operation: "list" }) }) });
  expect(await outcomeOf(law, server)).toMatchObject({ verdict: "error", evidence: "environment" });
});

test("a companion operation that the target lacks is skipped with that cause, the seed's is not", async () => {
  const server = miniServer(() => new Response("<h1>Not Found</h1>", { status: 404 }));
  const asks = (call: { operation: string; json?: unknown; path?: Record<string, string> }) =>
    lawFixture({ check: async (run) => ({ reason: "no", exchange: await run.send(call) }) });
  const outcome = await outcomeOf(
    lawFixture({
      check: async (run) => ({
        reason: "no",
        exchange: await run.send({ operation: "get", path: { id: run.absentId() } }),
      }),
    }),
    server,
  );
  expect(outcome).toMatchObject({ verdict: "skip", skipCause: "operation-missing" });
  expect(outcome.reason).toMatch(/^the target does not have get: GET \/boxes\/none-[0-9a-f]{16} answered 404$/);
  expect(await outcomeOf(asks({ operation: "create", json: {} }), server)).toMatchObject({ verdict: "fail" });
});

test("a law that needs what the run has not is skipped, unjudged", async () => {
  const server = miniServer();
  const law = lawFixture({ needs: ["second-key"], check: async (run) => void (await run.send({ operation: "list" })) });
  expect(await outcomeOf(law, server)).toMatchObject({ verdict: "skip", skipCause: "input-missing" });
  expect(server.seen).toEqual([]);
});

test("a create that gives no id leaves laws about sandboxes unjudged", async () => {
  const server = miniServer(() => Response.json({}));
  const law = lawFixture({ check: async (run) => void (await run.sharedSandbox()) });
  expect(await outcomeOf(law, server)).toMatchObject({ verdict: "skip", skipCause: "no-sandbox" });
});

test("a check that throws is our error, not the target's fault", async () => {
  const law = lawFixture({ check: () => Promise.reject(new TypeError("x is undefined")) });
  expect(await outcomeOf(law)).toMatchObject({ verdict: "error", reason: "the check itself failed: x is undefined" });
});

test("neither the key nor a token of an answer is in any event", async () => {
  const law = lawFixture({
    check: async (run) => {
      const exchange = await run.send({ operation: "create", json: { note: "mini-key-123" } });
      return { reason: `mini-key-123 and secret-of-b1`, exchange, counterexample: ["mini-key-123"] };
    },
  });
  const text = JSON.stringify(await eventsOf([law]));
  expect(text).not.toMatch(/mini-key-123|secret-of-b1/);
  expect(text).toContain("$SANDGLASS_KEY");
  expect(text).toContain("$SANDGLASS_TOKEN");
});

test("a run ends once so many laws have failed, and says that not all were judged", async () => {
  const odd = lawFixture({ check: () => Promise.resolve({ reason: "it is odd" }) });
  const events: RunEvent[] = [];
  const options = optionsFor([odd, lawFixture(), odd, lawFixture()], miniServer());
  for await (const event of runLaws({ ...options, failuresMax: 2, concurrency: 1 })) events.push(event);
  expect(events.filter(({ type }) => type === "lawFinished")).toHaveLength(3);
  expect(events.at(-1)).toMatchObject({ stopped: "2 laws have failed, as many as --max-failures allows" });
});

test("each exchange is recorded in its order, with what it was for, and without the key", async () => {
  const recorded: RecordingEntry[] = [];
  const law = lawFixture({ check: async (run) => void (await run.freshSandbox()) });
  const options = { ...optionsFor([law], miniServer()), record: (one: RecordingEntry) => void recorded.push(one) };
  for await (const _ of runLaws(options)) void _;
  expect(
    recorded.map((entry) => (entry.kind === "clock" ? [] : [entry.number, entry.purpose, entry.operation])),
  ).toEqual([
    [1, "account", "list"],
    [2, "mini/create/rule", "create"],
    [3, "cleanup", "kill"],
    [4, "cleanup", "get"],
  ]);
  expect(JSON.stringify(recorded)).not.toMatch(/mini-key-123|secret-of-b1/);
});

test("a breach that a waiver lives with whatever it shows is judged once", async () => {
  let times = 0;
  const check = () => Promise.resolve({ reason: `it is odd (${(times += 1)})` });
  const law = lawFixture({ check });
  const waivers = [{ law: law.id, reason: "old", owner: "me", expires: "2999-01-01" }];
  const outcomes: LawOutcome[] = [];
  for await (const event of runLaws({ ...optionsFor([law], miniServer()), waivers })) {
    if (event.type === "lawFinished") outcomes.push(event.outcome);
  }
  expect(times).toBe(1);
  expect(outcomes).toMatchObject([{ verdict: "fail", evidence: "unconfirmed", waived: { owner: "me" } }]);
  expect(outcomes[0]!.reason).toContain("known by a waiver");
});

test("judging a breach again leaves the creates that laws to come need", async () => {
  const sandboxes = { shared: 0, fresh: 1, creates: 0 };
  const broken = lawFixture({
    ...{ id: "mini/get/odd", sandboxes },
    check: async (run) => ({ reason: `${await run.freshSandbox()} is odd` }),
  });
  const whole = lawFixture({
    ...{ id: "mini/get/whole", sandboxes },
    check: async (run) => void (await run.freshSandbox()),
  });
  const outcomes = new Map<string, LawOutcome>();
  for await (const event of runLaws({ ...optionsFor([broken, whole], miniServer()), createsMax: 2 })) {
    if (event.type === "lawFinished") outcomes.set(event.law.id, event.outcome);
  }
  expect(outcomes.get("mini/get/odd")).toMatchObject({ evidence: "unconfirmed", skipCause: "budget" });
  expect(outcomes.get("mini/get/whole")).toMatchObject({ verdict: "pass" });
});
