import { Sandbox } from "@opencomputer/sdk";
import { Image, Snapshots } from "@opencomputer/sdk/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StartedMock, startMock } from "../mocks/index.ts";

let mock: StartedMock;
let acme: { apiKey: string; apiUrl: string };

beforeAll(async () => {
  mock = await startMock({ contract: "opencomputer", clockScale: 0, startMs: Date.UTC(2026, 0, 2) });
  acme = { apiKey: "sandglass-acme", apiUrl: mock.url };
});

afterAll(() => mock.close());

test("the vendor's SDK keeps files in a checkpoint, goes back to it, and makes others from it", async () => {
  const sandbox = await Sandbox.create({ ...acme, envs: { STAGE: "one" }, previewAuth: {} });
  await sandbox.files.write("/workspace/a.txt", "first\n");
  const { id } = await sandbox.createCheckpoint("before");
  await sandbox.files.write("/workspace/a.txt", "second\n");
  await sandbox.exec.run("touch /workspace/b.txt");
  expect(await sandbox.listCheckpoints()).toMatchObject([{ id, name: "before", status: "ready" }]);
  await sandbox.restoreCheckpoint(id);
  expect(await sandbox.files.read("/workspace/a.txt")).toBe("first\n");
  expect((await sandbox.files.list("/workspace")).map(({ name }) => name)).toEqual(["a.txt"]);
  await sandbox.kill();

  const options = { ...acme, timeout: 60, envs: { MORE: "two" } };
  const fork = await Sandbox.createFromCheckpoint(id, options);
  expect(fork.sandboxId).not.toBe(sandbox.sandboxId);
  expect((await fork.exec.run('cat /workspace/a.txt; echo "$STAGE $MORE"')).stdout).toBe("first\none two\n");
  mock.defaultWorld().clock.advance(60_000);
  expect(await fork.isRunning()).toBe(false);

  const globex = { ...acme, apiKey: "sandglass-globex" };
  await expect(Sandbox.createFromCheckpoint(id, globex)).rejects.toThrow(/404 .*checkpoint not found/);
  await sandbox.deleteCheckpoint(id);
  await sandbox.deleteCheckpoint(id);
  expect(await sandbox.listCheckpoints()).toEqual([]);
  await expect(Sandbox.createFromCheckpoint(id, acme)).rejects.toThrow(/404/);
  expect(await fork.files.read("/workspace/a.txt")).toBe("first\n");
});

test("its patches run when a sandbox is made from the checkpoint, and in those that there are when they wake", async () => {
  const sandbox = await Sandbox.create(acme);
  const { id } = await sandbox.createCheckpoint("base");
  const fork = await Sandbox.createFromCheckpoint(id, acme);
  const { patch } = await Sandbox.createCheckpointPatch(id, { ...acme, script: "echo 1 >> /workspace/log" });
  expect(patch).toMatchObject({ checkpointId: id, sequence: 1, strategy: "on_wake", description: "" });
  await Sandbox.createCheckpointPatch(id, { ...acme, script: "echo 2 >> /workspace/log", description: "second" });
  expect(await fork.files.exists("/workspace/log")).toBe(false);
  await fork.hibernate();
  await fork.wake();
  await fork.hibernate();
  expect((await fork.exec.run("cat /workspace/log")).stdout).toBe("1\n2\n");

  await Sandbox.deleteCheckpointPatch(id, patch.id, acme);
  await Sandbox.deleteCheckpointPatch(id, patch.id, acme);
  expect((await Sandbox.listCheckpointPatches(id, acme)).map(({ sequence }) => sequence)).toEqual([2]);
  const later = await Sandbox.createFromCheckpoint(id, acme);
  expect(await later.files.read("/workspace/log")).toBe("2\n");
});

test("a snapshot is built with its logs, and sandboxes boot from it with their own gate and timeout", async () => {
  const snapshots = new Snapshots(acme);
  const image = Image.base()
    .aptInstall(["ripgrep"])
    .addFile("/opt/hello.txt", "from the image\n")
    .env({ TOOL: "rg" })
    .runCommands("mkdir -p /workspace/made", "cp /opt/hello.txt /workspace/made");
  const lines: string[] = [];
  const built = await snapshots.create({ name: "tools", image, onBuildLogs: (line) => lines.push(line) });
  expect([built.name, built.status]).toEqual(["tools", "ready"]);
  expect(built.contentHash).toMatch(/^[0-9a-f]{64}$/);
  expect(lines).toContain("Step 4/4 completed");
  expect(await snapshots.waitUntilReady("tools")).toEqual(built);
  expect((await snapshots.list()).map(({ name }) => name)).toEqual(["tools"]);

  const sandbox = await Sandbox.create({ ...acme, snapshot: "tools", timeout: 30, previewAuth: {}, envs: { A: "b" } });
  expect(sandbox.previewAuthToken).toMatch(/^[\w-]{43}$/);
  const { stdout } = await sandbox.exec.run('cat /workspace/made/hello.txt; echo "$TOOL $A"');
  expect(stdout).toBe("from the image\nrg b\n");
  mock.defaultWorld().clock.advance(30_000);
  expect(await sandbox.isRunning()).toBe(false);

  await expect(snapshots.create({ name: "tools", image })).rejects.toThrow(/409 .*snapshot name already exists/);
  await snapshots.delete("tools");
  await snapshots.delete("tools");
  await expect(Sandbox.create({ ...acme, snapshot: "tools" })).rejects.toThrow(/snapshot "tools" not found/);
  expect(await sandbox.files.read("/workspace/made/hello.txt")).toBe("from the image\n");
});

test("a step that fails ends the build, with its words", async () => {
  mock.defaultWorld().script("apt-get install -y nothing", { exitCode: 100, stderr: "E: Unable to locate package\n" });
  const install = Sandbox.create({ ...acme, image: Image.base().aptInstall(["nothing"]) });
  await expect(install).rejects.toThrow("step 0 (apt_install): exit code 100: E: Unable to locate package");
  const run = new Snapshots(acme).create({ name: "broken", image: Image.base().runCommands("echo no >&2; exit 3") });
  await expect(run).rejects.toThrow("step 0 (run): exit code 3: no");
});
