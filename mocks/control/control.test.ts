import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { responseBodies } from "../../generated/control/validators.js";
import { operations } from "../../generated/control/operations.ts";
import type { components } from "../../generated/control/types.ts";
import type { Operation } from "../../src/contract/operation.ts";
import { createMock, type Listener, type Mock } from "../index.ts";

type World = components["schemas"]["World"];
type Body = Record<string, unknown> & { error?: string };

let mock: Mock;
let listener: Listener;

beforeAll(async () => {
  mock = createMock({ seed: "control" });
  listener = await mock.listen("opencomputer");
});
afterAll(() => listener.close());

let world: World;
beforeEach(async () => {
  world = (await control("POST", "/worlds", { clockScale: 0 })).body as unknown as World;
});

const exercised = new Set<string>();

/** Calls the control API, and holds every answer against its document. */
async function control(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = { method, headers: { "content-type": "application/json", ...headers } };
  const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) };
  const response = await fetch(`${listener.url}/__sandglass${path}`, sent);
  const text = await response.text();
  const json = (text === "" ? undefined : JSON.parse(text)) as Body;
  checkAnswer(method, path.split("?")[0]!, response.status, json);
  return { status: response.status, body: json };
}

function checkAnswer(method: string, path: string, status: number, json: unknown): void {
  const operation = Object.values(operations).find(
    (candidate) =>
      candidate.method === method.toLowerCase() &&
      new RegExp(`^${candidate.path.replace("/__sandglass", "").replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path),
  );
  if (operation === undefined) return;
  exercised.add(operation.id);
  expect(operation.statuses).toContain(String(status));
  const validate = (
    responseBodies as Record<string, Record<string, ((value: unknown) => boolean) & { errors?: unknown }>>
  )[operation.id]?.[String(status)];
  expect({ valid: validate?.(json) ?? true, errors: validate?.errors ?? null }).toEqual({ valid: true, errors: null });
}

const keyOf = ({ tenants }: World, name = "acme") => tenants.find((tenant) => tenant.name === name)!.key;

async function api(of: World, method: string, path: string, body?: object): Promise<{ status: number; body: Body }> {
  const headers = { "x-api-key": keyOf(of), "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${listener.url}/api/sandboxes${path}`, init);
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Body };
}

test("a new world has keys of its own for every kind of tenant, and nothing in it", async () => {
  expect(world.tenants.map(({ name }) => name)).toEqual(["ada", "bob", "eve", "acme", "globex"]);
  expect(new Set(world.tenants.map(({ key }) => key)).size).toBe(5);
  expect(world.tenants[0]!.organisationId).toBe(world.tenants[1]!.organisationId);
  expect((await api(world, "GET", "")).body).toEqual([]);
});

test("worlds are listed, read by id or by key, and deleted", async () => {
  const listed = (await control("GET", "/worlds")).body as unknown as World[];
  expect(listed.map(({ id }) => id)).toContain(world.id);
  expect((await control("GET", `/worlds/${keyOf(world)}`)).body).toMatchObject({ id: world.id });
  expect((await control("DELETE", `/worlds/${world.id}`)).status).toBe(204);
  expect((await control("GET", `/worlds/${world.id}`)).status).toBe(404);
  expect((await api(world, "GET", "")).status).toBe(401);
  expect((await control("DELETE", "/worlds/default")).status).toBe(409);
});

test("the clock moves ahead, changes its speed, and never goes back", async () => {
  const { body } = await api(world, "POST", "", { timeout: 60 });
  expect((await control("PATCH", `/worlds/${world.id}/clock`, { advanceMs: 60_000 })).body).toEqual({
    nowMs: world.nowMs + 60_000,
    scale: 0,
  });
  expect((await api(world, "GET", `/${String(body["sandboxID"])}`)).body).toMatchObject({ status: "hibernated" });
  expect((await control("PATCH", `/worlds/${world.id}/clock`, { advanceMs: -1 })).status).toBe(400);
  expect((await control("PATCH", `/worlds/${world.id}/clock`, { scale: 60 })).body).toMatchObject({ scale: 60 });
  expect((await control("GET", `/worlds/${world.id}/clock`)).body).toMatchObject({ scale: 60 });
});

