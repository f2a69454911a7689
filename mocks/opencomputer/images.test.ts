import { expect, test } from "vitest";
import { type Harness, withHarness } from "../harness.fixture.ts";

const tools = { steps: [{ type: "run", args: { commands: ["echo built > /opt/tools"] } }] };

/** A file of a sandbox that is made with this body. */
async function fileIn({ call }: Harness, body: object, path: string): Promise<string> {
  const { json, status } = await call("/api/sandboxes", { body });
  expect(status).toBe(201);
  return (await call(`/api/sandboxes/${String(json["sandboxID"])}/files?path=${path}`)).text;
}

test("an image is built once, and listed beside snapshots, without a name", () =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { call, clock } = harness;
    expect((await call("/api/images")).json).toEqual([]);
    expect(await fileIn(harness, { image: tools }, "/opt/tools")).toBe("built\n");
    clock.advance(1_000);
    expect(await fileIn(harness, { image: tools }, "/opt/tools")).toBe("built\n");
    await call("/api/snapshots", { body: { name: "named", image: tools } });
    const [named, unnamed] = (await call("/api/images")).json;
    expect([named, unnamed]).toMatchObject([{ name: "named" }, { status: "ready", manifest: tools }]);
    expect(unnamed).not.toHaveProperty("name");
    expect(named!["contentHash"]).toBe(unnamed!["contentHash"]);
    expect(Date.parse(String(unnamed!["lastUsedAt"])) - Date.parse(String(unnamed!["createdAt"]))).toBe(1_000);
    expect((await call("/api/snapshots")).json).toHaveLength(1);
    expect((await call("/api/images", { key: "sandglass-globex" })).json).toEqual([]);
  }));

test("a script of a snapshot, by its name, and of an image, by its id, runs in what is made from it", () =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { call } = harness;
    await call("/api/snapshots", { body: { name: "named", image: tools } });
    await fileIn(harness, { image: tools }, "/opt/tools");
    const unnamed = (await call("/api/images")).json.find((each) => each["name"] === undefined);
    for (const at of ["/api/snapshots/named", `/api/images/${String(unnamed!["id"])}`]) {
      const { status, json } = await call(`${at}/patches`, { body: { script: "echo patched > /opt/tools" } });
      expect([status, json["patch"]]).toMatchObject([201, { sequence: 1, strategy: "on_wake" }]);
      expect((await call(`${at}/patches`)).json).toEqual([json["patch"]]);
      const stranger = await call(`${at}/patches`, { key: "sandglass-globex" });
      expect(stranger.status).toBe(404);
      expect(stranger.json["error"]).toMatch(/^(snapshot|image) ".+" not found$/);
    }
    expect(await fileIn(harness, { snapshot: "named" }, "/opt/tools")).toBe("patched\n");
    expect(await fileIn(harness, { image: tools }, "/opt/tools")).toBe("patched\n");
    const [patch] = (await call("/api/snapshots/named/patches")).json;
    const deleted = await call(`/api/snapshots/named/patches/${String(patch!["id"])}`, { method: "DELETE" });
    expect(deleted.status).toBe(204);
    expect((await call("/api/snapshots/named/patches")).json).toEqual([]);
    expect((await call("/api/snapshots/none/patches")).json).toEqual({ error: 'snapshot "none" not found' });
  }));

test.each(["publish", "unpublish"])("to %s a snapshot is for the vendor's own organisation alone", (how) =>
  withHarness({ contract: "opencomputer" }, async ({ call }) => {
    await call("/api/snapshots", { body: { name: "named", image: tools } });
    expect(await call(`/api/snapshots/named/${how}`, { method: "POST" })).toMatchObject({
      status: 403,
      json: { error: "only the platform org may publish snapshots to the shared catalog" },
    });
  }),
);
