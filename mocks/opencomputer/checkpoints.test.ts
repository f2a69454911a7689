import { expect, test } from "vitest";
import { type Harness, withHarness } from "../harness.fixture.ts";

type Reply = Awaited<ReturnType<Harness["call"]>>;

/** A sandbox, and its checkpoints. */
const withSandbox = (
  act: (harness: Harness & { at: string; checkpoint: (body: object) => Promise<Reply> }) => Promise<void>,
  settings = {},
) =>
  withHarness({ contract: "opencomputer", settings }, async (harness) => {
    const { json } = await harness.call("/api/sandboxes", { body: { timeout: 0 } });
    const at = `/api/sandboxes/${String(json["sandboxID"])}`;
    await act({ ...harness, at, checkpoint: (body) => harness.call(`${at}/checkpoints`, { body }) });
  });

test("a checkpoint is processing for as long as the setting says, and cannot be used before", () =>
  withSandbox(
    async ({ at, call, checkpoint, clock }) => {
      const { json, status } = await checkpoint({ name: "one" });
      expect([status, json["status"], json["sizeBytes"]]).toEqual([201, "processing", 0]);
      const restore = () => call(`${at}/checkpoints/${String(json["id"])}/restore`, { method: "POST" });
      expect(await restore()).toMatchObject({
        status: 400,
        json: { error: "checkpoint is not ready (status: processing)" },
      });
      clock.advance(2_000);
      expect((await call(`${at}/checkpoints`)).json[0]).toMatchObject({ status: "ready" });
      expect((await restore()).json).toMatchObject({ status: "restoring", checkpointId: json["id"] });
    },
    { buildMs: 2_000 },
  ));

test.each([
  ["no name", {}, "name is required"],
  ["another kind", { name: "a", kind: "half" }, "kind must be full or disk_only"],
  ["a promotion of a full one", { name: "a", promoteToFull: true }, /^promoteToFull is only supported/],
  ["another policy", { name: "a", retentionPolicy: { mode: "newest" } }, "unsupported checkpoint retention policy"],
  ["too many", { name: "a", retentionPolicy: { mode: "none", maxCount: 11 } }, /must be between 1 and 10 for full/],
])("a checkpoint with %s is refused in the vendor's words", async (_, body, error) => {
  await withSandbox(async ({ checkpoint }) => {
    const { status, json } = await checkpoint(body);
    expect([status, json["error"]]).toEqual([400, typeof error === "string" ? error : expect.stringMatching(error)]);
  });
});

test("a sandbox has ten full checkpoints, and a retention policy makes room by age", () =>
  withSandbox(async ({ at, call, checkpoint, clock }) => {
    for (let at = 0; at < 10; at += 1) {
      expect((await checkpoint({ name: `c${at}` })).status).toBe(201);
      clock.advance(1_000);
    }
    expect((await checkpoint({ name: "c9", kind: "disk_only" })).status).toBe(409);
    expect((await checkpoint({ name: "more" })).json).toEqual({ error: "maximum 10 full checkpoints per sandbox" });
    const retentionPolicy = { mode: "delete_oldest", maxCount: 3 };
    expect((await checkpoint({ name: "c0", retentionPolicy })).status).toBe(201);
    const names = (await call(`${at}/checkpoints`)).json.map(({ name }) => name);
    expect(names).toEqual(["c0", "c9", "c8"]);
  }));

