import { expect, test } from "vitest";
import { withHarness } from "../harness.fixture.ts";

const put = (body: object) => ({ method: "PUT", body });

test("limits give a sandbox another size or more of its cores, and leave autoscale and what is locked alone", () =>
  withHarness({ contract: "opencomputer" }, async ({ call }) => {
    const { json: made } = await call("/api/sandboxes", { body: { timeout: 0 } });
    const at = `/api/sandboxes/${String(made["sandboxID"])}`;
    await call(`${at}/autoscale`, put({ enabled: true }));
    const scaled = await call(`${at}/limits`, put({ memoryMB: 8192 }));
    expect([scaled.status, scaled.json]).toEqual([
      200,
      {
        sandboxID: made["sandboxID"],
        workerID: made["workerID"],
        memoryMB: 8192,
        cpuPercent: 200,
        migrated: false,
        ok: true,
      },
    ]);
    expect((await call(`${at}/limits`, put({ cpuPercent: 150 }))).json).toMatchObject({
      memoryMB: 8192,
      cpuPercent: 150,
    });
    expect((await call(`${at}/autoscale`)).json["enabled"]).toBe(true);
    expect((await call(`${at}/limits`, put({ memoryMB: 5000 }))).status).toBe(400);
    await call(`${at}/scaling-lock`, put({ locked: true }));
    expect((await call(`${at}/limits`, put({ memoryMB: 4096 }))).json["code"]).toBe("scaling_locked");
    await call(`${at}/scaling-lock`, put({ locked: false }));
    await call(`${at}/hibernate`, { method: "POST" });
    expect(await call(`${at}/limits`, put({ memoryMB: 4096 }))).toMatchObject({
      status: 400,
      json: { error: "sandbox is not running" },
    });
  }));

test("a free plan's limits end at 4096 MB and one core", () =>
  withHarness({ contract: "opencomputer", settings: { plan: "free" } }, async ({ call }) => {
    const { json } = await call("/api/sandboxes", { body: {} });
    const limits = `/api/sandboxes/${String(json["sandboxID"])}/limits`;
    expect((await call(limits, put({ memoryMB: 8192 }))).status).toBe(402);
    expect((await call(limits, put({ cpuPercent: 150 }))).status).toBe(402);
    expect((await call(limits, put({ memoryMB: 1024 }))).status).toBe(200);
  }));

test("a sandbox's own credential is another each time, wakes nothing, and is made for no stranger and no stopped sandbox", () =>
  withHarness({ contract: "opencomputer" }, async ({ call }) => {
    const { json } = await call("/api/sandboxes", { body: {} });
    const at = `/api/sandboxes/${String(json["sandboxID"])}`;
    const refresh = (key?: string) =>
      call(`${at}/token/refresh`, { method: "POST", ...(key === undefined ? {} : { key }) });
    const first = await refresh();
    await call(`${at}/hibernate`, { method: "POST" });
    const second = await refresh();
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(first.json["token"]).not.toBe(second.json["token"]);
    expect((await call(at)).json["status"]).toBe("hibernated");
    expect((await refresh("sandglass-globex")).status).toBe(404);
    await call(at, { method: "DELETE" });
    expect((await refresh()).status).toBe(410);
    const { text } = await call("/__sandglass/worlds/default/journal", { key: "" });
    expect(text).not.toContain(String(first.json["token"]));
  }));
