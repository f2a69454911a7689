import { expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { createBudget } from "../money/budget.ts";
import { createLedger } from "../money/ledger.ts";
import type { LedgerEntry } from "../money/ledger.ts";
import { miniContract, miniServer } from "../mini-contract.fixture.ts";
import type { MiniServer } from "../mini-contract.fixture.ts";
import type { ApiCall } from "../law/call.ts";
import { createRecording } from "./recording.ts";
import { createTransport } from "./transport.ts";
import type { TransportOptions } from "./transport.ts";

const clock = createManualClock(0);

function setUp(server: MiniServer = miniServer(), overrides: Partial<TransportOptions> = {}, createsMax = 3) {
  const written: LedgerEntry[] = [];
  const ledger = createLedger({ clock, sink: { append: (entry) => void written.push(entry) } });
  const limits = { createsMax, aliveMax: Infinity, minutesMax: 1, ratePerSecond: Infinity };
  const budget = createBudget({ clock, sleep: () => Promise.resolve(), ledger, limits });
  const transport = createTransport({
    recording: createRecording(clock),
    contract: miniContract(),
    target: server.target,
    clock,
    ledger,
    budget,
    profile: "deployment",
    absentIds: new Set(["none-1"]),
    requestTimeoutMs: 1_000,
    sleep: () => Promise.resolve(),
    ...overrides,
  });
  return { ledger, transport, server, written };
}

test("an operation outside the allow-list is not sent", async () => {
  const { transport, server } = setUp(undefined, { profile: "core" });
  const sent = transport.send({ operation: "list" });
  await expect(sent).rejects.toMatchObject({
    skipCause: "profile",
    message: 'not sent: list is not in the profile "core"',
  });
  expect(server.seen).toEqual([]);
  expect((await transport.close()).refusals).toEqual(['list is not in the profile "core"']);
});

test.each([
  ["deployment", "echo", undefined, true],
  ["deployment", "uname", undefined, false],
  ["deployment", "uname", ["uname"], true],
  ["deployment", "echo", [], false],
  ["full", "uname", [], true],
] as const)("in the profile %s, %s is run where %j is named as harmless: %s", async (profile, name, named, isSent) => {
  const contract = { ...miniContract(), programs: { of: () => [name], harmless: ["echo"] } };
  const server = miniServer();
  const target = { ...server.target, harmlessCommands: named };
  const { transport } = setUp(server, { profile, contract, target });
  const sent = transport.send({ operation: "list" });
  if (isSent) await sent;
  else await expect(sent).rejects.toThrow(`"${name}", which is not named`);
  expect(server.seen).toHaveLength(isSent ? 1 : 0);
});

test("an id that the run neither created nor made up is not touched", async () => {
  const { transport, server } = setUp();
  await expect(transport.send({ operation: "kill", path: { id: "b9" } })).rejects.toThrow("did not create");
  expect(server.seen).toEqual([]);
  await transport.send({ operation: "get", path: { id: "none-1" } });
  expect(server.seen).toEqual(["GET /boxes/none-1"]);
});

test("a create is in the ledger before the server sees it", async () => {
  const seenEntries: string[] = [];
  const { transport, written } = setUp(
    miniServer(() => {
      seenEntries.push(...written.map(({ type }) => type));
      return undefined;
    }),
  );
  await transport.send({ operation: "create", json: {} });
  expect(seenEntries).toEqual(["intended"]);
  expect(written.map(({ type }) => type)).toEqual(["intended", "created"]);
});

test("an id is kept from any 2xx, even to a request that should have been refused", async () => {
  const { transport, ledger } = setUp(miniServer(() => Response.json({ id: "odd" }, { status: 202 })));
  await transport.send({ operation: "create", text: "{broken", credentials: "none" });
  expect(ledger.alive()).toMatchObject([{ id: "odd", by: "made-up" }]);
});

test("a target that names none of its sandboxes is asked for eight, and no more", async () => {
  const { transport, ledger, server } = setUp(
    miniServer(({ method }) => (method === "POST" ? Response.json({}) : undefined)),
    {},
    20,
  );
  for (let nth = 1; nth <= 8; nth += 1) await transport.send({ operation: "create", json: {} });
  await expect(transport.send({ operation: "create", json: {} })).rejects.toMatchObject({ skipCause: "no-sandbox" });
  expect(server.seen.filter((line) => line.startsWith("POST"))).toHaveLength(8);
  expect([ledger.mayExistCount(), ledger.unsettled().length]).toEqual([8, 8]);
});

test("a profile that sends no list to a law lets the run read it, as proof of what creates made", async () => {
  const server = miniServer(({ method }) => (method === "POST" ? new Response(null, { status: 400 }) : undefined));
  const { transport, ledger } = setUp(server, { profile: "core" });
  for (let times = 0; times < 5; times += 1) await transport.send({ operation: "create", json: {} });
  expect(ledger.mayExistCount()).toBeLessThan(3);
});

test("a create that was refused counts until the list shows that it made nothing", async () => {
  let refuse = true;
  const server = miniServer(({ method }) =>
    refuse && method === "POST" ? Response.json({ error: "no" }, { status: 400 }) : undefined,
  );
  const { transport } = setUp(server);
  for (let times = 0; times < 5; times += 1) await transport.send({ operation: "create", json: {} });
  const looks = () => server.seen.filter((line) => line === "GET /boxes").length;
  expect(looks()).toBe(2); // before the first create, and after as many as the budget allows to be open
  refuse = false;
  for (let times = 0; times < 3; times += 1) await transport.send({ operation: "create", json: {} });
  await expect(transport.send({ operation: "create", json: {} })).rejects.toThrow("the budget of 3 creates is spent");
  expect(server.alive.size).toBe(3);
});

test("without a list each create counts, refused or not, unless the quota is told to be full", async () => {
  let status = 400;
  const server = miniServer(({ method }) =>
    method === "POST" ? Response.json({ error: "no", limit: 2 }, { status }) : new Response(null, { status: 404 }),
  );
  const { transport, ledger } = setUp(server);
  for (let times = 0; times < 3; times += 1) await transport.send({ operation: "create", json: {} });
  await expect(transport.send({ operation: "create", json: {} })).rejects.toThrow("the budget of 3 creates is spent");
  expect(server.seen.filter((line) => line.startsWith("POST"))).toHaveLength(3);
  status = 429;
  const full = setUp(server);
  for (let times = 0; times < 9; times += 1) await full.transport.send({ operation: "create", json: {} });
  expect([ledger.mayExistCount(), full.ledger.mayExistCount()]).toEqual([3, 0]);
});

test.each(["", "..", "b1/../x", "b1:80", "B1"])(
  "an id of another form than the contract's is not owned: %j",
  async (id) => {
    const { transport, ledger, server } = setUp(
      miniServer(({ method }) => (method === "POST" ? Response.json({ id }, { status: 201 }) : undefined)),
    );
    await transport.send({ operation: "create", json: {} });
    expect(ledger.owns(id)).toBe(false);
    await expect(transport.send({ operation: "kill", path: { id } })).rejects.toMatchObject({
      skipCause: "no-sandbox",
    });
    expect(server.seen.filter((line) => line !== "GET /boxes")).toEqual(["POST /boxes"]);
  },
);

test("a sandbox that was there before the run is foreign, also when a create answers with its id", async () => {
  const server = miniServer(({ method, url }) => {
    if (method === "POST") return Response.json({ id: "theirs" }, { status: 201 });
    return url.endsWith("/boxes") ? Response.json([{ id: "theirs" }]) : undefined;
  });
  const { transport, ledger } = setUp(server);
  await transport.send({ operation: "create", json: {} });
  expect([ledger.owns("theirs"), ledger.mayExistCount()]).toEqual([false, 1]);
  await expect(transport.send({ operation: "kill", path: { id: "theirs" } })).rejects.toThrow("did not create");
});

test("credentials are the target's own, none, empty or as given", async () => {
  const keys: (string | null)[] = [];
  const { transport } = setUp(
    miniServer((request) => {
      keys.push(request.headers.get("x-key"));
      return undefined;
    }),
  );
  await transport.send({ operation: "list" });
  await transport.send({ operation: "list", credentials: "none" });
  await transport.send({ operation: "list", credentials: { key: "" } });
  await transport.send({ operation: "list", credentials: { key: "other" } });
  expect(keys).toEqual(["mini-key-123", null, "", "other"]);
});

test("a server that does not answer is a transient failure, with the innermost cause", async () => {
  const failing = miniServer(() => {
    throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
  });
  const { transport, written } = setUp(failing);
  await expect(transport.send({ operation: "create", json: {} })).rejects.toThrow(
    "POST http://mini.test/boxes got no answer: connect ECONNREFUSED",
  );
  expect(written.map(({ type }) => type)).toEqual(["intended", "unanswered"]);
});

test("an exchange holds what was sent and what came back", async () => {
  const { transport } = setUp();
  const { request, response } = await transport.send({ operation: "create", json: { a: 1 } });
  expect(request).toEqual({
    method: "POST",
    url: "http://mini.test/boxes",
    headers: { accept: "application/json", "content-type": "application/json", "x-key": "mini-key-123" },
    body: '{"a":1}',
  });
  expect(response).toMatchObject({ status: 201, json: { id: "b1" } });
});

/** A server that answers the first so many requests with this status, and then as it should. */
function busyServer(status: number, times: number, method = "POST"): MiniServer {
  let left = times;
  return miniServer((request) => {
    if (request.method !== method || left === 0) return undefined;
    left -= 1;
    return new Response("{}", { status });
  });
}

test("a create that is turned away is not sent again, and holds back the next one", async () => {
  const moving = createManualClock(0);
  const slept: number[] = [];
  const sleep = (ms: number) => (slept.push(ms), moving.advance(ms), Promise.resolve());
  const { transport, server } = setUp(busyServer(429, 1), { clock: moving, sleep });
  expect((await transport.send({ operation: "create", json: {} })).response.status).toBe(429);
  expect(server.alive.size).toBe(0);
  expect(await transport.send({ operation: "create", json: {} })).toMatchObject({
    response: { status: 201 },
    delayedMs: 500,
  });
  expect(slept).toEqual([500]);
  expect(transport.askedAgain().times).toBe(0);
});

test.each<[number, Partial<ApiCall>]>([
  [502, {}],
  [504, {}],
  [500, {}],
  [502, { credentials: "none" }],
  [502, { credentials: { key: "of-no-account" } }],
  [502, { refusable: true }],
])(
  "a create that is answered %i may have made a sandbox: it is not sent again, and counts: %j",
  async (status, call) => {
    const { transport, written, server, ledger } = setUp(busyServer(status, 1));
    expect((await transport.send({ operation: "create", json: {}, ...call })).response.status).toBe(status);
    expect(server.seen).toEqual(["GET /boxes", "POST /boxes", "GET /boxes"]);
    expect(written.map(({ type }) => type)).toEqual(["intended", "unanswered"]);
    expect([ledger.unsettled().length, ledger.mayExistCount()]).toEqual([1, 1]);
  },
);

test("what reads, and what may be done twice, is sent again after 502 and after no answer at all", async () => {
  for (const [method, operation] of [
    ["GET", "get"],
    ["DELETE", "kill"],
  ] as const) {
    const { transport } = setUp(busyServer(502, 2, method));
    await transport.send({ operation: "create", json: {} });
    expect((await transport.send({ operation, path: { id: "b1" } })).response.status).toBeLessThan(300);
  }
  let isDown = true;
  const { transport, server } = setUp(
    miniServer(() => {
      if (!isDown) return undefined;
      isDown = false;
      throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
    }),
  );
  expect((await transport.send({ operation: "list" })).response.status).toBe(200);
  expect(server.seen.length).toBe(2);
});

test("a quota that is full, and an answer that was expected, are not asked again", async () => {
  const full = () => Response.json({ error: "full", limit: 2 }, { status: 429 });
  const filled = setUp(miniServer(({ method }) => (method === "POST" ? full() : undefined)));
  await filled.transport.send({ operation: "create", json: {} });
  expect(filled.server.seen).toEqual(["GET /boxes", "POST /boxes"]);
  const { transport, server } = setUp(busyServer(429, 9));
  await transport.send({ operation: "create", json: {} }, { purpose: "law", expects: () => true });
  expect(server.seen).toEqual(["GET /boxes", "POST /boxes"]);
});

test("each attempt is admitted by the budget: none is sent when the minutes are over", async () => {
  const moving = createManualClock(0);
  const server = busyServer(429, 9, "GET");
  const limits = { createsMax: 3, aliveMax: 3, minutesMax: 1, ratePerSecond: Infinity };
  const ledger = createLedger({ clock: moving });
  const budget = createBudget({ clock: moving, sleep: () => Promise.resolve(), ledger, limits });
  const sleep = () => (moving.advance(60_000), Promise.resolve());
  const { transport } = setUp(server, { budget, ledger, sleep });
  await expect(transport.send({ operation: "list" })).rejects.toThrow("the 1 minutes of the run are over");
  expect(server.seen).toEqual(["GET /boxes"]);
});

/** What a request to a preview comes to where the target answers each attempt with the next of these. */
async function statusOfPreview(...statuses: readonly number[]): Promise<number> {
  return (await previewAnswered(...statuses)).status;
}

async function previewAnswered(...statuses: readonly number[]) {
  const { transport } = setUp();
  const left = [...statuses];
  const exchange = await transport.sendPreview(async () => {
    const sent = await setUp(miniServer(() => new Response("", { status: left.shift()! }))).transport.send(
      {
        operation: "list",
      },
      { purpose: "law", expects: () => true },
    );
    return { ...sent, operation: "preview" };
  });
  return { status: exchange.response.status, waits: transport.askedAgain().times };
}

test("a preview is asked again after 429, and not where nothing listens behind it", async () => {
  expect(await statusOfPreview(429, 200)).toBe(200);
  expect(await statusOfPreview(502, 502, 502)).toBe(502);
  expect(await previewAnswered(504, 504, 504)).toEqual({ status: 504, waits: 0 });
});

test("a gate behind a proxy that answers 502 at times has its say", async () => {
  expect([await statusOfPreview(502, 401), await statusOfPreview(503, 502, 401)]).toEqual([401, 401]);
});
