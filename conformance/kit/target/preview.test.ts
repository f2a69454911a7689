import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createManualClock } from "../../../src/contract/clock.ts";
import { WebSocketServer } from "ws";
import { miniContract } from "../mini-contract.fixture.ts";
import { createRecording } from "../run/recording.ts";
import { createPreviewRoute } from "./preview.ts";
import { hasPreviewRoute } from "../run/unmet-precondition.ts";
import type { Target } from "./target.ts";

// The server says which host it was asked for, and answers a WebSocket with what it is told.
const server = createServer((request, response) => {
  request.resume();
  response.end(`${request.method} ${request.headers.host} ${request.url} ${String(request.headers["x-token"])}`);
});
const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (request, socket, head) => {
  if (request.headers["x-token"] !== "yes") {
    socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  sockets.handleUpgrade(request, socket, head, (open) => open.on("message", (data) => open.send(data)));
});
let baseUrl = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function routeTo(
  target: Partial<Target>,
  observe: (status: number) => void = () => undefined,
  requestTimeoutMs = 5_000,
) {
  const clock = createManualClock(0);
  const all = { baseUrl, key: "mini-key-123", ...target };
  return createPreviewRoute({
    contract: miniContract(),
    target: all,
    clock,
    requestTimeoutMs,
    recording: createRecording(clock),
    observe,
  });
}

test("a preview is asked for by its name, at the target's own address on this machine", async () => {
  const route = routeTo({});
  route.learnDomain("boxes.example");
  const call = { id: "b1", port: 8080, path: "/x?y=1", method: "PUT", headers: { "x-token": "t" }, body: "{}" };
  const { operation, request, response } = await route.send(call, "mini/preview/rule");
  expect(operation).toBe("preview");
  expect(request.url).toBe("http://b1-p8080.boxes.example/x?y=1");
  expect(response).toMatchObject({ status: 200, body: "PUT b1-p8080.boxes.example /x?y=1 t" });
});

test("or at the address that was given, under the domain that was given", async () => {
  const route = routeTo({ baseUrl: "https://api.example", previewDomain: "own.example", previewVia: baseUrl });
  expect((await route.send({ id: "b1" }, "mini/preview/rule")).response.body).toBe(
    "GET b1-p3000.own.example / undefined",
  );
});

test("in process, the name is in the request's URL", async () => {
  const fetch = ({ url }: Request) => new Response(url, { status: 202 });
  const { response } = await routeTo({ fetch, previewDomain: "own.example" }).send(
    { id: "b1", path: "/x" },
    "mini/preview/rule",
  );
  expect(response).toMatchObject({ status: 202, body: "http://b1-p3000.own.example/x" });
});

test("a socket is granted and echoes, or is refused with a status", async () => {
  const route = routeTo({});
  expect(await route.connect({ id: "b1", headers: { "x-token": "yes" } }, "mini/preview/rule")).toEqual({
    status: 101,
    echoed: "sandglass",
  });
  expect(await route.connect({ id: "b1" }, "mini/preview/rule")).toEqual({ status: 401 });
});

test("every answer is seen by its observer", async () => {
  const seen: number[] = [];
  const route = routeTo({}, (status) => void seen.push(status));
  await route.send({ id: "b1" }, "mini/preview/rule");
  await route.connect({ id: "b1", headers: { "x-token": "yes" } }, "mini/preview/rule");
  await route.connect({ id: "b1" }, "mini/preview/rule");
  expect(seen).toEqual([200, 101, 401]);
});

test("in process there are no sockets, unless an address is given for them", async () => {
  const fetch = () => new Response();
  const call = { id: "b1", headers: { "x-token": "yes" } };
  await expect(async () => routeTo({ fetch }).connect(call, "mini/preview/rule")).rejects.toMatchObject({
    skipCause: "input-missing",
  });
  expect(await routeTo({ fetch, previewVia: baseUrl }).connect(call, "mini/preview/rule")).toMatchObject({
    status: 101,
  });
});

test("there is a way to previews on this machine, and elsewhere where the user says which", () => {
  const has = (target: Partial<Target>) => hasPreviewRoute(miniContract(), { baseUrl, key: "k", ...target });
  expect(has({})).toBe(true);
  expect(has({ baseUrl: "https://api.example" })).toBe(false);
  expect(has({ baseUrl: "https://api.example", previewDomain: "own.example" })).toBe(true);
});

test("a preview that is judged in process and never answers is given up in time", async () => {
  const never = () => new Promise<Response>(() => undefined);
  const sent = routeTo({ fetch: never }, undefined, 20).send({ id: "b1" }, "mini/x/y");
  await expect(sent).rejects.toThrow("got no answer: it took too long");
});