test("a checkpoint is of use to its own organisation alone, until it is published", () =>
  withSandbox(async ({ at, call, checkpoint }) => {
    const key = "sandglass-globex";
    const { json } = await checkpoint({ name: "one" });
    const id = String(json["id"]);
    const fork = () => call(`/api/sandboxes/from-checkpoint/${id}`, { key, body: {} });
    expect((await fork()).status).toBe(404);
    expect((await call(`${at}/checkpoints`, { key })).status).toBe(404);
    expect((await call(`${at}/checkpoints/${id}`, { key, method: "DELETE" })).status).toBe(404);
    expect((await call(`/api/sandboxes/checkpoints/${id}/publish`, { key, method: "POST" })).status).toBe(404);
    expect((await call(`/api/sandboxes/checkpoints/${id}/publish`, { method: "POST" })).json).toMatchObject({
      isPublic: true,
    });
    expect((await fork()).json).toMatchObject({ status: "running", fromCheckpointId: id, memoryMB: 4096 });
    await call(`/api/sandboxes/checkpoints/${id}/unpublish`, { method: "POST" });
    expect((await fork()).status).toBe(404);
  }));

test("only a running sandbox has a checkpoint made, only its own brings it back, and an id is a UUID", () =>
  withSandbox(async ({ at, call, checkpoint }) => {
    const { json } = await checkpoint({ name: "one" });
    const other = await call("/api/sandboxes", { body: {} });
    const elsewhere = `/api/sandboxes/${String(other.json["sandboxID"])}/checkpoints/${String(json["id"])}`;
    expect((await call(`${elsewhere}/restore`, { method: "POST" })).json).toEqual({
      error: "checkpoint does not belong to this sandbox",
    });
    expect((await call(`${at}/checkpoints/one/restore`, { method: "POST" })).json).toEqual({
      error: "invalid checkpoint ID",
    });
    await call(`${at}/hibernate`, { method: "POST" });
    expect((await checkpoint({ name: "two" })).json).toEqual({
      error: "sandbox must be running to create a checkpoint",
    });
    expect((await call(`${at}/checkpoints`)).json).toHaveLength(1);
  }));

test("a fork counts against the quota, and a patch that fails is told and stops those after it", () =>
  withSandbox(
    async ({ call, checkpoint, at }) => {
      const id = String((await checkpoint({ name: "one" })).json["id"]);
      const patches = `/api/sandboxes/checkpoints/${id}/patches`;
      for (const script of ["exit 7", "touch /workspace/never"]) await call(patches, { body: { script } });
      const fork = () => call(`/api/sandboxes/from-checkpoint/${id}`, { body: {} });
      const { json } = await fork();
      const forked = `/api/sandboxes/${String(json["sandboxID"])}`;
      expect((await call(forked)).json["patchError"]).toMatch(/^patch 1 failed: exit code 7/);
      expect((await call(`${forked}/files/list?path=/workspace`)).json).toEqual([]);
      expect((await fork()).json).toMatchObject({ active: 2, limit: 2 });
      await call(at, { method: "DELETE" });
      expect((await fork()).status).toBe(201);
    },
    { quota: 2 },
  ));

test("checkpoints and snapshots are in a snapshot of the world, files and all", () =>
  withSandbox(async ({ at, call, checkpoint }) => {
    await call(`${at}/exec/run`, { body: { cmd: "echo kept > /workspace/a.txt" } });
    const id = String((await checkpoint({ name: "one" })).json["id"]);
    const image = { steps: [{ type: "workdir", args: { path: "/opt/a" } }] };
    expect((await call("/api/snapshots?async=1", { body: { name: "s", image } })).json["status"]).toBe("building");
    const { json } = await call("/__sandglass/worlds/default/snapshot", { key: "" });
    await call("/__sandglass/worlds/default/reset", { key: "", method: "POST" });
    expect((await call("/api/snapshots/s")).status).toBe(404);
    const restored = await call("/__sandglass/worlds/default/snapshot", { key: "", method: "PUT", body: json });
    expect(restored.status).toBe(200);
    expect((await call("/api/snapshots/s")).json).toMatchObject({ status: "ready", name: "s" });
    const fork = await call(`/api/sandboxes/from-checkpoint/${id}`, { body: {} });
    const file = `/api/sandboxes/${String(fork.json["sandboxID"])}/files?path=/workspace/a.txt`;
    expect((await call(file)).text).toBe("kept\n");
  }));