test("a fork goes on alone, with keys of its own", async () => {
  const { body } = await api(world, "POST", "", {});
  const id = String(body["sandboxID"]);
  const fork = (await control("POST", `/worlds/${world.id}/fork`)).body as unknown as World;
  expect(keyOf(fork)).not.toBe(keyOf(world));
  await api(fork, "DELETE", `/${id}`);
  expect((await api(fork, "GET", `/${id}`)).body).toMatchObject({ status: "stopped" });
  expect((await api(world, "GET", `/${id}`)).body).toMatchObject({ status: "running" });
});

test("a saved world can be restored after a reset, and holds no key and no token", async () => {
  const token = "the-token-of-this-test";
  const { body } = await api(world, "POST", "", { previewAuth: { token } });
  const { body: snapshot } = await control("GET", `/worlds/${world.id}/snapshot`);
  expect(JSON.stringify(snapshot)).not.toContain(token);
  expect(JSON.stringify(snapshot)).not.toContain(keyOf(world));
  await control("POST", `/worlds/${world.id}/reset`);
  expect((await api(world, "GET", `/${String(body["sandboxID"])}`)).status).toBe(404);
  expect((await control("PUT", `/worlds/${world.id}/snapshot`, snapshot)).status).toBe(200);
  expect((await api(world, "GET", `/${String(body["sandboxID"])}`)).body).toMatchObject({ status: "running" });
  expect((await control("PUT", `/worlds/${world.id}/snapshot`, { format: "other" })).status).toBe(400);
});

test("a quota that is set holds from then on", async () => {
  await control("PATCH", `/worlds/${world.id}/settings`, { quota: 1 });
  await api(world, "POST", "", {});
  expect(await api(world, "POST", "", {})).toMatchObject({ status: 429, body: { active: 1, limit: 1 } });
  expect((await control("PATCH", `/worlds/${world.id}/settings`, { quotta: 1 })).body.error).toContain("quotta");
});

test("faults are listed, switched on and off, and refused where there are none", async () => {
  const known = (await control("GET", "/faults")).body as unknown as { id: string }[];
  expect(known.map(({ id }) => id)).toContain("create-answers-200");
  await control("PUT", `/worlds/${world.id}/faults`, [{ id: "create-answers-200", times: 1 }]);
  expect((await control("GET", `/worlds/${world.id}/faults`)).body).toEqual([{ id: "create-answers-200", times: 1 }]);
  expect([(await api(world, "POST", "", {})).status, (await api(world, "POST", "", {})).status]).toEqual([200, 201]);
  const refused = await control("PUT", `/worlds/${world.id}/faults`, [{ id: "nonsense" }]);
  expect(refused).toMatchObject({ status: 400 });
  expect(refused.body.error).toContain("nonsense");
});

test("the journal is read, verified and emptied", async () => {
  await api(world, "POST", "", { timeout: -1, colour: "blue" });
  await api(world, "POST", "", { colour: "blue" });
  const { body } = await control("GET", `/worlds/${world.id}/journal?operation=createSandbox`);
  expect(body["entries"]).toMatchObject([
    { status: 400, reason: { rule: "timeout-negative", pointer: "/timeout" } },
    { status: 201, unread: ["/colour"] },
  ]);
  expect(JSON.stringify(body)).not.toContain(keyOf(world));
  const verify = (expectation: object) => control("POST", `/worlds/${world.id}/journal/verify`, expectation);
  expect((await verify({ operation: "createSandbox", times: 2 })).body).toMatchObject({ ok: true, found: 2 });
  expect((await verify({ status: 201, atMost: 0 })).body).toMatchObject({ ok: false, found: 1 });
  expect((await control("DELETE", `/worlds/${world.id}/journal`)).status).toBe(204);
  expect((await verify({ operation: "createSandbox" })).body).toMatchObject({ ok: false, found: 0 });
  expect((await control("GET", `/worlds/${world.id}/journal?status=many`)).status).toBe(400);
});

test("a journal asked for a name that is misspelt says so, rather than show all or nothing", async () => {
  const parameter = await control("GET", `/worlds/${world.id}/journal?operaton=createSandbox`);
  expect([parameter.status, parameter.body.error]).toEqual([
    400,
    expect.stringContaining('no member "operaton": did you mean "operation"?'),
  ]);
  const operation = await control("GET", `/worlds/${world.id}/journal?operation=createSandboxx`);
  expect([operation.status, operation.body.error]).toEqual([
    400,
    expect.stringContaining('did you mean "createSandbox"?'),
  ]);
  const verified = await control("POST", `/worlds/${world.id}/journal/verify`, { operation: "kilSandbox", times: 0 });
  expect(verified.status).toBe(400);
  for (const known of ["preview", "", "killSandbox", "listTaskRuns"]) {
    expect((await control("GET", `/worlds/${world.id}/journal?operation=${known}`)).status).toBe(200);
  }
});

