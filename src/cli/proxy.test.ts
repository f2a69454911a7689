import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Sandbox } from "@opencomputer/sdk";
import { afterEach, expect, test, vi } from "vitest";
import { startMock } from "../../mocks/index.ts";
import { startProxy } from "./proxy.ts";

afterEach(() => vi.restoreAllMocks());

type Flags = Partial<Parameters<typeof startProxy>[1]>;

/** A proxy before a mock, what it tells, and what it prints at the end. */
async function proxyFixture(flags: Flags = {}, contract: "opencomputer" | "recoup" = "opencomputer") {
  const mock = await startMock({ contract, clockScale: 0 });
  const told: string[] = [];
  const flagsOfAll = { target: mock.url, port: 0, host: "127.0.0.1", ...flags };
  const proxy = await startProxy(contract, flagsOfAll, (line) => told.push(line));
  return {
    mock,
    told,
    ...proxy,
    end: async () => {
      const printed: string[] = [];
      vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
      const code = await proxy.end();
      vi.restoreAllMocks();
      await mock.close();
      return { code, printed: printed.join("") };
    },
  };
}

const key = { "x-api-key": "sandglass-acme" };
const json = { ...key, "content-type": "application/json" };

test("an app's day through the proxy is judged at its end; the vendor's SDK does not notice", async () => {
  const { url, told, end, mock } = await proxyFixture({ allowWrites: true });
  const sandbox = await Sandbox.create({ apiKey: "sandglass-acme", apiUrl: url, timeout: 60 });
  expect((await sandbox.commands.run("echo hello")).stdout).toBe("hello\n");
  await sandbox.files.write("/tmp/a", "one");
  expect(await sandbox.files.read("/tmp/a")).toBe("one");
  await sandbox.kill();
  const { code, printed } = await end();
  expect(printed).toMatch(/0 broken/);
  expect([code, mock.defaultWorld().journal.seen()]).toEqual([0, told.filter((line) => /^\d{3} /.test(line)).length]);
});

test("by default nothing that writes goes through, and it is said why", async () => {
  const { url, told, end, mock } = await proxyFixture();
  const refused = await fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body: "{}" });
  expect([refused.status, await refused.json()]).toEqual([
    403,
    { error: "sandglass proxy: this proxy is read-only: start it with --allow-writes to send POST" },
  ]);
  expect((await fetch(`${url}/api/sandboxes`, { headers: key })).status).toBe(200);
  expect(mock.defaultWorld().journal.seen()).toBe(1);
  await end();
  expect(told[0]).toContain("POST    /api/sandboxes  read-only: --allow-writes lets it through");
});

test("what Prism finds wrong with a request and an answer is told at once, and no key with it", async () => {
  const { url, told, end, mock } = await proxyFixture({ allowWrites: true });
  await fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body: '{"timeout":"sandglass-acme"}' });
  await vi.waitFor(() => expect(told.join("\n")).toMatch(/the request: body\.timeout: .*number|integer/));
  mock.defaultWorld().setFaults([{ id: "server-error", times: 1 }]);
  await fetch(`${url}/api/sandboxes?token=sandglass-acme`, { headers: key });
  await vi.waitFor(() => expect(told.join("\n")).toMatch(/the answer: Unable to match the returned status code/));
  expect(told.join("\n")).toContain("/api/sandboxes?…");
  expect(told.join("\n")).not.toContain("sandglass-acme");
  await end();
});

test("what only the history of a sandbox shows is broken at the end, with a report that has no key", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-proxy-"));
  const file = join(folder, "report.json");
  const { url, told, end, mock } = await proxyFixture({ allowWrites: true, report: `json=${file}` });
  mock.defaultWorld().setFaults([{ id: "killed-comes-back" }]);
  const created = await fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body: '{"timeout":60}' });
  const { sandboxID } = (await created.json()) as { sandboxID: string };
  await fetch(`${url}/api/sandboxes/${sandboxID}`, { method: "DELETE", headers: key });
  await fetch(`${url}/api/sandboxes/${sandboxID}`, { headers: key });
  mock.defaultWorld().clock.advance(60_000);
  await fetch(`${url}/api/sandboxes/${sandboxID}`, { headers: key });
  const { code, printed } = await end();
  const report = readFileSync(file, "utf8");
  expect(JSON.parse(report)).toMatchObject({ contract: "opencomputer", conclusion: { result: "broken" } });
  expect(report).not.toContain("sandglass-acme");
  expect(printed).toMatch(/broken/);
  expect([code, told.filter((line) => line.startsWith("     "))]).toEqual([1, []]);
  rmSync(folder, { recursive: true });
});

