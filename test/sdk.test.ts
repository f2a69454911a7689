import { request } from "node:http";
import { Sandbox } from "@opencomputer/sdk";
import { Image } from "@opencomputer/sdk/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StartedMock, startMock } from "../mocks/index.ts";

let mock: StartedMock;
let acme: { apiKey: string; apiUrl: string };

beforeAll(async () => {
  mock = await startMock({ contract: "opencomputer", clockScale: 0 });
  acme = { apiKey: "sandglass-acme", apiUrl: mock.url };
});

afterAll(() => mock.close());

/** Opens what the SDK says is the preview's host, as a browser would. */
function askPreview(host: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: mock.port, headers: { host, ...headers } };
    request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    })
      .on("error", reject)
      .end();
  });
}

const advance = (seconds: number) => mock.defaultWorld().clock.advance(seconds * 1_000);

describe("the vendor's SDK, as it is published,", () => {
  test.each(["", "/", "/api", "/api/"])("finds the mock at its address followed by %j", async (end) => {
    const sandbox = await Sandbox.create({ ...acme, apiUrl: `${mock.url}${end}` });
    expect(await sandbox.isRunning()).toBe(true);
  });

  test("creates a sandbox that stays for ever, as it asks for timeout 0 where its user names none", async () => {
    const sandbox = await Sandbox.create(acme);
    expect([sandbox.status, sandbox.previewAuthToken, sandbox.webhooks]).toEqual(["running", "", []]);
    advance(1_000_000);
    expect(await sandbox.isRunning()).toBe(true);
    await sandbox.kill();
  });

  test("creates with everything that it can ask for", async () => {
    const sandbox = await Sandbox.create({
      ...acme,
      template: "python",
      timeout: 60,
      envs: { A: "b" },
      metadata: { c: "d" },
      cpuCount: 2,
      memoryMB: 8192,
      diskMB: 20_480,
      burst: true,
      sandboxFamily: "spot",
      webhooks: [{ url: "https://example.org" }, { url: "https://example.org", secret: "mine" }],
    });
    expect(sandbox.sandboxId).toMatch(/^sb-[0-9a-f]{8}$/);
    const [first, second] = sandbox.webhooks;
    expect([first!.id, first!.url, first!.secret]).toEqual([
      expect.stringMatching(/^whk_[0-9a-f]{24}$/),
      "https://example.org",
      expect.stringMatching(/^whsec_[\w+/=]{44}$/),
    ]);
    expect(second).not.toHaveProperty("secret");
    const [entry] = mock.defaultWorld().journal.entries({ operation: "createSandbox" }).slice(-1);
    expect(entry!.unread).toEqual(["/sandboxFamily"]);
    expect(entry!.answerBody).not.toContain("whsec_");
  });

  test("creates from an image, and is told what the build logs", async () => {
    const image = Image.base().aptInstall(["ripgrep"]).runCommands("rg --version");
    const lines: string[] = [];
    const previewAuth = { token: "correct-horse-battery" };
    const sandbox = await Sandbox.create({ ...acme, image, previewAuth, onBuildLog: (line) => lines.push(line) });
    expect(await sandbox.isRunning()).toBe(true);
    expect([sandbox.previewAuthToken, sandbox.getPreviewDomain(80)]).toEqual([
      previewAuth.token,
      `${sandbox.sandboxId}-p80.localhost`,
    ]);
    expect(lines).toEqual([
      "Building image with 2 steps",
      "Step 1/2: apt_install",
      "Step 1/2 completed",
      "Step 2/2: run",
      "Step 2/2 completed",
      "Creating checkpoint...",
      "Creating sandbox from image...",
    ]);
  });

  test.each([
    ["an unknown snapshot", { snapshot: "none" }, 'snapshot "none" not found'],
    [
      "a step that cannot be built",
      { image: Image.base().runCommands("true").aptInstall([]) },
      "image build failed: step 1 (apt_install): apt_install: missing packages",
    ],
    [
      "an unknown secret store",
      { image: Image.base(), secretStore: "deploy-keys" },
      "secret store not found: deploy-keys",
    ],
  ])("is told in the build's stream of %s, and nothing is created", async (_, options, message) => {
    const world = mock.createWorld();
    const apiKey = world.tenants.find(({ name }) => name === "acme")!.key;
    const lines: string[] = [];
    const created = Sandbox.create({ ...acme, apiKey, ...options, onBuildLog: (line) => lines.push(line) });
    await expect(created).rejects.toThrow(`Build failed: ${message}`);
    expect(lines).not.toEqual([]);
    expect(world.tables().get("opencomputer/sandboxes")?.size() ?? 0).toBe(0);
  });

  test.each([
    ["an unknown template", { template: "bsae" }, '404 {"error":"template not found: bsae"}'],
    ["a negative timeout", { timeout: -1 }, '400 {"error":"timeout must be non-negative (0 = no timeout)"}'],
    ["sizes that are no tier", { cpuCount: 2, memoryMB: 1024 }, "400 {"],
    ["a short token", { previewAuth: { token: "short" } }, "400 {"],
    ["a disk that is too small", { diskMB: 8192 }, '400 {"error":"diskMB must be at least 20480 (20GB)"}'],
    ["an unknown secret store", { secretStore: "x" }, '400 {"error":"secret store not found: x"}'],
    ["a webhook over http", { webhooks: [{ url: "http://a.example" }] }, '400 {"error":"webhook url must be a valid'],
    ["an unknown key", { apiKey: "unknown" }, '401 {"error":"missing or invalid API key"}'],
    ["no key", { apiKey: "" }, '401 {"error":"missing or invalid API key"}'],
  ])("is told of %s, and nothing is created", async (_, options, message) => {
    const before = mock.defaultWorld().journal.verify({ status: 201 }).found;
    await expect(Sandbox.create({ ...acme, ...options })).rejects.toThrow(`Failed to create sandbox: ${message}`);
    expect(mock.defaultWorld().journal.verify({ status: 201, times: before }).ok).toBe(true);
  });

  test("is told of a full quota, with the numbers", async () => {
    const world = mock.createWorld({ settings: { quota: 1 } });
    const apiKey = world.tenants.find(({ name }) => name === "acme")!.key;
    const first = await Sandbox.create({ ...acme, apiKey });
    await expect(Sandbox.create({ ...acme, apiKey })).rejects.toThrow(/429 .*"active":1,"limit":1/);
    await first.hibernate();
    expect((await Sandbox.create({ ...acme, apiKey })).status).toBe("running");
  });

  test("connects to a sandbox, with its domain, and not to another organisation's", async () => {
    const sandbox = await Sandbox.create(acme);
    const connected = await Sandbox.connect(sandbox.sandboxId, acme);
    expect([connected.status, connected.domain]).toEqual(["running", `${sandbox.sandboxId}-p80.localhost`]);
    expect(connected.getPreviewDomain(3000)).toBe(sandbox.getPreviewDomain(3000));
    const globex = { ...acme, apiKey: "sandglass-globex" };
    await expect(Sandbox.connect(sandbox.sandboxId, globex)).rejects.toThrow(/404/);
    await expect(Sandbox.connect("sb-00000000", acme)).rejects.toThrow(/404/);
  });

  test("lives through a whole life: idle, awake, hibernated, woken, killed", async () => {
    const sandbox = await Sandbox.create({ ...acme, timeout: 60 });
    advance(59);
    await sandbox.setTimeout(60);
    advance(59);
    expect(await sandbox.isRunning()).toBe(true);
    advance(1);
    expect([await sandbox.isRunning(), sandbox.status]).toEqual([false, "hibernated"]);
    await sandbox.wake({ timeout: 10 });
    expect(sandbox.status).toBe("running");
    advance(10);
    expect(await sandbox.isRunning()).toBe(false);
    await sandbox.wake();
    advance(1_000_000);
    expect(await sandbox.isRunning()).toBe(true);
    await expect(sandbox.wake()).rejects.toThrow(/404 .*no active hibernation found/);
    await sandbox.hibernate();
    await sandbox.hibernate();
    await sandbox.kill({ deleteSecretStore: true });
    await sandbox.kill();
    expect([await sandbox.isRunning(), sandbox.status]).toEqual([false, "stopped"]);
    await expect(sandbox.wake()).rejects.toThrow(/404/);
    await expect(sandbox.hibernate()).rejects.toThrow(/400/);
    await expect(sandbox.setTimeout(5)).rejects.toThrow(/410/);
    await expect(sandbox.rotatePreviewAuthToken()).rejects.toThrow(/410/);
  });

  test("lists, keeps and drops ports", async () => {
    const sandbox = await Sandbox.create(acme);
    const made = await sandbox.createPreviewURL({ port: 3000, authConfig: { a: 1 } });
    expect([made.port, made.hostname, made.authConfig]).toEqual([3000, sandbox.getPreviewDomain(3000), { a: 1 }]);
    expect(await sandbox.createPreviewURL({ port: 3000 })).toEqual(made);
    await sandbox.createPreviewURL({ port: 80 });
    expect((await sandbox.listPreviewURLs()).map(({ port }) => port)).toEqual([80, 3000]);
    await sandbox.deletePreviewURL(80);
    await sandbox.deletePreviewURL(80);
    expect((await sandbox.listPreviewURLs()).map(({ port }) => port)).toEqual([3000]);
    await expect(sandbox.createPreviewURL({ port: 0 })).rejects.toThrow(/port must be between 1 and 65535/);
    await expect(sandbox.createPreviewURL({ port: 81, domain: "a.example" })).rejects.toThrow(/no custom domain/);
    await sandbox.kill();
    expect(await sandbox.listPreviewURLs()).toEqual([]);
  });

  test("opens the gate with the token that it was given, in either header, until it is rotated", async () => {
    const sandbox = await Sandbox.create({ ...acme, previewAuth: {} });
    const host = sandbox.getPreviewDomain(3000);
    const first = sandbox.previewAuthToken;
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(await askPreview(host)).toBe(401);
    expect(await askPreview(host, { authorization: `Bearer ${first}` })).toBe(200);
    expect(await askPreview(`${host}:${mock.port}`, { "x-oc-preview-token": first })).toBe(200);
    const second = await sandbox.rotatePreviewAuthToken();
    expect(second).not.toBe(first);
    expect(sandbox.previewAuthToken).toBe(second);
    expect(await askPreview(host, { "x-oc-preview-token": first })).toBe(401);
    expect(await askPreview(host, { "x-oc-preview-token": second })).toBe(200);
    expect((await Sandbox.connect(sandbox.sandboxId, acme)).previewAuthToken).toBe("");
  });

  test.each([
    "exactly-16-chars",
    "correct horse battery",
    "m\u00fcnchen-stra\u00dfe-voil\u00e0",
    "\ud83d\udd11".repeat(16),
  ])("brings a token of its own, %j, that opens the gate", async (token) => {
    const sandbox = await Sandbox.create({ ...acme, previewAuth: { token } });
    expect(sandbox.previewAuthToken).toBe(token);
    const sent = Buffer.from(token).toString("latin1"); // as the bytes of UTF-8
    expect(await askPreview(sandbox.getPreviewDomain(80), { "x-oc-preview-token": sent })).toBe(200);
    expect(await askPreview(sandbox.getPreviewDomain(80), { authorization: `bearer ${sent}` })).toBe(200);
    expect(await askPreview(sandbox.getPreviewDomain(80), { authorization: `bearer ${sent}x` })).toBe(401);
  });

  test("turns the gate on by a rotation, and a request to a preview wakes what hibernates", async () => {
    const sandbox = await Sandbox.create({ ...acme, timeout: 60 });
    const host = sandbox.getPreviewDomain(3000);
    expect(await askPreview(host)).toBe(200);
    const token = await sandbox.rotatePreviewAuthToken();
    expect(await askPreview(host)).toBe(401);
    advance(60);
    expect(await askPreview(host)).toBe(401);
    expect(await sandbox.isRunning()).toBe(false);
    expect(await askPreview(host, { "x-oc-preview-token": token })).toBe(200);
    expect(await sandbox.isRunning()).toBe(true);
    await sandbox.kill();
    expect(await askPreview(host)).toBe(401);
    expect(await askPreview(host, { "x-oc-preview-token": token })).toBe(410);
  });

  test("runs commands with the environment of the create, and tells streams and exit codes apart", async () => {
    const sandbox = await Sandbox.create({ ...acme, envs: { GREETING: "hello" } });
    expect(await sandbox.exec.run("echo hello")).toEqual({ exitCode: 0, stdout: "hello\n", stderr: "" });
    const second = await sandbox.exec.run('echo "$GREETING $MORE"; pwd; echo oops >&2; exit 3', {
      env: { MORE: "world" },
      cwd: "/workspace",
    });
    expect(second).toEqual({ exitCode: 3, stdout: "hello world\n/workspace\n", stderr: "oops\n" });
    await sandbox.hibernate();
    expect((await sandbox.exec.run("echo awake")).stdout).toBe("awake\n");
    expect(await sandbox.isRunning()).toBe(true);
  });

  test("reads and writes files: text, bytes, and a stream of 50 MB", async () => {
    const sandbox = await Sandbox.create(acme);
    const { files } = sandbox;
    await files.write("/workspace/a.txt", "héllo\n");
    expect(await files.read("/workspace/a.txt")).toBe("héllo\n");
    const bytes = Uint8Array.from({ length: 1000 }, (_, at) => at % 256);
    await files.write("bytes", bytes);
    expect(await files.readBytes("/home/sandbox/bytes")).toEqual(bytes);
    const piece = new Uint8Array(1024 * 1024).fill(7);
    await files.write("/workspace/big", ReadableStream.from(Array.from({ length: 50 }, () => piece)));
    expect((await files.readBytes("/workspace/big")).length).toBe(50 * piece.length);
    expect(await files.list("/workspace")).toEqual([
      { name: "a.txt", isDir: false, path: "/workspace/a.txt", size: 7 },
      { name: "big", isDir: false, path: "/workspace/big", size: 50 * piece.length },
    ]);
    await files.makeDir("/workspace/x/y");
    expect([await files.exists("/workspace/big"), await files.exists("/workspace/none")]).toEqual([true, false]);
    await files.remove("/workspace/x");
    expect((await files.list("/workspace")).length).toBe(2);
    const url = await sandbox.downloadUrl("/workspace/a.txt");
    expect(await (await fetch(url)).text()).toBe("héllo\n");
    const upload = await sandbox.uploadUrl("/workspace/up.txt");
    expect((await fetch(upload, { method: "PUT", body: "up" })).status).toBe(204);
    expect(await files.read("/workspace/up.txt")).toBe("up");
  });

  test("keeps a shell open, whose folder, variables and functions stay", async () => {
    const sandbox = await Sandbox.create(acme);
    const shell = await sandbox.exec.shell();
    expect(await shell.run("cd /tmp; X=5; f() { echo f $1; }")).toMatchObject({ exitCode: 0 });
    expect(await shell.run('pwd; f "$X"; echo e >&2; false')).toEqual({
      exitCode: 1,
      stdout: "/tmp\nf 5\n",
      stderr: "e\n",
    });
    await shell.close();
    expect(await sandbox.exec.list()).toMatchObject([{ command: "bash", running: false, exitCode: 0 }]);
  });

  test("starts a command, listens to it, and kills one that waits", async () => {
    const sandbox = await Sandbox.create(acme);
    let said = "";
    const session = await sandbox.exec.start("sh", {
      args: ["-c", "echo out; exit 7"],
      onStdout: (chunk) => (said += new TextDecoder().decode(chunk)),
    });
    expect([await session.done, said]).toEqual([7, "out\n"]);
    const waiting = await sandbox.exec.start("bash");
    await waiting.kill();
    expect(await waiting.done).toBe(-1);
  });

  test("two organisations see nothing of each other", async () => {
    const sandbox = await Sandbox.create(acme);
    const stolen = await Sandbox.create({ ...acme, apiKey: "sandglass-globex" });
    Object.assign(stolen, { sandboxId: sandbox.sandboxId });
    expect(await stolen.isRunning()).toBe(false);
    await expect(stolen.kill()).rejects.toThrow(/404/);
    await expect(stolen.hibernate()).rejects.toThrow(/404/);
    await expect(stolen.setTimeout(1)).rejects.toThrow(/404/);
    await expect(stolen.rotatePreviewAuthToken()).rejects.toThrow(/404/);
    await expect(stolen.listPreviewURLs()).rejects.toThrow(/404/);
    expect(await sandbox.isRunning()).toBe(true);
  });
});
