import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Sandbox, verifyWebhook, Webhooks } from "@opencomputer/sdk";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type StartedMock, startMock } from "../mocks/index.ts";

type Delivery = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly path: string };

let mock: StartedMock;
let acme: { apiKey: string; apiUrl: string };
let status = 200;
const seen: Delivery[] = [];
const sink = createServer((incoming, outgoing) => {
  let body = "";
  incoming.setEncoding("utf8").on("data", (piece: string) => (body += piece));
  incoming.on("end", () => {
    seen.push({ headers: incoming.headers, body, path: incoming.url! });
    outgoing.writeHead(status).end();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}`;
  mock = await startMock({
    ...{ contract: "opencomputer", clockScale: 0, startMs: Date.UTC(2026, 0, 2) },
    settings: { webhookTargets: { "https://app.example.com": url } },
  });
  acme = { apiKey: "sandglass-acme", apiUrl: mock.url };
});

afterAll(async () => {
  await mock.close();
  sink.close();
});

const url = "https://app.example.com/hook?a=b";
const nowSeconds = () => mock.defaultWorld().clock.now() / 1000;
const advance = (seconds: number) => mock.defaultWorld().clock.advance(seconds * 1_000);

/** The next so many deliveries, by type, each verified by the vendor's own code. */
async function take(count: number, secret: string): Promise<readonly string[]> {
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(count), { timeout: 5_000 });
  const taken = seen.splice(0, count);
  const verified = taken.map(async ({ body, headers }) => {
    await expect(verifyWebhook(body, headers, "whsec_AAAA", { nowSeconds: nowSeconds() })).rejects.toThrow();
    return verifyWebhook(body, headers, secret, { nowSeconds: nowSeconds() });
  });
  return (await Promise.all(verified)).map(({ type }) => String(type)).sort();
}

test("a life is told to a webhook of the create, what time alone brings about too", async () => {
  const sandbox = await Sandbox.create({ ...acme, timeout: 60, webhooks: [{ url }] });
  const { secret = "" } = sandbox.webhooks[0]!;
  expect(await take(2, secret)).toEqual(["sandbox.created", "sandbox.ready"]);
  advance(60);
  expect(await take(1, secret)).toEqual(["sandbox.hibernated"]);
  await sandbox.exec.run("true");
  expect(await take(1, secret)).toEqual(["sandbox.resumed"]);
  await sandbox.createPreviewURL({ port: 3000 });
  const { id } = await sandbox.createCheckpoint("one");
  expect(await take(2, secret)).toEqual(["sandbox.checkpoint.created", "sandbox.preview_url.changed"]);
  await sandbox.kill();
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  const [{ body, path }] = seen as [Delivery];
  expect(path).toBe("/hook?a=b");
  expect(JSON.parse(body)).toMatchObject({
    ...{ type: "sandbox.stopped", sandboxId: sandbox.sandboxId },
    event: { type: "sandbox.stopped", sandboxId: sandbox.sandboxId, data: { reason: "user_requested" } },
  });
  expect(await take(1, secret)).toEqual(["sandbox.stopped"]);
  await Sandbox.createFromCheckpoint(id, acme); // another sandbox, of which this destination is not told
  advance(10);
  expect(seen).toEqual([]);
});

test("what fails is tried again by the world's clock, under the same id, and can be told once more", async () => {
  const webhooks = new Webhooks(acme);
  const made = await webhooks.create({ url, eventTypes: ["sandbox.created"], name: "ci" });
  status = 500;
  const sandbox = await Sandbox.create(acme);
  expect(await take(1, made.secret!)).toEqual(["sandbox.created"]);
  await vi.waitFor(async () =>
    expect((await webhooks.deliveries.list(made.id))[1]).toMatchObject({ status: "failed" }),
  );
  expect(await webhooks.deliveries.list(made.id)).toMatchObject([
    { status: "pending", responseStatusCode: 0 },
    { status: "failed", responseStatusCode: 500 },
  ]);
  advance(4);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([]);
  status = 204;
  advance(1);
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  const first = seen[0]!.headers["svix-id"];
  expect(await take(1, made.secret!)).toEqual(["sandbox.created"]);
  await vi.waitFor(async () =>
    expect((await webhooks.deliveries.list(made.id))[0]).toMatchObject({ status: "success" }),
  );
  const { id } = (await webhooks.deliveries.list(made.id))[0]!;
  expect(await webhooks.deliveries.get(made.id, id)).toMatchObject({ id, eventType: "sandbox.created" });
  await webhooks.deliveries.redeliver(made.id, id);
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  expect(seen[0]!.headers["svix-id"]).toBe(first);
  expect(await take(1, made.secret!)).toEqual(["sandbox.created"]);
  await webhooks.delete(made.id);
  await sandbox.kill();
});

test("destinations are kept, paused, given a new secret, tested and deleted", async () => {
  const webhooks = new Webhooks(acme);
  const params = { url, idempotencyKey: "one", metadata: { "x-team": "growth" } };
  const made = await webhooks.create(params);
  expect(await webhooks.create(params)).toEqual(made);
  await expect(webhooks.create({ url: "https://other.example", idempotencyKey: "one" })).rejects.toThrow(/409/);
  expect(made.id).toMatch(/^whk_[0-9a-f]{24}$/);
  expect(await webhooks.getSecret(made.id)).toBe(made.secret);
  await expect(webhooks.create({ url: "http://a.example" })).rejects.toThrow("url must be a valid https URL");
  await expect(webhooks.create({ url, eventTypes: ["sandbox.gone"] })).rejects.toThrow(
    "unknown event type(s): sandbox.gone",
  );
  await expect(new Webhooks({ ...acme, apiKey: "sandglass-globex" }).get(made.id)).rejects.toThrow(/404/);

  await webhooks.update(made.id, { enabled: false });
  const sandbox = await Sandbox.create(acme);
  const changed = await webhooks.update(made.id, {
    enabled: true,
    eventTypes: ["sandbox.stopped"],
    rotateSecret: true,
  });
  expect(changed.secret).not.toBe(made.secret);
  expect(await webhooks.test(made.id)).toMatchObject({ ok: true, eventType: "sandbox.stopped" });
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  expect(seen[0]!.headers["x-team"]).toBe("growth");
  expect(await take(1, changed.secret!)).toEqual(["sandbox.stopped"]);
  await webhooks.delete(made.id);
  expect(await webhooks.list()).toEqual((await webhooks.list()).filter(({ id }) => id !== made.id));
  await sandbox.kill();
});

test("nothing is sent beyond this machine unless the settings say where to", async () => {
  const webhooks = new Webhooks(acme);
  const { id } = await webhooks.create({ url: "https://beyond.example/hook" });
  const messageId = (await webhooks.test(id)).messageId;
  await vi.waitFor(async () =>
    expect(await webhooks.deliveries.list(id)).toMatchObject([
      { id: messageId, status: "pending" },
      { id: messageId, status: "failed", responseStatusCode: 0 },
    ]),
  );
  await webhooks.delete(id);
});

test("an address that no request can have is told nothing, and ends nothing", async () => {
  const headers = { "x-api-key": acme.apiKey, "content-type": "application/json" };
  const ask = (path: string, body?: string) =>
    fetch(`${mock.url}/api/webhooks${path}`, { headers, ...(body !== undefined && { method: "POST", body }) });
  for (const odd of ["https://a:b", "https://\u023a\u{1d5b2}\u0088", "https://[", "https://%", "https://a:99999"]) {
    const made = await ask("", JSON.stringify({ url: odd }));
    expect([odd, made.status]).toEqual([odd, 201]);
    const { id } = (await made.json()) as { id: string };
    expect((await ask(`/${id}/test`, "")).status).toBe(200);
    await vi.waitFor(async () =>
      expect(await (await ask(`/${id}/deliveries`)).json()).toMatchObject({ data: [{}, { responseStatusCode: 0 }] }),
    );
  }
  expect(seen).toEqual([]);
});