test.each([
  [
    { id: "server-error", options: { status: 404 } },
    /options.status: Invalid option: expected one of 500\|502\|503, got 404/,
  ],
  [{ id: "latency", options: { mss: 1 } }, /options: there is no option "mss": did you mean "ms"/],
  [{ id: "create-answers-200", options: { ms: 1 } }, /options: there is no option "ms": there are times/],
  [
    { id: "create-answers-200", operation: "createSandboxx" },
    /operation: there is no operation "createSandboxx": did you mean "createSandbox"\?/,
  ],
  [{ id: "latencyy" }, /id: there is no fault "latencyy": did you mean "latency"\?/],
  [{ id: "create-answers-200", time: 2 }, /0: there is no member "time": did you mean "times"/],
  [{ id: "create-answers-200", probability: 2 }, /probability: Too big: expected number to be <=1, got 2/],
])("the fault setting %j is refused in words that help", async (setting, words) => {
  const refused = await control("PUT", `/worlds/${world.id}/faults`, [setting]);
  expect([refused.status, refused.body.error]).toEqual([400, expect.stringMatching(words)]);
});

test("the state shows every record, without the hash of a token", async () => {
  await api(world, "POST", "", { previewAuth: {} });
  const { body } = await control("GET", `/worlds/${world.id}/state`);
  expect(body["opencomputer/sandboxes"]).toMatchObject([{ phase: "running", timeoutS: 300 }]);
  expect(JSON.stringify(body)).not.toContain("tokenHash");
});

test("the usage of a world tells what each of its tenants has made", async () => {
  await api(world, "POST", "", {});
  const { body } = await control("GET", `/worlds/${world.id}/usage`);
  expect(body["tenants"]).toContainEqual(expect.objectContaining({ tenant: "acme", creates: body["creates"] }));
  expect(body["creates"]).toBeGreaterThan(0);
});

test("health is told to every caller, under any name and for any page, and tells nothing else", async () => {
  expect(await control("GET", "/health", undefined, { origin: "https://attacker.example" })).toEqual({
    status: 200,
    body: { status: "ok" },
  });
  const asked = request(`${listener.url}/__sandglass/health`, { method: "HEAD", headers: { host: "sandglass:4020" } });
  const [incoming] = (await once(asked.end(), "response")) as [IncomingMessage];
  expect(incoming.statusCode).toBe(200);
});

test("a mock in memory is always ready", async () => {
  expect(await control("GET", "/ready", undefined, { origin: "https://attacker.example" })).toEqual({
    status: 200,
    body: { status: "ready" },
  });
});

test("metrics count requests by operation and status, and what worlds hold", async () => {
  const read = async () => {
    exercised.add("getMetrics");
    return (await fetch(`${listener.url}/__sandglass/metrics`)).text();
  };
  const count = (text: string, name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  const created = String.raw`sandglass_requests_total\{contract="opencomputer",operation="createSandbox",status="201"\}`;
  const records = String.raw`sandglass_records\{table="opencomputer/sandboxes"\}`;
  const took = created
    .replace("requests_total", "request_duration_seconds_bucket")
    .replace("\\}", String.raw`,le="\+Inf"\}`);
  const before = await read();
  await api(world, "POST", "", {});
  const after = await read();
  for (const name of [created, records, took]) expect(count(after, name)).toBe(count(before, name) + 1);
  expect(count(after, "sandglass_worlds")).toBe([...mock.universe.worlds()].length);
  expect(count(after, "process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  const bounds = [...after.matchAll(/duration_seconds_bucket\{[^}]*"createSandbox",status="201",le="[\d.]+"\} (\d+)/g)];
  const counts = bounds.map(([, upTo]) => Number(upTo));
  expect(counts).toEqual([...counts].sort((one, other) => one - other));
  expect(counts.at(-1)).toBe(count(after, took)); // none took 10 s
  const sum = Number(/duration_seconds_sum\{[^}]*"createSandbox",status="201"\} ([\d.e-]+)/.exec(after)?.[1]);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThan(10);
});

test("every operation of the document has been called by now", () => {
  // What the inspector alone asks for has its tests beside it.
  const called = Object.values<Operation>(operations).filter(({ tags }) => !tags.includes("inspector"));
  expect([...exercised].sort()).toEqual(called.map(({ id }) => id).sort());
});

/** What a browser says of the page that asks. */
const pages = [
  ["the developer, who types the address", { "sec-fetch-site": "none" }, 200],
  ["a page of its own origin", { "sec-fetch-site": "same-origin", origin: "OWN" }, 200],
  ["a page of its own origin that reads", { "sec-fetch-site": "same-origin" }, 200],
  ["a page from elsewhere", { origin: "https://attacker.example" }, 403],
  ["a page of another port", { origin: "http://127.0.0.1:5173" }, 403],
  ["a page of the port that a browser leaves out", { origin: "http://127.0.0.1" }, 403],
  ["a page of the same port under another name", { origin: "OWN under localhost" }, 403],
  ["a sandboxed page, such as a preview", { origin: "null" }, 403],
  ["a page of two origins", { origin: "OWN, http://127.0.0.1:5173" }, 403],
  ["a page of another port that reads", { "sec-fetch-site": "same-site" }, 403],
  ["a page from elsewhere that reads", { "sec-fetch-site": "cross-site" }, 403],
] as const;

test.each(pages)("%s gets %o: %i", async (_, headers, status) => {
  const own = (text: string) =>
    text.replace("OWN under localhost", `http://localhost:${listener.port}`).replace("OWN", listener.url);
  const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, own(value)]));
  for (const [method, path] of [
    ["GET", "/worlds"],
    ["POST", `/worlds/${world.id}/fork`],
  ] as const) {
    const asked = await control(method, path, undefined, sent);
    expect(asked.status).toBe(status === 200 && method === "POST" ? 201 : status);
    if (status === 403) expect(asked.body.error).toContain("may not use the control API");
  }
});

