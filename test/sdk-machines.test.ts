import { Sandbox, ScalingLockedError, SecretStore } from "@opencomputer/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type StartedMock, startMock } from "../mocks/index.ts";

let mock: StartedMock;
let acme: { apiKey: string; apiUrl: string };

beforeAll(async () => {
  mock = await startMock({ contract: "opencomputer", clockScale: 0 });
  acme = { apiKey: "sandglass-acme", apiUrl: mock.url };
});

afterAll(() => mock.close());

const secret = "s3cr3t-value-of-the-test";

test("a secret reaches neither an answer nor a guest nor the journal, and its store is gone with the sandbox if asked", async () => {
  const store = await SecretStore.create({ ...acme, name: "deploy-keys", egressAllowlist: ["api.example.com"] });
  await SecretStore.setSecret(store.id, "API_KEY", secret, { ...acme, allowedHosts: ["api.example.com"] });
  expect(await SecretStore.listSecrets(store.id, acme)).toMatchObject([
    { storeId: store.id, name: "API_KEY", allowedHosts: ["api.example.com"] },
  ]);
  expect(await SecretStore.list(acme)).toEqual([await SecretStore.get(store.id, acme)]);
  const sandbox = await Sandbox.create({ ...acme, secretStore: "deploy-keys", envs: { MORE: "two" } });
  const { stdout } = await sandbox.exec.run('echo "$API_KEY $MORE"; env');
  expect(stdout).toMatch(/^osb_sealed_[0-9a-f]{32} two\n/);
  expect(await sandbox.getAllowedHosts()).toEqual({
    ...{ sandboxID: sandbox.sandboxId, secretStore: "deploy-keys", egressAllowlist: ["api.example.com"] },
    perSecretAllowedHosts: { API_KEY: ["api.example.com"] },
  });
  const globex = { ...acme, apiKey: "sandglass-globex" };
  await expect(SecretStore.get(store.id, globex)).rejects.toThrow(/404/);
  await expect(Sandbox.create({ ...globex, secretStore: "deploy-keys" })).rejects.toThrow("secret store not found");
  const world = mock.defaultWorld();
  const kept = [...world.tables()].flatMap(([, table]) => [...table.records()]);
  expect(JSON.stringify([kept, world.journal.entries(), stdout])).not.toContain(secret);

  await expect(SecretStore.create({ ...acme, name: "deploy-keys" })).rejects.toThrow(/409/);
  expect((await SecretStore.update(store.id, { ...acme, egressAllowlist: [] })).egressAllowlist).toEqual([]);
  await SecretStore.deleteSecret(store.id, "API_KEY", acme);
  await SecretStore.deleteSecret(store.id, "API_KEY", acme);
  expect(await SecretStore.listSecrets(store.id, acme)).toEqual([]);
  await sandbox.kill({ deleteSecretStore: true });
  expect(await SecretStore.list(acme)).toEqual([]);
});

test("a sandbox is scaled, scales by itself, and is locked against both", async () => {
  const sandbox = await Sandbox.create(acme);
  expect(await sandbox.scale({ memoryMB: 8192 })).toMatchObject({ memoryMB: 8192, cpuPercent: 200 });
  await expect(sandbox.scale({ memoryMB: 2048 })).rejects.toThrow("memoryMB must be one of: 1024, 4096, 8192, 16384");
  await expect(sandbox.scale({} as never)).rejects.toThrow("memoryMB is required and must be positive");
  const range = { minMemoryMB: 1024, maxMemoryMB: 4096 };
  expect(await sandbox.setAutoscale({ enabled: true, ...range })).toMatchObject({ enabled: true, ...range });
  await expect(sandbox.setAutoscale({ enabled: true, minMemoryMB: 8192, maxMemoryMB: 4096 })).rejects.toThrow("≤");
  expect(await sandbox.scale({ memoryMB: 1024 })).toMatchObject({ memoryMB: 1024, autoscaleDisabled: true });
  expect(await sandbox.getAutoscale()).toMatchObject({ enabled: false });
  await sandbox.setAutoscale({ enabled: true, ...range });
  expect(await sandbox.setScalingLock(true)).toMatchObject({ locked: true });
  expect([await sandbox.getAutoscale(), await sandbox.getScalingLock()]).toMatchObject([
    { enabled: false },
    { locked: true },
  ]);
  await expect(sandbox.scale({ memoryMB: 8192 })).rejects.toBeInstanceOf(ScalingLockedError);
  await expect(sandbox.setAutoscale({ enabled: true, ...range })).rejects.toBeInstanceOf(ScalingLockedError);
  await sandbox.setScalingLock(false);
  await sandbox.scale({ memoryMB: 4096 });
  await sandbox.hibernate();
  await expect(sandbox.scale({ memoryMB: 8192 })).rejects.toThrow("sandbox is not running");
});

test("a restart ends what runs, and keeps the files", async () => {
  const sandbox = await Sandbox.create(acme);
  await sandbox.files.write("/workspace/a.txt", "kept\n");
  for (const restart of ["reboot", "powerCycle"] as const) {
    const session = await sandbox.exec.start("bash");
    await sandbox[restart]();
    expect(await session.done).toBe(-1);
    expect(await sandbox.files.read("/workspace/a.txt")).toBe("kept\n");
  }
  await sandbox.kill();
  await expect(sandbox.reboot()).rejects.toThrow(/400/);
});
