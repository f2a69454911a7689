import { spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Sandbox } from "@opencomputer/sdk";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
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
  // The SDK sends text as text/plain, and the document names bytes alone.
  expect(printed.match(/✗ .*\n.*\n +seen .*/g)).toEqual([
    expect.stringMatching(
      /^✗ MAY opencomputer\/write-file\/prism-request[^]*Supported content types: application\/octet-stream/,
    ),
  ]);
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

test("what Prism finds stands in the report beside what the laws find, and makes nothing red", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-proxy-"));
  const [file, page] = [join(folder, "report.json"), join(folder, "report.html")];
  const { url, end, mock } = await proxyFixture({
    allowWrites: true,
    report: `json=${file},html=${page}`,
    quiet: true,
  });
  const create = (body: string) => fetch(`${url}/api/sandboxes`, { method: "POST", headers: json, body });
  await create('{"timeout":"sandglass-acme"}');
  await create("{}");
  await create('{"timeout":"soon"}');
  mock.defaultWorld().setFaults([{ id: "server-error", times: 1 }]);
  await fetch(`${url}/api/sandboxes`, { headers: key });
  const { code, printed } = await end();
  const { laws } = JSON.parse(readFileSync(file, "utf8")) as { laws: readonly Record<string, unknown>[] };
  const said = laws.filter(({ id }) => String(id).includes("/prism-"));
  expect(said.find(({ id }) => id === "opencomputer/create/prism-request")).toMatchObject({
    ...{ requirement: "MAY", verdict: "fail", evidence: "confirmed", source: "#/paths/~1api~1sandboxes/post" },
    reason: expect.stringMatching(/^body\.timeout: .*\(the proxy:1, entry 1; 1 more: the proxy:3\)$/) as unknown,
    exchanges: [
      expect.objectContaining({
        operation: "createSandbox",
        response: expect.objectContaining({ status: 400 }) as unknown,
      }),
    ],
  });
  expect(said.map(({ id, verdict }) => `${String(id)} ${String(verdict)}`)).toEqual([
    "opencomputer/create/prism-request fail",
    "opencomputer/create/prism-answer pass",
    "opencomputer/list/prism-request pass", // of the server's error nothing is said: it breaks no law
  ]);
  expect(readFileSync(page, "utf8")).toContain("opencomputer/create/prism-request");
  expect(readFileSync(file, "utf8") + readFileSync(page, "utf8")).not.toContain("sandglass-acme");
  expect([code, printed]).toEqual([0, expect.stringMatching(/1 broken/)]);
  rmSync(folder, { recursive: true });
});

