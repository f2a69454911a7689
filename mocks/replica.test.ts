import { once } from "node:events";
import { connect } from "node:net";
import { createClient } from "@redis/client";
import { afterAll, assert, beforeAll, expect, test } from "vitest";
import { describeWithRedis, hasRedis, type RedisServer, startRedis } from "./kit/redis-server.fixture.ts";
import { openRedis } from "./kit/redis-store.ts";
import { createMock } from "./mock.ts";
import { type Replica, type ReplicaOptions, startReplica } from "./replica.ts";

let redis: RedisServer;
const replicas: Replica[] = [];
let database = 0;

beforeAll(async () => {
  if (hasRedis) redis = await startRedis();
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  if (hasRedis) await redis.stop();
});

/** A group of replicas with a database of its own. */
async function startGroup(count: number, more: Partial<ReplicaOptions> = {}) {
  const state = `${redis.url}/${(database += 1)}`;
  const start = async () => {
    const replica = await startReplica({ state, listen: { opencomputer: {}, recoup: {} }, leadMs: 300, ...more });
    replicas.push(replica);
    return replica;
  };
  const group: Replica[] = [];
  for (let at = 0; at < count; at += 1) group.push(await start());
  return { group, start };
}

/** Sends bytes on one connection, and gives what has come back when it holds so many answers. */
async function sendBytes(replica: Replica, bytes: string, answers: number) {
  const socket = connect(replica.listeners.get("opencomputer")!.port, "127.0.0.1").setEncoding("latin1");
  let seen = "";
  socket.on("data", (text) => (seen += String(text))).write(bytes);
  while (seen.split("HTTP/1.1 ").length <= answers && !socket.readableEnded) {
    await Promise.race([once(socket, "data"), once(socket, "end")]);
  }
  socket.destroy();
  return seen;
}

/** What a port of a sandbox, which nothing listens on, echoes. */
async function echo(replica: Replica, sandboxID: string): Promise<string> {
  const url = replica.listeners.get("opencomputer")!.url.replace("http", "ws");
  const socket = new WebSocket(`${url}/__sandglass/preview/${sandboxID}/3000/`);
  const echoed = await new Promise<string>((resolve, reject) => {
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("the socket broke off"));
  });
  socket.close();
  return echoed;
}

type Sent = { readonly method?: string; readonly body?: unknown; readonly key?: string };

async function call(replica: Replica, path: string, { body, key = "sandglass-acme", ...rest }: Sent = {}) {
  const method = rest.method ?? (body === undefined ? "GET" : "POST");
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(replica.listeners.get("opencomputer")!.url + path, init);
  const text = await response.text();
  const reason = response.headers.get("x-sandglass-reason");
  return { status: response.status, json: (text === "" ? undefined : JSON.parse(text)) as never, reason };
}

