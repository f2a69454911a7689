import { WebSocket } from "ws";
import { describe, expect, test } from "vitest";
import type { FaultSetting } from "../../kit/fault.ts";
import type { OpenComputerSettings as WorldSettings } from "../settings.ts";
import { type Harness, withHarness } from "../../harness.fixture.ts";
import { create, get, kill, sandboxes } from "./case.fixture.ts";
import { casesAToD } from "./cases-a-to-d.fixture.ts";
import { casesHandles } from "./cases-handles.fixture.ts";
import { casesInside } from "./cases-inside.fixture.ts";
import { casesKept } from "./cases-kept.fixture.ts";
import { casesEToG } from "./cases-e-to-g.fixture.ts";
import { faults } from "./index.ts";

const contract = "opencomputer";
const cases = [...casesAToD, ...casesInside, ...casesKept, ...casesHandles, ...casesEToG];

describe("a fault of the OpenComputer mock", () => {
  for (const { id, seen, settings = {}, see, wrong, right } of cases) {
    test(`${id} shows in ${seen}`, async () => {
      expect(await withHarness({ contract, settings, faults: [{ id }] }, see)).toEqual(wrong);
      expect(await withHarness({ contract, settings }, see)).toEqual(right);
    });
  }

  test("has a case here, unless every contract has it", () => {
    const usual = ["latency", "rate-limit", "server-error", "connection-reset", "slow-body", "cut-body"];
    expect(faults.map(({ id }) => id)).toEqual([
      ...cases.map(({ id }) => id).slice(0, -1),
      ...usual,
      "killed-in-flight",
    ]);
  });
});

describe("what a fault leaves alone", () => {
  const on = (id: string, act: (harness: Harness) => Promise<void>, settings: Partial<WorldSettings> = {}) =>
    withHarness({ contract, settings, faults: [{ id }] satisfies FaultSetting[] }, act);

  test("killed-comes-back keeps a late kill, and a second one", () =>
    on("killed-comes-back", async ({ call, clock }) => {
      const [early, late] = [await create(call), await create(call)];
      await kill(call, early);
      clock.advance(2_000);
      await kill(call, early);
      await kill(call, late);
      clock.advance(60_000);
      expect(await get(call, early, "status")).toBe("stopped");
      expect(await get(call, late, "status")).toBe("stopped");
    }));

  test("killed-comes-back brings a sandbox back with its idle timeout", () =>
    on("killed-comes-back", async ({ call, clock }) => {
      const id = await create(call, { timeout: 5 });
      await kill(call, id);
      clock.advance(6_999);
      expect(await get(call, id, "status")).toBe("running");
      clock.advance(1);
      expect(await get(call, id, "status")).toBe("hibernated");
    }));

  test("killed-serves-preview asks for the token all the same", () =>
    on("killed-serves-preview", async ({ call, preview }) => {
      const id = await create(call, { previewAuth: {} });
      await kill(call, id);
      expect((await preview(id)).status).toBe(401);
    }));

  test("stopped-counts-in-quota does not count what hibernates", () =>
    on(
      "stopped-counts-in-quota",
      async ({ call }) => {
        const id = await create(call);
        await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
        expect((await call(sandboxes, { body: {} })).status).toBe(201);
      },
      { quota: 1 },
    ));

  test("activity-ignored lets a preview wake what hibernates", () =>
    on("activity-ignored", async ({ call, preview }) => {
      const id = await create(call);
      await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      await preview(id);
      expect(await get(call, id, "status")).toBe("running");
    }));

  test("parallel-creates-exceed-quota refuses the creates that come later", () =>
    on(
      "parallel-creates-exceed-quota",
      async ({ call }) => {
        expect((await call(sandboxes, { body: {} })).status).toBe(201);
        expect((await call(sandboxes, { body: {} })).status).toBe(429);
      },
      { quota: 1 },
    ));

  test("kill-races-hibernate leaves a kill and a hibernation alone that come one after the other", () =>
    on("kill-races-hibernate", async ({ call }) => {
      const id = await create(call);
      await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      expect(await get(call, id, "status")).toBe("hibernated");
      await kill(call, id);
      expect(await get(call, id, "status")).toBe("stopped");
    }));
});

describe("faults at the gate", () => {
  test("preview-token-shown-again keeps the token out of what is stored", async () => {
    await withHarness({ contract, faults: [{ id: "preview-token-shown-again" }] }, async ({ call, world }) => {
      const { previewAuthToken } = (await call(sandboxes, { body: { previewAuth: {} } })).json;
      const stored = [...world.snapshot().tables.values()].flatMap((table) => [...table.records()]);
      expect(stored).toHaveLength(1);
      expect(JSON.stringify(stored)).not.toContain(previewAuthToken as string);
    });
  });

  test("killed-in-flight loses a sandbox behind its preview", async () => {
    const faults = [{ id: "killed-in-flight", operation: "preview" }];
    await withHarness({ contract, faults }, async ({ call, preview }) => {
      const id = await create(call);
      expect([(await preview(id)).status, (await preview(id)).status]).toEqual([200, 410]);
    });
  });

  test.for([
    { faults: [{ id: "activity-ignored" }], status: "hibernated" },
    { faults: [], status: "running" },
  ])("messages of a WebSocket count as activity: $status with $faults", async ({ faults, status }) => {
    await withHarness({ contract, faults }, async ({ call, clock, url }) => {
      const id = await create(call, { timeout: 5 });
      const socket = new WebSocket(`${url.replace("http", "ws")}/__sandglass/preview/${id}/3000/`);
      await new Promise((resolve) => socket.once("open", resolve));
      clock.advance(3_000);
      socket.send("hello");
      await new Promise((resolve) => socket.once("message", resolve));
      clock.advance(3_000);
      expect(await get(call, id, "status")).toBe(status);
      socket.terminate();
    });
  });
});