test("an answer that Prism finds wrong is a SHOULD of its operation", async () => {
  const look = async (flags: Flags) => {
    const { url, end, mock } = await proxyFixture({ allowWrites: true, ...flags });
    mock.defaultWorld().setFaults([{ id: "unauthorized-says-message" }]);
    await fetch(`${url}/api/sandboxes`);
    return end();
  };
  const { code, printed } = await look({});
  expect(printed).toMatch(/SHOULD opencomputer\/list\/prism-answer/);
  expect([code, printed]).toEqual([0, expect.stringContaining("Not judged")]);
  const again =
    /again +npx sandglass proxy opencomputer --target http:\/\/127\S+ --allow-writes --law (\S+\/prism-answer)$/m;
  const law = again.exec(printed)?.[1] ?? "";
  expect((await look({ law })).printed).toMatch(
    /✗ SHOULD opencomputer\/list\/prism-answer[^]*0 not judged, 1 broken, 0/,
  );
  const folder = mkdtempSync(join(tmpdir(), "sandglass-proxy-"));
  const waivers = join(folder, "waivers.json");
  writeFileSync(waivers, JSON.stringify([{ law, reason: "known", owner: "ada", expires: "2999-12-31" }]));
  expect((await look({ law, waivers: [waivers] })).printed).toMatch(/1 waived/);
  rmSync(folder, { recursive: true });
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

/** A gated sandbox behind the proxy, and what a request to its port 3000 is answered. */
async function previewFixture(flags: Flags, faults: readonly { readonly id: string }[]) {
  const proxy = await proxyFixture({ allowWrites: true, ...flags });
  proxy.mock.defaultWorld().setFaults(faults);
  const body = JSON.stringify({ timeout: 60, previewAuth: { scheme: "bearer", token: "correct-horse-battery" } });
  const created = await fetch(`${proxy.url}/api/sandboxes`, { method: "POST", headers: json, body });
  const { sandboxID } = (await created.json()) as { sandboxID: string };
  const { port } = new URL(proxy.url);
  const byPath = (headers: Record<string, string>) =>
    fetch(`${proxy.url}/__sandglass/preview/${sandboxID}/3000/app?token=correct-horse-battery`, { headers });
  const byHost = async (headers: Record<string, string>) => {
    const host = `${sandboxID}-p3000.localhost:${port}`;
    const [answer] = (await once(get(`${proxy.url}/app`, { headers: { host, ...headers } }), "response")) as [
      IncomingMessage,
    ];
    answer.resume();
    await once(answer, "end");
    return answer;
  };
  return { ...proxy, sandboxID, byHost, byPath };
}

const token = { "x-oc-preview-token": "correct-horse-battery" };

test("a gated preview is reached through the proxy, by its host and by its path, and its token is told nowhere", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandglass-proxy-"));
  const file = join(folder, "report.json");
  const { sandboxID, byHost, byPath, told, end } = await previewFixture({ report: `json=${file}` }, []);
  expect([(await byHost({})).statusCode, (await byHost(token)).statusCode]).toEqual([401, 200]);
  const answers = [await byPath({}), await byPath(token)];
  expect(answers.map(({ status }) => status)).toEqual([401, 200]);
  for (const { headers } of answers)
    expect(headers.get("content-security-policy")).toMatch(/^sandbox (?!.*same-origin)/);
  expect((await byHost(token)).headers["content-security-policy"]).toBeUndefined();
  const { code, printed } = await end();
  expect(printed).toMatch(/0 broken/);
  expect(told).toContainEqual(expect.stringMatching(`^200  GET     ${sandboxID}-p3000\\.localhost/app\\?…  `));
  expect(told.filter((line) => line.startsWith("     "))).toEqual([]);
  const report = readFileSync(file, "utf8");
  expect(JSON.parse(report)).toMatchObject({ recording: { judged: 6, unknown: { count: 0 } } });
  expect(told.join("\n") + printed + report).not.toMatch(/correct-horse-battery|sandglass-acme/);
  expect(code).toBe(0);
  rmSync(folder, { recursive: true });
});

test.each(["byHost", "byPath"] as const)(
  "a gate that lets in callers without the token is broken (%s)",
  async (way) => {
    const preview = await previewFixture({}, [{ id: "preview-gate-open" }]);
    await preview[way]({});
    const { code, printed } = await preview.end();
    expect([code, printed]).toEqual([1, expect.stringContaining("opencomputer/preview/")]);
    expect(printed).not.toContain("correct-horse-battery");
  },
);

test("a WebSocket of a preview goes through its gate", async () => {
  const { url, sandboxID, end } = await previewFixture({}, []);
  const dial = async (headers: Record<string, string>) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/__sandglass/preview/${sandboxID}/3000/`, { headers });
    const said = await once(socket, "open").then(
      () => "open",
      (error: Error) => error.message,
    );
    socket.terminate();
    return said;
  };
  expect([await dial({}), await dial(token)]).toEqual([expect.stringContaining("401"), "open"]);
  await end();
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

test("a target with a path, a password or none, a domain that is none, and a contract that there is not, are refused", async () => {
  for (const target of ["http://h/api", "http://me:secret@h", "h"]) {
    const flags = { target, port: 0, host: "127.0.0.1" };
    await expect(startProxy("recoup", flags, () => {})).rejects.toThrow("write http://HOST or https://HOST");
  }
  const flags = { target: "http://h", port: 0, host: "127.0.0.1" };
  await expect(startProxy("recoup", { ...flags, previewDomain: "a/b" }, () => {})).rejects.toThrow("write a host name");
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
