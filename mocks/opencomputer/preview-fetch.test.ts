import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMock } from "../index.ts";

const upstream = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming;
  if (url === "/nothing") return outgoing.writeHead(304).end();
  let body = "";
  incoming.on("data", (chunk) => (body += String(chunk)));
  return incoming.on("end", () => outgoing.writeHead(201).end(JSON.stringify({ method, url, headers, body })));
});
beforeAll(() => new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve)));
afterAll(() => void upstream.close());

const mock = createMock({ clockScale: 0 });
beforeAll(() =>
  mock.defaultWorld().changeSettings({
    previewUpstreams: {
      "3000": `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
      "3001": `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/app/`,
      "9": "http://127.0.0.1:9",
    },
  }),
);

const keys = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
const ask = (url: string, init: RequestInit = {}) => mock.fetch("opencomputer", new Request(url, init));

async function create(): Promise<{ id: string; token: string }> {
  const body = JSON.stringify({ timeout: 60, previewAuth: {} });
  const answer = await ask("http://mock/api/sandboxes", { method: "POST", headers: keys, body });
  const { sandboxID, previewAuthToken } = (await answer.json()) as Record<string, string>;
  return { id: sandboxID!, token: previewAuthToken! };
}

test("the gate stands in process as it does at a socket", async () => {
  const { id, token } = await create();
  const url = `http://${id}-p8080.localhost/page?x=1`;
  const without = await ask(url);
  expect([without.status, without.headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="preview"']);
  expect((await ask(url, { headers: { "x-oc-preview-token": `${token}x` } })).status).toBe(401);
  const shown = await ask(url, { method: "POST", body: "hello", headers: { authorization: `Bearer ${token}` } });
  expect(await shown.json()).toMatchObject({ sandboxID: id, method: "POST", path: "/page?x=1", body: "hello" });
  expect((await ask(url, { method: "HEAD", headers: { "x-oc-preview-token": token } })).status).toBe(200);
});

test("a request in process wakes a sandbox that hibernates, and is in the journal", async () => {
  const { id, token } = await create();
  mock.defaultWorld().clock.advance(60_000);
  const state = async () =>
    ((await (await ask(`http://mock/api/sandboxes/${id}`, { headers: keys })).json()) as { status: string }).status;
  expect(await state()).toBe("hibernated");
  await ask(`http://mock/__sandglass/preview/${id}/8080/`, { headers: { "x-oc-preview-token": token } });
  expect(await state()).toBe("running");
  expect(mock.defaultWorld().journal.entries({ operation: "preview" }).at(-1)).toMatchObject({ status: 200 });
});

test("an upstream sees the request, without the token", async () => {
  const { id, token } = await create();
  const host = `${id}-p3000.localhost`;
  const headers = { "x-oc-preview-token": token, "x-own": "1" };
  const answer = await ask(`http://${host}/page?x=1`, { method: "PUT", headers, body: "hello" });
  expect(answer.status).toBe(201);
  const seen = (await answer.json()) as { headers: Record<string, string> };
  expect(seen).toMatchObject({ method: "PUT", url: "/page?x=1", body: "hello" });
  expect(seen.headers).toMatchObject({ "x-own": "1", "x-forwarded-host": host });
  expect(JSON.stringify(seen)).not.toContain(token);
  expect((await ask(`http://${host}/nothing`, { headers })).status).toBe(304);
});

test("an upstream that is not there is 502, or a page that tries again for a browser", async () => {
  const { id, token } = await create();
  const headers = { "x-oc-preview-token": token };
  expect((await ask(`http://${id}-p9.localhost/`, { headers })).status).toBe(502);
  const page = await ask(`http://${id}-p9.localhost/`, { headers: { ...headers, accept: "text/html" } });
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('http-equiv="refresh"')]);
});

test.each([
  [3000, "//127.0.0.1:9/page", "//127.0.0.1:9/page"],
  [3001, "/page?x=1", "/app/page?x=1"],
])("a path on port %i is the upstream's, and never another server: %s", async (port, path, url) => {
  const { id, token } = await create();
  const answer = await ask(`http://${id}-p${port}.localhost${path}`, { headers: { "x-oc-preview-token": token } });
  expect(await answer.json()).toMatchObject({ url });
});
