import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { contracts } from "../../conformance/index.ts";
import { preflight } from "../../conformance/command.ts";
import { createPreviewRoute } from "../../conformance/kit/target/preview.ts";
import { createRecording } from "../../conformance/kit/run/recording.ts";
import { useProxies } from "./use-proxies.ts";

const seen: string[] = [];
const server = createServer(({ method, url }, response) => {
  seen.push(`${method} ${url}`);
  response.end("[]");
});
server.on("connect", ({ url }, socket) => {
  seen.push(`CONNECT ${url}`);
  socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
});
server.on("upgrade", ({ url }, socket) => {
  seen.push(`upgrade ${url}`);
  socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let restore = () => {};
afterEach(() => restore());

const clock = { now: Date.now };
const contract = contracts.opencomputer;
const target = { baseUrl: "http://sandboxes.invalid", key: "key-of-the-run" };

test("requests, previews and upgrades go through the proxy of the environment", async () => {
  restore = useProxies({ HTTP_PROXY: address, https_proxy: address });
  await preflight({ clock, contract, target });
  await preflight({ clock, contract, target: { ...target, baseUrl: "https://sandboxes.invalid" } }).catch(() => 0);
  const recording = createRecording({ now: clock.now, aheadMs: () => 0 });
  const previews = createPreviewRoute({ contract, target, clock, requestTimeoutMs: 2_000, recording });
  previews.learnDomain("sandboxes.invalid");
  const call = { id: "sb-1", port: 80 };
  expect((await previews.send(call, "a law")).response.status).toBe(200);
  expect((await previews.connect(call, "a law")).status).toBe(401);
  expect(seen.splice(0)).toEqual([
    "GET http://sandboxes.invalid/api/sandboxes",
    "CONNECT sandboxes.invalid:443",
    "GET http://sb-1-p80.sandboxes.invalid/",
    "upgrade http://sb-1-p80.sandboxes.invalid/",
  ]);
});

test.each<[string, Record<string, string>]>([
  ["what NO_PROXY names", { HTTP_PROXY: address, NO_PROXY: "sandboxes.invalid" }],
  ["anything, where no proxy is set", { HTTP_PROXY: "" }],
])("it is not asked for %s", async (_, environment) => {
  restore = useProxies(environment);
  await expect(preflight({ clock, contract, target })).rejects.toMatchObject({ code: "TARGET_UNREACHABLE" });
  expect(seen).toEqual([]);
});

test("it is not asked for what is on this machine", async () => {
  restore = useProxies({ HTTP_PROXY: "http://127.0.0.1:1" });
  await preflight({ clock, contract, target: { ...target, baseUrl: address } });
  expect(seen.splice(0)).toEqual(["GET /api/sandboxes"]);
});
