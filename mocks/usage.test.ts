import { expect, test } from "vitest";
import { type Harness, withHarness } from "./harness.fixture.ts";

const openComputer = (act: (harness: Harness) => Promise<void>) => withHarness({ contract: "opencomputer" }, act);
const acme = ({ world }: Harness) =>
  world.usage().find(({ contract, tenant }) => contract === "opencomputer" && tenant === "acme");

async function create({ call }: Harness, body: object = {}): Promise<string> {
  return String((await call("/api/sandboxes", { body })).json["sandboxID"]);
}

test("running and hibernated time are counted by the world's clock, through sleep, idling, waking and kill", () =>
  openComputer(async (harness) => {
    const { call, clock } = harness;
    const id = await create(harness, { timeout: 60 });
    clock.advance(10_000);
    await call(`/api/sandboxes/${id}/hibernate`, { body: {} });
    clock.advance(100_000);
    await call(`/api/sandboxes/${id}/wake`, { body: {} }); // runs for 60 s, then idles
    clock.advance(90_000);
    expect(acme(harness)).toMatchObject({ running: 0, sandboxSeconds: 70, hibernatedSeconds: 130 });
    await call(`/api/sandboxes/${id}/timeout`, { body: { timeout: 500 } }); // which does not wake it
    clock.advance(10_000);
    await call(`/api/sandboxes/${id}/exec/run`, { body: { cmd: "true" } }); // which does
    clock.advance(5_000);
    await call(`/api/sandboxes/${id}`, { method: "DELETE" });
    clock.advance(1_000_000);
    expect(acme(harness)).toEqual({
      ...{ contract: "opencomputer", tenant: "acme", creates: 1, running: 0, peakRunning: 1 },
      ...{ sandboxSeconds: 75, hibernatedSeconds: 140 },
    });
  }));

test("the peak is the most that ran at once; what stops as another starts is not beside it", () =>
  openComputer(async (harness) => {
    const { call, clock } = harness;
    const first = await create(harness);
    clock.advance(1_000);
    await call(`/api/sandboxes/${first}`, { method: "DELETE" });
    await create(harness);
    expect(acme(harness)).toMatchObject({ creates: 2, peakRunning: 1, running: 1 });
    await create(harness);
    clock.advance(301_000); // both hibernate
    await create(harness);
    expect(acme(harness)).toMatchObject({ creates: 4, peakRunning: 2, running: 1, sandboxSeconds: 601 });
  }));

test("a snapshot keeps what was used, and other tenants and worlds have their own", () =>
  openComputer(async (harness) => {
    const { call, clock, world } = harness;
    const id = await create(harness);
    clock.advance(20_000);
    await call(`/api/sandboxes/${id}`, { method: "DELETE" });
    const snapshot = (await call("/__sandglass/worlds/default/snapshot")).json;
    await call("/__sandglass/worlds/default/reset", { method: "POST" });
    await call("/__sandglass/worlds/default/snapshot", { method: "PUT", body: snapshot });
    const { json } = await call("/__sandglass/worlds/default/usage");
    expect(json).toMatchObject({ creates: 1, running: 0, sandboxSeconds: 20, hibernatedSeconds: 0 });
    const tenants = json["tenants"] as { tenant: string; creates: number }[];
    expect(tenants.map(({ tenant, creates }) => [tenant, creates])).toEqual(
      world.usage().map(({ tenant }) => [tenant, tenant === "acme" ? 1 : 0]),
    );
  }));

test("a sandbox of Recoup costs from its boot to its timeout, and leaks nothing", () =>
  withHarness({ contract: "recoup" }, async ({ call, clock, world }) => {
    await call("/api/sandboxes", { body: {} });
    clock.advance(200);
    expect(world.usage()[0]).toMatchObject({ tenant: "ada", creates: 1, running: 0, sandboxSeconds: 0 });
    clock.advance(10_200);
    expect(world.usage()[0]).toMatchObject({ running: 1, sandboxSeconds: 10 });
    world.expectNoLeaks();
    clock.advance(3_600_000);
    expect(world.usage()[0]).toMatchObject({ running: 0, peakRunning: 1, sandboxSeconds: 1_799.6 });
    expect(() => world.expectCost({ maxSandboxSeconds: 1_000 })).toThrow(/at most 1000 sandbox-seconds, saw 1799.6/);
  }));

test("expectNoLeaks names the sandboxes that are left, and what to do", () =>
  openComputer(async (harness) => {
    const { call, clock, world } = harness;
    const killed = await create(harness);
    const left = await create(harness, { timeout: 5 });
    await call(`/api/sandboxes/${killed}`, { method: "DELETE" });
    clock.advance(9_000);
    expect(() => world.expectNoLeaks()).toThrow(
      [
        "expected no sandbox that costs on, and 1 sandbox costs on until a call ends it:",
        `  ${left}: hibernated, made 9 s ago by acme`,
        "Kill what a test makes, also where it fails: client.sandboxes.kill(id) in a finally block.",
      ].join("\n"),
    );
    await call(`/api/sandboxes/${left}`, { method: "DELETE" });
    world.expectNoLeaks();
  }));

test("expectCost names each bound that is passed and the longest sandboxes, and refuses a bound that there is not", () =>
  openComputer(async (harness) => {
    const { clock, world } = harness;
    const id = await create(harness, { timeout: 0 });
    clock.advance(30_000);
    world.expectCost({ maxSandboxSeconds: 30, maxHibernatedSeconds: 0, maxCreates: 1, maxRunning: 1 });
    expect(() => world.expectCost({ maxSandboxSeconds: 29, maxCreates: 0 })).toThrow(
      [
        `expected at most 29 sandbox-seconds, saw 30. The longest: ${id} for 30 s.`,
        "expected at most 0 sandboxes made, saw 1.",
        "End sandboxes sooner, give them a shorter timeout, or raise the bound.",
      ].join("\n"),
    );
    expect(() => world.expectCost({ maxSandboxSecond: 29 } as object)).toThrow(/maxSandboxSeconds/);
  }));

test("10,000 sandboxes are summed up within a second", () =>
  openComputer(async (harness) => {
    for (let made = 0; made < 10_000; made += 1) await create(harness);
    const beganAt = performance.now();
    expect(acme(harness)).toMatchObject({ creates: 10_000, peakRunning: 10_000 });
    expect(performance.now() - beganAt).toBeLessThan(1_000);
  }));
