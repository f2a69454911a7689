import { get } from "node:http";
import { expect, test } from "vitest";
import type { components } from "../../generated/control/types.ts";
import { components as validators } from "../../generated/control/validators.js";
import { refusePageRequest } from "../control/guard.ts";
import { withHarness } from "../harness.fixture.ts";
import type { MockRequest } from "../kit/exchange.ts";

type Schemas = components["schemas"];
const page = (json: unknown) => json as Schemas["SandboxLifePage"];

test("sandboxes are listed with their states past and to come, and what tenants use", () =>
  withHarness({ contract: "opencomputer", settings: { quota: 5 } }, async ({ call, clock }) => {
    const startMs = clock.now();
    const { sandboxID } = (await call("/api/sandboxes", { body: { timeout: 60, previewAuth: {} } })).json;
    clock.advance(10_000);
    await call(`/api/sandboxes/${String(sandboxID)}/hibernate`, { method: "POST" });
    clock.advance(5_000);
    await call(`/api/sandboxes/${String(sandboxID)}/wake`, { body: {} });
    clock.advance(1_000);
    const { json } = await call("/__sandglass/worlds/default/sandboxes");
    expect(validators.SandboxLifePage(json)).toBe(true);
    const { sandboxes, use, states, total } = page(json);
    expect({ total, states }).toEqual({ total: 1, states: { running: 1 } });
    expect(sandboxes[0]).toMatchObject({
      ...{ id: sandboxID, tenant: "acme", gated: true, createdAtMs: startMs },
      timed: [{ state: "hibernated", fromMs: startMs + 75_000, rule: "idle for 60 s" }],
      past: [
        { state: "running", fromMs: startMs, cause: "made by acme" },
        {
          state: "hibernated",
          fromMs: startMs + 10_000,
          cause: expect.stringMatching(/^acme: POST .*hibernate$/) as string,
        },
        { state: "running", fromMs: startMs + 15_000, cause: expect.stringMatching(/^acme: POST .*wake$/) as string },
      ],
    });
    expect(use.find(({ tenant }) => tenant === "acme")).toEqual({
      ...{ contract: "opencomputer", tenant: "acme", running: 1, quota: 5 },
      ...{ creates: 1, peakRunning: 1, sandboxSeconds: 11, hibernatedSeconds: 5 },
    });
    expect(JSON.stringify(json)).not.toMatch(/tokenHash|sandglass-acme/);
  }));

test("what a wake found asleep without a call had been idle, and the use is exact all the same", () =>
  withHarness({ contract: "opencomputer" }, async ({ call, clock }) => {
    const { sandboxID } = (await call("/api/sandboxes", { body: { timeout: 60 } })).json;
    clock.advance(100_000);
    await call(`/api/sandboxes/${String(sandboxID)}/wake`, { body: {} });
    const { sandboxes, use } = page((await call("/__sandglass/worlds/default/sandboxes")).json);
    expect(sandboxes[0]!.past[1]).toEqual({ state: "hibernated", cause: "idle" });
    expect(use.find(({ tenant }) => tenant === "acme")).toMatchObject({ sandboxSeconds: 60, hibernatedSeconds: 40 });
  }));

test("the list is filtered by text and state, and cut at its limit with the count told", () =>
  withHarness({ contract: "opencomputer" }, async ({ call }) => {
    for (let made = 0; made < 3; made += 1) await call("/api/sandboxes", { body: {} });
    const list = async (query: string) => page((await call(`/__sandglass/worlds/default/sandboxes?${query}`)).json);
    const all = await list("");
    expect(await list(`text=${all.sandboxes[0]!.id}`)).toMatchObject({ total: 3, found: 1 });
    expect(await list("state=hibernated")).toMatchObject({ total: 3, found: 0, sandboxes: [] });
    expect((await list("limit=2")).sandboxes).toHaveLength(2);
    expect((await call("/__sandglass/worlds/default/sandboxes?limit=0")).status).toBe(400);
  }));