describeWithRedis("replicas", () => {
  test("are one mock, whichever is asked", async () => {
    const { group } = await startGroup(3);
    const ids: string[] = [];
    for (const replica of group) {
      const { status, json } = await call(replica, "/api/sandboxes", { body: { previewAuth: {} } });
      expect(status).toBe(201);
      ids.push((json as { sandboxID: string }).sandboxID);
    }
    for (const replica of group) {
      const { json } = await call(replica, "/api/sandboxes");
      expect((json as { sandboxID: string }[]).map(({ sandboxID }) => sandboxID).sort()).toEqual([...ids].sort());
    }
  });

  test("go on with what was acknowledged when the one that leads stops", async () => {
    const { group, start } = await startGroup(3);
    const ids: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const { status, json } = await call(group[at % group.length]!, "/api/sandboxes", { body: {} });
      expect([status, json]).toEqual([201, expect.anything()]);
      ids.push((json as { sandboxID: string }).sandboxID);
      const ended = group.shift()!; // the oldest one leads
      await ended.close();
      group.push(await start());
    }
    const { json } = await call(group[1]!, "/api/sandboxes");
    expect((json as { sandboxID: string }[]).map(({ sandboxID }) => sandboxID).sort()).toEqual([...ids].sort());
  });

  test("count one quota, however many ask at once", async () => {
    const { group } = await startGroup(3, { settings: { quota: 5 } });
    const asked = await Promise.all(
      Array.from({ length: 30 }, (_, at) => call(group[at % 3]!, "/api/sandboxes", { body: {} })),
    );
    expect(asked.filter(({ status }) => status === 201).length).toBe(5);
    expect(asked.filter(({ status }) => status === 429).length).toBe(25);
  });

  test("see a rotated token, a moved clock, a fault and a new world at once", async () => {
    const { group } = await startGroup(2);
    const [one, other] = group as [Replica, Replica];
    const { json } = await call(one, "/api/sandboxes", { body: { previewAuth: {} } });
    const { sandboxID, previewAuthToken } = json as { sandboxID: string; previewAuthToken: string };
    const visit = async (replica: Replica, token: string) => {
      const { url } = replica.listeners.get("opencomputer")!;
      const headers = { "x-oc-preview-token": token };
      return (await fetch(`${url}/__sandglass/preview/${sandboxID}/3000/`, { headers })).status;
    };
    expect([await visit(one, previewAuthToken), await visit(other, previewAuthToken)]).toEqual([200, 200]);
    const path = `/api/sandboxes/${sandboxID}`;
    const rotated = await call(other, `${path}/preview/rotate`, { method: "POST" });
    const token = (rotated.json as { previewAuthToken: string }).previewAuthToken;
    for (const replica of group) {
      expect([await visit(replica, previewAuthToken), await visit(replica, token)]).toEqual([401, 200]);
    }
    await call(other, "/__sandglass/worlds/default/clock", { method: "PATCH", body: { advanceMs: 24 * 3_600_000 } });
    expect((await call(one, path)).json).toMatchObject({ status: "hibernated" });
    await call(one, "/__sandglass/worlds/default/faults", {
      method: "PUT",
      body: [{ id: "server-error", operation: "listSandboxes", times: 2 }],
    });
    const statuses = [];
    for (const replica of [other, one, other]) statuses.push((await call(replica, "/api/sandboxes")).status);
    expect(statuses).toEqual([503, 503, 200]);
    const world = (await call(other, "/__sandglass/worlds", { body: {} })).json as { id: string };
    expect((await call(one, `/__sandglass/worlds/${world.id}`)).status).toBe(200);
  });

  test("pass WebSockets on", async () => {
    const { group } = await startGroup(2);
    const { json } = await call(group[0]!, "/api/sandboxes", { body: {} });
    const { sandboxID } = json as { sandboxID: string };
    for (const replica of group) expect(await echo(replica, sandboxID)).toBe("hello");
  });

  test("pass a WebSocket on to the next leader where the one that they know has ended", async () => {
    const { group, start } = await startGroup(1);
    const { json } = await call(group[0]!, "/api/sandboxes", { body: {} });
    await group[0]!.close();
    const shared = await openRedis({ url: `${redis.url}/${database}`, leadMs: 300 });
    const ended = await shared.take(JSON.stringify({ urls: { opencomputer: "http://127.0.0.1:1" }, secret: "gone" }));
    assert(typeof ended !== "string");
    const replica = await start();
    expect(await echo(replica, (json as { sandboxID: string }).sandboxID)).toBe("hello");
    shared.close();
  });

  test("answer a request that offers an upgrade and is none, and keep a connection after a body without a length", async () => {
    const { group } = await startGroup(2);
    const head =
      "POST /api/sandboxes HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: sandglass-acme\r\ncontent-type: application/json\r\n";
    const offered = `${head}connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 2\r\n\r\n{}`;
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
    for (const replica of group) {
      expect(await sendBytes(replica, offered, 1)).toMatch(/^HTTP\/1\.1 201/);
      const seen = await sendBytes(replica, chunked + chunked, 2);
      expect(seen.match(/HTTP\/1\.1 201/g)).toHaveLength(2);
      expect(seen).not.toMatch(/connection: close/i);
    }
  });

  test("judge who asks by where the request came from first, and believe that of no stranger", async () => {
    const { group } = await startGroup(2, { controlToken: "a-token-of-enough-length" });
    const url = group[1]!.listeners.get("opencomputer")!.url;
    const asked = await fetch(`${url}/__sandglass/worlds`, { headers: { "x-sandglass-replica": "guessed 10.0.0.7" } });
    const [{ id }] = (await asked.json()) as [{ id: string }];
    expect([asked.status, id]).toEqual([200, "default"]);
    const { json } = await call(group[0]!, "/__sandglass/worlds/default/journal");
    expect(JSON.stringify(json)).not.toMatch(/x-sandglass-replica/i);
  });

  test("show a fault that breaks connections off, whichever is asked", async () => {
    const { group } = await startGroup(2);
    for (const replica of group) {
      const faults = [{ id: "connection-reset", operation: "listSandboxes", times: 1 }];
      await call(replica, "/__sandglass/worlds/default/faults", { method: "PUT", body: faults });
      await expect(call(replica, "/api/sandboxes")).rejects.toThrow("fetch failed");
      expect((await call(replica, "/api/sandboxes")).status).toBe(200);
    }
  });

  test("refuse a contract that the one that leads does not serve", async () => {
    const { start } = await startGroup(1, { listen: { opencomputer: {} } });
    await start();
    const state = `${redis.url}/${database}`;
    const both = await startReplica({ state, listen: { opencomputer: {}, recoup: {} }, leadMs: 300 });
    replicas.push(both);
    const { status, headers } = await fetch(`${both.listeners.get("recoup")!.url}/api/sandboxes`);
    expect([status, headers.get("x-sandglass-reason")]).toEqual([
      503,
      "no-replica-leads: the replica that leads does not serve recoup: start all with the same contracts",
    ]);
  });

  test("answer 503 while Redis does not, say so, and go on afterwards", async () => {
    const own = await startRedis();
    const replica = await startReplica({ state: own.url, listen: { opencomputer: {} }, leadMs: 300 });
    expect((await call(replica, "/api/sandboxes", { body: {} })).status).toBe(201);
    own.signal("SIGSTOP");
    const refused = await call(replica, "/api/sandboxes", { body: {} });
    expect([refused.status, refused.reason]).toEqual([
      503,
      expect.stringMatching(/^(?:state-not-kept|no-replica-leads): /),
    ]);
    await expect.poll(async () => (await call(replica, "/__sandglass/ready")).reason).toMatch(/^no-replica-leads: /);
    expect((await call(replica, "/__sandglass/health")).status).toBe(200);
    own.signal("SIGCONT");
    await expect.poll(async () => (await call(replica, "/__sandglass/ready")).status, { timeout: 10_000 }).toBe(200);
    expect((await call(replica, "/api/sandboxes")).json).not.toHaveLength(0);
    await replica.close();
    await own.stop();
  });

  test("answer 503 while Redis is full, say so, and go on once it has room", async () => {
    const own = await startRedis(["--maxmemory", "2mb", "--maxmemory-policy", "noeviction"]);
    const replica = await startReplica({ state: own.url, listen: { opencomputer: {} }, leadMs: 300 });
    const create = () => call(replica, "/api/sandboxes", { body: { metadata: { text: "x".repeat(200_000) } } });
    let made = 0;
    let last = await create();
    for (; last.status === 201 && made < 100; made += 1) last = await create();
    expect([last.status, last.reason]).toEqual([503, expect.stringMatching(/^state-not-kept: .*OOM /)]);
    const { status, json } = await call(replica, "/__sandglass/ready");
    expect([status, json]).toEqual([
      503,
      { status: "state-not-kept", reason: expect.stringMatching(/^OOM /) as string },
    ]);
    const client = createClient({ url: own.url });
    await client.connect();
    await client.configSet("maxmemory", "0");
    client.destroy();
    expect((await call(replica, "/__sandglass/ready")).status).toBe(200);
    expect((await call(replica, "/api/sandboxes")).status).toBe(200);
    await replica.close();
    await own.stop();
  });

  test("are refused without an address that others reach", async () => {
    const listen = { opencomputer: { host: "0.0.0.0" } };
    await expect(startReplica({ state: redis.url, listen })).rejects.toThrow(/^advertise: 0\.0\.0\.0 is no address/);
    const lead = startReplica({ state: redis.url, listen: {}, leadMs: 0 });
    await expect(lead).rejects.toThrow(/^startReplica: leadMs: at least 100 is due$/);
    expect(() => createMock({ state: redis.url })).toThrow(/^state: a mock whose state is in Redis is one of several/);
  });
});
