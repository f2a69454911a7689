import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMock, type Listener, type Mock } from "../index.ts";

let upstream: Server;
let mock: Mock;
let listener: Listener;
const ids: Record<"open" | "gated", string> = { open: "", gated: "" };

beforeAll(async () => {
  upstream = createServer(({ url }, outgoing) => {
    if (url === "/redirect") outgoing.writeHead(302, { location: "/elsewhere" }).end();
    else if (url === "/unchanged") outgoing.writeHead(304).end();
    else if (url === "/broken") outgoing.writeHead(500, { "content-type": "text/html" }).end("<p>broken");
    else if (url === "/early")
      outgoing.write("piece"); // and then nothing: the headers come from the first write
    else outgoing.writeHead(200, { "content-security-policy": "sandbox allow-same-origin allow-scripts" }).end("page");
  }).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  mock = createMock({ settings: { previewUpstreams: { "3000": upstreamUrl, "9": "http://127.0.0.1:9" } } });
  listener = await mock.listen("opencomputer");
  for (const [name, previewAuth] of [["open"], ["gated", {}]] as const) {
    const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify({ previewAuth }) };
    const created = await fetch(`${listener.url}/api/sandboxes`, init);
    ids[name] = ((await created.json()) as { sandboxID: string }).sandboxID;
  }
});
afterAll(async () => {
  await listener.close();
  upstream.closeAllConnections();
  upstream.close();
});

const html = { accept: "text/html" };

/** The policies of an answer: a browser obeys each that stands on its own line or behind a comma. */
async function policiesOf(path: string, headers: Record<string, string> = {}): Promise<readonly string[]> {
  const outgoing = request(`${listener.url}${path}`, { headers }).end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  outgoing.on("error", () => {}).destroy();
  return (incoming.headersDistinct["content-security-policy"] ?? []).flatMap((line) => line.split(", "));
}

const isolating = /^sandbox (?!.*allow-(same-origin|popups-to-escape|top-navigation))/;

test.each([
  ["what an upstream sends, its own policy included", () => [`${ids.open}/3000/`]],
  ["an upstream's redirect", () => [`${ids.open}/3000/redirect`]],
  ["an upstream's 304", () => [`${ids.open}/3000/unchanged`]],
  ["an upstream's error", () => [`${ids.open}/3000/broken`]],
  ["an upstream's stream", () => [`${ids.open}/3000/early`]],
  ["the page that shows the request", () => [`${ids.open}/8080/`, html]],
  ["the page that waits for the upstream", () => [`${ids.open}/9/`, html]],
  ["502", () => [`${ids.open}/9/`]],
  ["the gate's 401", () => [`${ids.gated}/3000/`]],
  ["the gate's 404", () => ["sb-00000000/3000/"]],
] as [string, () => [string, Record<string, string>?]][])("of a preview's path, %s is sandboxed", async (_, ask) => {
  const [path, headers] = ask();
  expect(await policiesOf(`/__sandglass/preview/${path}`, headers)).toContainEqual(expect.stringMatching(isolating));
  const here = await mock.fetch(
    "opencomputer",
    new Request(`http://mock/__sandglass/preview/${path}`, { headers: headers ?? {}, redirect: "manual" }),
  );
  expect(here.headers.get("content-security-policy")?.split(", ")).toContainEqual(expect.stringMatching(isolating));
});

test("a preview's host is an origin of its own, and keeps what its upstream says", async () => {
  const host = `${ids.open}-p3000.localhost:${listener.port}`;
  expect(await policiesOf("/", { host })).toEqual(["sandbox allow-same-origin allow-scripts"]);
  expect(await policiesOf("/redirect", { host })).toEqual([]);
});
