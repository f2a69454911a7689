import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startMock } from "../../mocks/index.ts";
import {
  checkKeys,
  checkNode,
  checkPeers,
  checkPort,
  checkProxies,
  checkTls,
  type Diagnosis,
} from "./doctor-checks.ts";
import { runProgram } from "./program.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

async function doctor(...args: readonly string[]) {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line) => void lines.push(String(line)));
  const code = (await runProgram(["doctor", ...args])) ?? process.exitCode;
  return { code, text: lines.join("\n") };
}

const shown = ({ health, text }: Diagnosis) => `${health}: ${text}`;

test.each([
  ["v22.18.0", "ok"],
  ["v26.0.0", "ok"],
  ["v22.17.9", "wrong"],
  ["v20.19.0", "wrong"],
])("Node %s is %s", (version, health) => {
  expect(checkNode(version, ">=22.18").health).toBe(health);
});

describe("a port", () => {
  test("that a mock has, that another program has, and that is free", async () => {
    const mock = await startMock({ contract: "recoup" });
    const other = createServer((_, answer) => answer.writeHead(404).end()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(shown(await checkPort("Recoup", mock.port, "--recoup-port"))).toMatch(/^ok: a mock listens: http/);
    expect(shown(await checkPort("Recoup", port, "--recoup-port"))).toBe(
      "note: in use by something else: start the mock of Recoup with --recoup-port PORT",
    );
    await mock.close();
    expect(shown(await checkPort("Recoup", mock.port, "--recoup-port"))).toBe("ok: free for Recoup");
    other.close();
  });
});

test.each([
  [{}, "ok: none is set"],
  [
    { HTTP_PROXY: "http://me:secret@proxy.example:3128" },
    "note: curl and others ask proxy.example:3128 for the mock too",
  ],
  [{ https_proxy: "http://p:1", no_proxy: "localhost,127.0.0.1" }, "note: p:1, which Node's fetch asks with"],
  [{ HTTPS_PROXY: "http://p:1", NO_PROXY: "*", NODE_USE_ENV_PROXY: "1" }, "ok: p:1"],
])("a proxy in %j", (environment, text) => {
  expect(shown(checkProxies(environment))).toContain(text);
  expect(shown(checkProxies(environment))).not.toContain("secret");
});

test.each([
  [{}, "note: SANDGLASS_KEY is not set"],
  [{ SANDGLASS_KEY: "k-one" }, "note: SANDGLASS_KEY is set; laws about tenants need"],
  [{ SANDGLASS_KEY: "k-one", SANDGLASS_OTHER_KEY: "k-two" }, "ok: both are set"],
  [
    { SANDGLASS_KEY: "k-one", SANDGLASS_OTHER_KEY: "k-one" },
    "wrong: SANDGLASS_KEY and SANDGLASS_OTHER_KEY are the same",
  ],
  [{ SANDGLASS_KEY: "k-one\n" }, "wrong: a key begins or ends with a blank"],
])("keys in %j, none of which is shown", (environment, text) => {
  expect(shown(checkKeys(environment))).toContain(text);
  expect(shown(checkKeys(environment))).not.toContain("k-one");
});

test.each([
  [{}, "ok"],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "wrong"],
  [{ NODE_EXTRA_CA_CERTS: "/no/such/file.pem" }, "wrong"],
  [{ NODE_EXTRA_CA_CERTS: "package.json" }, "ok"],
])("TLS in %j is %s", (environment, health) => {
  expect(checkTls(environment).health).toBe(health);
});

test.each([
  ["1.2.3", "^1.2.3", "ok"],
  ["1.9.0", "^1.2.3", "ok"],
  ["1.2.2", "^1.2.3", "wrong"],
  ["2.0.0", "^1.2.3", "wrong"],
  ["0.4.10", "^0.4.9", "ok"],
  ["0.5.0", "^0.4.9", "wrong"],
  ["5.1.1", ">=3.2.0", "ok"],
  ["3.1.9", ">=3.2.0", "wrong"],
  [undefined, "^1.2.3", "note"],
])("a peer of version %s where %s is asked for is %s", (version, range, health) => {
  expect(checkPeers("x", [{ name: "p", range, version }], "npm install p").health).toBe(health);
});

describe("a deployment", () => {
  test("that takes the key, that does not, and that is not there", async () => {
    await using mock = await startMock({ contract: "opencomputer" });
    const at = (url: string, ...rest: readonly string[]) => doctor("opencomputer", "--url", url, ...rest);
    const found = await at(mock.url, "--key", mock.keyOf());
    expect(found.text).toMatch(/^ok +deployment +http\S+ answers 200, and takes the key$/m);
    expect(found.code).toBe(0);
    expect(await at(mock.url, "--key", "no-key-of-it")).toMatchObject({ code: 2 });
    vi.stubEnv("SANDGLASS_KEY", undefined);
    expect((await at(mock.url)).text).toMatch(/^note +deployment .*set SANDGLASS_KEY$/m);
    const gone = await at("http://127.0.0.1:5", "--key", "k");
    expect(gone.text).toMatch(/^wrong +deployment .*does not answer/m);
    expect(gone.text).toContain("1 thing is in the way.");
    expect((await doctor("--url", mock.url)).text).toContain("Name the contract");
  });
});