/** The events of a stream, until `enough` of them have come. */
function watch(url: string, enough: (events: readonly string[]) => boolean): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let text = "";
    get(`${url}/__sandglass/worlds/default/events`, (response) => {
      expect(response.headers["content-type"]).toBe("text/event-stream");
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const events = text.split("\n\n").slice(0, -1);
        if (!enough(events)) return;
        response.destroy();
        resolve(events);
      });
    }).on("error", reject);
  });
}

/** An event as the document has it: its name, and its data as text. */
const eventOf = (text: string) =>
  Object.fromEntries(text.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
const dataOf = (event: string) => JSON.parse(event.slice(event.indexOf("data: ") + 6)) as Schemas["Tick"];

test("a watched world tells what it was asked, of many requests the newest and how many they were", () =>
  withHarness({ contract: "opencomputer" }, async ({ call, url, world }) => {
    await call("/api/sandboxes", { body: { timeout: -1 } });
    const watched = watch(url, (events) => events.length === 2);
    const { journal } = world;
    await expect.poll(() => journal.seen()).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the first look is over
    for (let asked = 0; asked < 120; asked += 1) journal.add({ ...journal.entries()[0]!, requestHeaders: [] });
    const events = await watched;
    const [first, second] = events.map(dataOf);
    expect(validators.Tick(first)).toBe(true);
    expect(events.map(eventOf).map((event) => validators.WatchEvent(event))).toEqual([true, true]);
    expect(first).toMatchObject({
      skipped: 0,
      worlds: ["default"],
      ports: { opencomputer: Number(new URL(url).port) },
    });
    expect(first!.entries.map(({ reason }) => reason?.rule)).toEqual(["timeout-negative"]);
    expect(second!.entries).toHaveLength(50);
    expect(second).toMatchObject({ skipped: 70, world: { requests: 121 } });
  }));

test("an open stream does not hold up the end of the mock", async () => {
  let endedAfterMs = Infinity;
  let startMs = 0;
  await withHarness({ contract: "opencomputer" }, async ({ url }) => {
    const response = await fetch(`${url}/__sandglass/worlds/default/events`);
    await response.body!.getReader().read();
    startMs = performance.now();
  });
  endedAfterMs = performance.now() - startMs;
  expect(endedAfterMs).toBeLessThan(1_000);
});

test("a world that is deleted while it is watched is told as gone", () =>
  withHarness({ contract: "opencomputer" }, async ({ mock, url }) => {
    const world = mock.createWorld();
    const response = await fetch(`${url}/__sandglass/worlds/${world.id}/events`);
    mock.universe.delete(world);
    const text = await response.text();
    expect(text).toMatch(/event: gone\ndata: \{\}\n\n$/);
    expect(validators.WatchEvent(eventOf(text.trim().split("\n\n").at(-1)!))).toBe(true);
  }));

test("the page may run its own script alone, and stands in no frame", () =>
  withHarness({ contract: "opencomputer" }, async ({ call }) => {
    const { status, headers, text } = await call("/__sandglass");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const policy = headers.get("content-security-policy")!;
    expect(policy).toMatch(
      /default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+';.*frame-ancestors 'none'$/,
    );
    expect(policy).not.toMatch(/unsafe/);
    expect(text).not.toMatch(/sandglass-(?:acme|ada)|https?:\/\/(?!www\.w3\.org)[a-z]/);
    expect((await call("/__sandglass/")).headers.get("location")).toBe("/__sandglass");
  }));

const elsewhere = (headers: Readonly<Record<string, string>> = {}): MockRequest => ({
  ...{ method: "GET", url: "/__sandglass", params: {}, rawHeaders: [], remoteAddress: "10.0.0.7" },
  ...{ query: () => undefined, queries: () => ({}), body: "", bodyTooLarge: false },
  header: (name) => ({ host: "mock.example:4020", ...headers })[name],
});

test("another machine gets the page where there is a control token, a page of another origin never", () => {
  expect(refusePageRequest(elsewhere(), undefined)).toContain("--control-token");
  expect(refusePageRequest(elsewhere(), "a-control-token-of-the-test")).toBeUndefined();
  const site = elsewhere({ "sec-fetch-site": "cross-site" });
  expect(refusePageRequest(site, "a-control-token-of-the-test")).toContain("another origin");
});