test("bytes pass as they are: a body that is no JSON, one that is not text, and one that comes piece by piece", async () => {
  const { url, end } = await proxyFixture({ allowWrites: true });
  const created = await fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body: "{}" });
  const { sandboxID } = (await created.json()) as { sandboxID: string };
  const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
  const at = `${url}/api/sandboxes/${sandboxID}/files?path=/tmp/bytes`;
  const stream = new Blob([bytes]).stream();
  const sent = { method: "PUT", headers: key, body: stream, duplex: "half" } as RequestInit;
  expect((await fetch(at, sent)).ok).toBe(true);
  expect(new Uint8Array(await (await fetch(at, { headers: key })).arrayBuffer())).toEqual(bytes);
  const odd = await fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body: "{" });
  expect(odd.status).toBe(400);
  await end();
});

test("a server that is not there is a 502 that says so", async () => {
  const told: string[] = [];
  const flags = { target: "http://127.0.0.1:5", port: 0, host: "127.0.0.1", quiet: true };
  const proxy = await startProxy("recoup", flags, (line) => told.push(line));
  const answer = await fetch(`${proxy.url}/api/sandboxes`);
  expect([answer.status, await answer.text()]).toEqual([502, expect.stringContaining("ECONNREFUSED")]);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await proxy.end()).toBe(2);
  expect(told.join("\n")).toContain("no answer: ECONNREFUSED");
});

test("a target with a path, a password or none, and a contract that there is not, are refused", async () => {
  for (const target of ["http://h/api", "http://me:secret@h", "h"]) {
    const flags = { target, port: 0, host: "127.0.0.1" };
    await expect(startProxy("recoup", flags, () => {})).rejects.toThrow("write http://HOST or https://HOST");
  }
  const flags = { target: "http://h", port: 0, host: "127.0.0.1" };
  await expect(startProxy("recop", flags, () => {})).rejects.toThrow('there is no contract "recop"');
});

/** The command itself, as a shell starts and ends it. */
async function commandFixture(...args: readonly string[]) {
  const child = spawn("node", [resolve("src/cli/sandglass.js"), ...args], { env: { ...process.env, NO_COLOR: "1" } });
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  child.stderr.on("data", (chunk) => (text += String(chunk)));
  await vi.waitFor(() => expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+/), { timeout: 20_000 });
  return {
    url: /http:\/\/127\.0\.0\.1:\d+/.exec(text)![0],
    end: async () => {
      child.kill("SIGINT");
      const [code] = (await once(child, "close")) as [number];
      return { code, text };
    },
  };
}

test("the command runs until Ctrl+C, and then says what it comes to", async () => {
  await using mock = await startMock({ contract: "recoup" });
  const proxy = await commandFixture("proxy", "recoup", "--target", mock.url, "--port", "0");
  await fetch(`${proxy.url}/api/sandboxes`, { headers: { "x-api-key": "sandglass-ada" } });
  const { code, text } = await proxy.end();
  expect(text).toMatch(/200 {2}GET {5}\/api\/sandboxes/);
  expect(text).toMatch(/0 broken/);
  expect(code).toBe(0);
}, 60_000);

test("a mock of any document is Prism's, with no memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-static-"));
  const file = join(folder, "a.yaml");
  writeFileSync(
    file,
    `openapi: 3.1.0
info: { title: Things, version: "1" }
paths:
  /things: { get: { responses: { "200": { description: ok, content: { application/json: { example: [1] } } } } } }
`,
  );
  const mock = await commandFixture("mock", "--static", file);
  expect(await (await fetch(`${mock.url}/things`)).json()).toEqual([1]);
  expect((await mock.end()).code).toBe(0);
  rmSync(folder, { recursive: true });
}, 60_000);
