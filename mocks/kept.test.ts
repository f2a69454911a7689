import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createManualClock } from "../src/contract/clock.ts";
import { contracts } from "./contracts.ts";
import { createKeeper } from "./kit/keeper.ts";
import { createMemoryStore } from "./kit/state-store.fixture.ts";
import type { JournalRecord } from "./kit/journal.ts";
import type { StateStore } from "./kit/state-store.ts";
import { createUniverse } from "./kit/universe.ts";
import { assembleMock, createMock, type Mock, type MockOptions } from "./mock.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-kept-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const acme = "sandglass-acme";
type Sent = { readonly method?: string; readonly key?: string; readonly body?: unknown; readonly text?: string };

async function call(mock: Mock, path: string, { key = acme, body, text, ...rest }: Sent = {}) {
  const method = rest.method ?? (body === undefined ? "GET" : "POST");
  const headers = { "x-api-key": key, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const init = { method, headers, ...(sent === undefined ? {} : { body: sent }) };
  const response = await mock.fetch("opencomputer", new Request(`http://mock${path}`, init));
  const said = await response.text();
  return {
    status: response.status,
    text: said,
    reason: response.headers.get("x-sandglass-reason"),
    json: () => JSON.parse(said) as never,
  };
}

const preview = (mock: Mock, id: string, token: string) =>
  mock.fetch(
    "opencomputer",
    new Request(`http://mock/__sandglass/preview/${id}/3000/`, { headers: { "x-oc-preview-token": token } }),
  );

/** Runs `act` with a mock that keeps its state, and with what ends it and starts it again on the same file. */
async function withKept(
  act: (start: (more?: MockOptions) => Promise<Mock>, clock: ReturnType<typeof createManualClock>) => Promise<void>,
) {
  const clock = createManualClock(Date.UTC(2026, 0, 2));
  const state = `sqlite:${join(folder, `${(files += 1)}.db`)}`;
  let mock: Mock | undefined;
  const start = async (more: MockOptions = {}) => {
    await mock?.close();
    return (mock = createMock({ clock, state, ...more }));
  };
  await act(start, clock);
  await mock?.close();
}

/** All of a world that there is to see from outside, but for the time. */
const view = (mock: Mock, id = "default") => {
  const { seed, settings, tenants, faults, journal, tables, random } = mock.universe.find(id)!;
  const records = [...tables()].flatMap(([name, table]) => (table.size() === 0 ? [] : [[name, [...table.records()]]]));
  const shown = { seed, settings, tenants, faults: faults(), records, chance: random.state() };
  return JSON.parse(JSON.stringify({ ...shown, seen: journal.seen(), entries: journal.entries() })) as unknown;
};

type Created = { readonly sandboxID: string; readonly previewAuthToken: string };

describe("a mock that is started again", () => {
  test("goes on with every world as it was", () =>
    withKept(async (start) => {
      let mock = await start();
      const created: Created = (await call(mock, "/api/sandboxes", { body: { previewAuth: {} } })).json();
      const path = `/api/sandboxes/${created.sandboxID}`;
      await call(mock, `${path}/files?path=/workspace/a.txt`, { method: "PUT", text: "\u00fc\u0000 kept" });
      await call(mock, `${path}/tags`, { method: "PUT", body: { stage: "one" } });
      await call(mock, "/api/webhooks", { body: { url: "http://127.0.0.1:9/", enabled: false } });
      mock.defaultWorld().setFaults([{ id: "server-error", operation: "listSandboxes", times: 2 }]);
      expect((await call(mock, "/api/sandboxes")).status).toBe(503);
      const other = mock.createWorld({ settings: { quota: 1 }, clockScale: 0 });
      const fork = mock.universe.fork(mock.defaultWorld());
      const gone = mock.createWorld();
      mock.universe.delete(gone);
      await call(mock, "/api/nothing-there");
      const ids = ["default", other.id, fork.id];
      const before = ids.map((id) => view(mock, id));
      mock = await start();
      expect([...mock.universe.worlds()].map(({ id }) => id).sort()).toEqual([...ids].sort());
      expect(ids.map((id) => view(mock, id))).toEqual(before);
      expect([(await call(mock, "/api/sandboxes")).status, (await call(mock, "/api/sandboxes")).status]).toEqual([
        503, 200,
      ]);
      expect((await call(mock, `${path}/files?path=/workspace/a.txt`)).text).toBe("\u00fc\u0000 kept");
      expect((await preview(mock, created.sandboxID, created.previewAuthToken)).status).toBe(200);
      const key = other.tenants.find(({ contract }) => contract === "opencomputer")!.key;
      expect((await call(mock, "/api/sandboxes", { key, body: {} })).status).toBe(201);
      expect((await call(mock, "/api/sandboxes", { key, body: {} })).status).toBe(429);
    }));

  test("has the files and runs of Recoup too", () =>
    withKept(async (start) => {
      let mock = await start();
      const send = async (path: string, init?: RequestInit) => {
        const headers = { "x-api-key": "sandglass-ada", "content-type": "application/json" };
        const answer = await mock.fetch("recoup", new Request(`http://mock${path}`, { headers, ...init }));
        return await answer.json();
      };
      await send("/api/sandboxes", { method: "POST", body: JSON.stringify({ command: "pwd" }) });
      const listed = await send("/api/sandboxes");
      const before = view(mock);
      mock = await start();
      expect(view(mock)).toEqual(before);
      expect(await send("/api/sandboxes")).toEqual(listed);
    }));

  test("counts the time that has passed meanwhile, by the speed of each world's clock", () =>
    withKept(async (start, clock) => {
      let mock = await start();
      const fast = mock.createWorld({ clockScale: 60 });
      const still = mock.createWorld({ clockScale: 0 });
      still.clock.advance(500);
      const { sandboxID }: Created = (await call(mock, "/api/sandboxes", { body: { timeout: 10 } })).json();
      clock.advance(1_000);
      const nowMs = [mock.defaultWorld(), fast, still].map((world) => world.clock.now());
      await mock.close();
      clock.advance(10_000);
      mock = await start();
      const worlds = [mock.defaultWorld(), mock.universe.find(fast.id)!, mock.universe.find(still.id)!];
      expect(worlds.map((world, at) => world.clock.now() - nowMs[at]!)).toEqual([10_000, 600_000, 0]);
      expect((await call(mock, `/api/sandboxes/${sandboxID}`)).json()).toMatchObject({ status: "hibernated" });
    }));

  test("shows no earlier time than before, though the machine's clock was set back", () =>
    withKept(async (start, clock) => {
      let mock = await start();
      clock.advance(5_000);
      await call(mock, "/api/sandboxes", { body: {} });
      const nowMs = mock.defaultWorld().clock.now();
      mock = await start({ clock: createManualClock(Date.UTC(2026, 0, 1)) });
      expect(mock.defaultWorld().clock.now()).toBe(nowMs);
    }));

  test("gives no id twice, and has its seed", () =>
    withKept(async (start) => {
      let mock = await start();
      const ids = new Set<string>();
      for (let again = 0; again < 5; again += 1) {
        const { sandboxID }: Created = (await call(mock, "/api/sandboxes", { body: {} })).json();
        ids.add(sandboxID).add(mock.createWorld().id);
        const { seed } = mock;
        mock = await start({ seed });
        expect(mock.seed).toBe(seed);
      }
      expect(ids.size).toBe(10);
      await mock.close();
      await expect(start({ seed: "another" })).rejects.toThrow(
        /^seed: the kept state is of seed \w+, not another: name/,
      );
      await start(); // which the refusal has left free
    }));

  test("resets a world to how it began, and a fork to what it was made from", () =>
    withKept(async (start) => {
      let mock = await start();
      await call(mock, "/api/sandboxes", { body: {} });
      const { id } = mock.universe.fork(mock.defaultWorld());
      const key = mock.universe.find(id)!.tenants.find(({ contract }) => contract === "opencomputer")!.key;
      await call(mock, "/api/sandboxes", { key, body: {} });
      await call(mock, "/api/sandboxes", { body: {} });
      mock = await start();
      mock.universe.reset(mock.universe.find(id)!);
      mock.universe.reset(mock.defaultWorld());
      for (let again = 0; again < 2; again += 1) {
        const count = async (one: string) =>
          ((await call(mock, "/api/sandboxes", { key: one })).json() as unknown[]).length;
        expect([await count(acme), await count(key)]).toEqual([0, 1]);
        mock = await start();
      }
    }));

  test("has keys that the command names now", () =>
    withKept(async (start) => {
      const tenants = (key: string) => [{ contract: "opencomputer", name: "acme", key }] as const;
      let mock = await start({ tenants: tenants("first-key") });
      await call(mock, "/api/sandboxes", { key: "first-key", body: {} });
      mock = await start({ tenants: tenants("second-key") });
      expect((await call(mock, "/api/sandboxes", { key: "second-key" })).json()).toHaveLength(1);
      expect((await call(mock, "/api/sandboxes", { key: "first-key" })).status).toBe(401);
    }));
});

test("a file holds no token and no key that was ever sent or answered", () =>
  withKept(async (start) => {
    const mock = await start({ tenants: [{ contract: "opencomputer", name: "acme", key: "key-of-the-command" }] });
    const key = "key-of-the-command";
    const created: Created = (await call(mock, "/api/sandboxes", { key, body: { previewAuth: {} } })).json();
    const chosen = "chosen-by-the-caller-0123456789";
    await call(mock, "/api/sandboxes", { key, body: { previewAuth: { token: chosen } } });
    const rotated: Created = (
      await call(mock, `/api/sandboxes/${created.sandboxID}/preview/rotate`, { key, method: "POST" })
    ).json();
    const answer = await preview(mock, created.sandboxID, rotated.previewAuthToken);
    expect(answer.status).toBe(200);
    const names = readdirSync(folder).filter((name) => name.startsWith(`${files}.db`));
    const bytes = Buffer.concat(names.map((name) => readFileSync(join(folder, name))));
    expect(bytes.includes(created.sandboxID)).toBe(true);
    for (const secret of [created.previewAuthToken, rotated.previewAuthToken, chosen, key]) {
      expect(bytes.includes(secret)).toBe(false);
    }
  }));

test("a write that cannot be kept is answered so", () =>
  withKept(async (start) => {
    let mock = await start();
    await call(mock, "/api/sandboxes", { body: {} });
    await mock.close(); // now no commit succeeds, as on a disk that is full
    const refused = await call(mock, "/api/sandboxes", { body: {} });
    expect([refused.status, refused.reason]).toEqual([503, expect.stringMatching(/^state-not-kept: /)]);
    const asked = await Promise.all(["ready", "health", "worlds"].map((path) => call(mock, `/__sandglass/${path}`)));
    expect(asked.map(({ status }) => status)).toEqual([503, 200, 503]);
    expect(asked[0]!.json()).toMatchObject({ status: "state-not-kept" });
    mock = await start();
    expect((await call(mock, "/api/sandboxes")).json()).toHaveLength(1);
    expect((await call(mock, "/__sandglass/ready")).json()).toEqual({ status: "ready" });
  }));

test("a control read of what another may have gone on from is refused", async () => {
  let certain = true;
  const store: StateStore = { ...createMemoryStore(), isCertain: () => certain };
  const { mock } = assembleMock(contracts, {}, { open: () => store });
  const read = async () => (await mock.fetch("recoup", new Request("http://mock/__sandglass/worlds"))).status;
  expect(await read()).toBe(200);
  certain = false; // as of a process that was stopped for a while, whose lead another has taken
  expect(await read()).toBe(503);
  certain = true;
  expect(await read()).toBe(200);
});

test("what could not be kept is kept with the next commit that can", async () => {
  const inner = createMemoryStore();
  let failures = 2;
  const commit: StateStore["commit"] = (changes) => {
    if ((failures -= 1) >= 0) throw new Error("disk full");
    return inner.commit(changes);
  };
  const clock = createManualClock(0);
  const open = () => {
    const keeper = createKeeper({ ...inner, commit }, clock);
    return { keeper, universe: createUniverse({ baseClock: clock, templates: [], settings: {}, keeper }) };
  };
  const { keeper, universe } = open();
  const record = { id: "a", tenantId: "", version: 1, createdAtMs: 0, liveUntilMs: 0 };
  const { id } = universe.create();
  expect(await keeper.settle()).toMatchObject({ status: 503 });
  await universe.defaultWorld().table({ name: "rows" }).insert(record);
  expect(await keeper.settle()).toMatchObject({ status: 503 });
  expect(keeper.trouble()).toBe("disk full");
  expect(await keeper.settle()).toBeUndefined();
  expect([keeper.settle(), keeper.trouble()]).toEqual([undefined, undefined]);
  const { universe: again } = open();
  expect([...again.worlds()].map((world) => world.id)).toEqual(["default", id]);
  expect(await again.defaultWorld().table({ name: "rows" }).get("a")).toEqual(record);
});

test("what changes while a commit is under way is kept, whatever becomes of that commit", async () => {
  const inner = createMemoryStore();
  const outcomes: ((error?: Error) => void)[] = [];
  const commit: StateStore["commit"] = (changes) =>
    new Promise((resolve, reject) => {
      // The store has what it fails to acknowledge every other time.
      if (outcomes.length % 2 === 1) void inner.commit(changes);
      outcomes.push((error) => {
        if (error !== undefined) return reject(error);
        void inner.commit(changes);
        resolve();
      });
    });
  const clock = createManualClock(0);
  const keeper = createKeeper({ ...inner, commit }, clock);
  const universe = createUniverse({ baseClock: clock, templates: [], settings: {}, keeper });
  const world = universe.defaultWorld();
  const table = world.table({ name: "rows" });
  const record = (id: string) => ({ id, tenantId: "", version: 1, createdAtMs: 0, liveUntilMs: 0 });
  const request = (path: string): JournalRecord => ({
    ...{ atMs: 0, contract: "c", operation: "o", tenantId: "", method: "GET", url: path, status: 200 },
    ...{ reason: undefined, requestHeaders: [], requestBody: "", answerHeaders: {}, answerBody: "", unread: [] },
  });
  const names = ["first", "second", "third", "fourth", "fifth"];
  const note = async (name: string) => {
    await table.insert(record(name));
    world.journal.add(request(`/${name}`));
  };
  await note("first");
  for (const [at, error] of [undefined, new Error("lost"), new Error("lost again"), undefined].entries()) {
    await expect.poll(() => outcomes.length).toBe(at + 1); // the next one begins when the last one is over
    await note(names[at + 1]!);
    outcomes[at]!(error);
  }
  await expect.poll(() => outcomes.length).toBe(5);
  const settled = keeper.settle();
  outcomes[4]!();
  expect([await settled, keeper.settle(), keeper.trouble()]).toEqual([undefined, undefined, undefined]);
  const again = createUniverse({ baseClock: clock, templates: [], settings: {}, keeper: createKeeper(inner, clock) });
  const kept = again.defaultWorld();
  expect([...kept.tables().get("rows")!.records()].map(({ id }) => id)).toEqual(names);
  expect(kept.journal.entries().map(({ url }) => url)).toEqual(names.map((name) => `/${name}`));
});

test("a world that was replaced or deleted is not kept by what still writes to it", async () => {
  const store = createMemoryStore();
  const clock = createManualClock(0);
  const keeper = createKeeper(store, clock);
  const universe = createUniverse({ baseClock: clock, templates: [], settings: {}, keeper });
  const record = { id: "a", tenantId: "", version: 1, createdAtMs: 0, liveUntilMs: 0 };
  const [old, gone] = [universe.defaultWorld(), universe.create()];
  await keeper.settle();
  universe.reset(old);
  universe.delete(gone);
  for (const world of [old, gone]) {
    await world.table({ name: "rows" }).insert(record);
    world.clock.advance(1);
  }
  await keeper.settle();
  expect([...store.entries()].filter(({ kind }) => kind === "table rows")).toEqual([]);
  expect(new Set([...store.entries()].map(({ owner }) => owner))).toEqual(new Set(["", "default", "default initial"]));
});