test.each([
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "",
])("what is sent as %j, as any page may, is 415 and changes nothing", async (type) => {
  const before = (await control("GET", `/worlds/${world.id}`)).body;
  const sent = { "content-type": type };
  for (const [method, path, body] of [
    ["PATCH", "/clock", { advanceMs: 1 }],
    ["PUT", "/faults", []],
    ["POST", "/reset", undefined],
    ["DELETE", "/journal", undefined],
  ] as const) {
    expect(await control(method, `/worlds/${world.id}${path}`, body, sent)).toMatchObject({ status: 415 });
  }
  expect((await control("GET", `/worlds/${world.id}`)).body).toEqual(before);
});

test("JSON may name its charset, and what has no body needs no type", async () => {
  const sent = { "content-type": "Application/JSON; charset=utf-8" };
  expect((await control("PATCH", `/worlds/${world.id}/clock`, { advanceMs: 1 }, sent)).status).toBe(200);
  expect((await fetch(`${listener.url}/__sandglass/worlds/${world.id}/reset`, { method: "POST" })).status).toBe(200);
});

test.each([
  ["127.0.0.1", 200],
  ["sandglass.example", 403],
])("an absolute address, as for a proxy, is that of its path, and names the host: %s is %i", async (name, status) => {
  const { port } = listener;
  const path = `http://${name}/__sandglass/worlds`;
  const host = status === 200 ? "sandglass.example" : "localhost";
  const outgoing = request({ port, host: "127.0.0.1", path, headers: { host } }).end();
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  expect(incoming.statusCode).toBe(status);
  incoming.resume();
});

/** Calls under another host name, which `fetch` does not allow. */
function underHost(host: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    request(`${listener.url}/__sandglass/worlds`, { headers: { host, ...headers } }, ({ statusCode }) =>
      resolve(statusCode!),
    ).end();
  });
}

test.each([
  ["127.0.0.1:4020", 200],
  ["localhost", 200],
  ["[::1]:4020", 200],
  ["attacker.example", 403],
  ["127.0.0.1.attacker.example", 403],
  ["localhost.attacker.example", 403],
])("under the host name %s it answers %i", async (host, status) => {
  expect(await underHost(host)).toBe(status);
});

test("from another address it needs the control token, and a wrong one is refused from anywhere", async () => {
  const token = "a-control-token-of-the-test";
  const guarded = createMock({ controlToken: token });
  const everywhere = await guarded.listen("recoup", { host: "127.0.0.1" });
  const send = (headers: Record<string, string>) => fetch(`${everywhere.url}/__sandglass/worlds`, { headers });
  expect((await send({})).status).toBe(200); // this machine
  expect((await send({ "x-sandglass-control-token": token })).status).toBe(200);
  expect((await send({ "x-sandglass-control-token": `${token}x` })).status).toBe(403);
  await everywhere.close();
});
