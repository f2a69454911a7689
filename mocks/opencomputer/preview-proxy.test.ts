import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createMock, type Listener, type Mock } from "../index.ts";

let upstream: Server;
let upstreamUrl: string;
let mock: Mock;
let listener: Listener;

beforeAll(async () => {
  upstream = createServer(answerAsUpstream);
  new WebSocketServer({ server: upstream }).on("connection", (socket, { url, headers }) => {
    socket.on("message", (data: Buffer) => socket.send(JSON.stringify({ said: data.toString(), url, headers })));
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  upstreamUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  mock = createMock({
    clockScale: 0,
    settings: { previewUpstreams: { "3000": upstreamUrl, "9": "http://127.0.0.1:9" } },
  });
  listener = await mock.listen("opencomputer");
});

afterAll(async () => {
  await listener.close();
  upstream.closeAllConnections();
  upstream.close();
});

/** An upstream that tells what it was asked; `/events` sends one event now and one when it is asked for the next. */
function answerAsUpstream(incoming: IncomingMessage, outgoing: ServerResponse) {
  if (incoming.url === "/events") {
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    outgoing.write("data: first\n\n");
    releaseEvent = () => outgoing.end("data: second\n\n");
    return;
  }
  let body = "";
  incoming.on("data", (chunk) => (body += String(chunk)));
  incoming.on("end", () => {
    const { method, url, headers } = incoming;
    outgoing.writeHead(200, { "x-upstream": "yes" }).end(JSON.stringify({ method, url, headers, body }));
  });
}
let releaseEvent: () => void = () => undefined;

type Sandbox = { readonly sandboxID: string; readonly previewAuthToken: string; readonly sandboxDomain: string };
const apiHeaders = { "x-api-key": "sandglass-acme", "content-type": "application/json" };

async function api(method: string, path: string, body?: object): Promise<Response> {
  const init = { method, headers: apiHeaders, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return fetch(`${listener.url}/api/sandboxes${path}`, init);
}

const create = async (body: object): Promise<Sandbox> => (await api("POST", "", body)).json() as Promise<Sandbox>;
const statusOf = async ({ sandboxID }: Sandbox) =>
  ((await (await api("GET", `/${sandboxID}`)).json()) as { status: string }).status;
const withToken = ({ previewAuthToken }: Sandbox) => ({ "x-oc-preview-token": previewAuthToken });

type AskOptions = { port?: number; path?: string; method?: string; headers?: Record<string, string>; body?: string };
type HarnessReply = { status: number; headers: IncomingMessage["headers"]; body: string };

function ask(
  { sandboxID }: Sandbox,
  { port = 3000, path = "/", method = "GET", headers = {}, body }: AskOptions = {},
): Promise<HarnessReply> {
  const host = `${sandboxID}-p${port}.localhost:${listener.port}`;
  return new Promise((resolve, reject) => {
    const call = request(listener.url + path, { method, headers: { host, ...headers } }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk) => (text += String(chunk)));
      incoming.on("end", () => resolve({ status: incoming.statusCode!, headers: incoming.headers, body: text }));
    });
    call.on("error", reject).end(body);
  });
}

test("without a gate, any port leads to its upstream", async () => {
  const seen = await ask(await create({}), { path: "/a?b=c", method: "PATCH", body: "hello" });
  expect(seen.headers["x-upstream"]).toBe("yes");
  expect(JSON.parse(seen.body)).toMatchObject({ method: "PATCH", url: "/a?b=c", body: "hello" });
});

test("a gate asks for a token, with a challenge, and refuses a wrong one", async () => {
  const sandbox = await create({ previewAuth: {} });
  const missing = await ask(sandbox);
  expect(missing).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer realm="preview"' } });
  expect(JSON.parse(missing.body)).toEqual({ error: "preview URL requires authentication" });
  const wrong = await ask(sandbox, { headers: { authorization: "Bearer nonsense" } });
  expect(wrong.status).toBe(401);
  expect(wrong.headers["www-authenticate"]).toBeUndefined();
});

test.each([
  ["its own header", (token: string) => ({ "x-oc-preview-token": token })],
  ["its own header, with blanks around", (token: string) => ({ "x-oc-preview-token": `  ${token} ` })],
  ["a bearer token", (token: string) => ({ authorization: `Bearer ${token}` })],
  ["a bearer token, its scheme in any case", (token: string) => ({ authorization: `bEARER   ${token}` })],
  [
    "a bearer token, its own header blank",
    (token: string) => ({ "x-oc-preview-token": " ", authorization: `Bearer ${token}` }),
  ],
])("%s opens the gate", async (_, headersFor) => {
  const sandbox = await create({ previewAuth: {} });
  expect((await ask(sandbox, { headers: headersFor(sandbox.previewAuthToken) })).status).toBe(200);
});

test.each([
  [
    "its own header is wrong though the bearer token is right",
    (token: string) => ({ "x-oc-preview-token": "x", authorization: `Bearer ${token}` }),
  ],
  ["the scheme is another", (token: string) => ({ authorization: `Basic ${token}` })],
  ["there is no scheme", (token: string) => ({ authorization: token })],
  ["a character is missing", (token: string) => ({ "x-oc-preview-token": token.slice(0, -1) })],
  ["a character is too many", (token: string) => ({ "x-oc-preview-token": `${token}x` })],
])("the gate stays shut where %s", async (_, headersFor) => {
  const sandbox = await create({ previewAuth: {} });
  expect((await ask(sandbox, { headers: headersFor(sandbox.previewAuthToken) })).status).toBe(401);
});

test("a token in the query opens nothing", async () => {
  const sandbox = await create({ previewAuth: {} });
  expect((await ask(sandbox, { path: `/?token=${sandbox.previewAuthToken}` })).status).toBe(401);
});

test("a token beyond ASCII is accepted and can be shown", async () => {
  const token = "żółta-łódź-podwodna";
  const sandbox = await create({ previewAuth: { token } });
  const asBytes = Buffer.from(token).toString("latin1");
  expect((await ask(sandbox, { headers: { "x-oc-preview-token": asBytes } })).status).toBe(200);
});

test.each([[" leading-blank-token"], ["trailing-blank-token "], ["a-line\nbreak-inside-it"]])(
  "a token that no header can carry is refused: %j",
  async (token) => {
    expect((await api("POST", "", { previewAuth: { token } })).status).toBe(400);
  },
);

test("the upstream sees neither the token nor the header that carried it", async () => {
  const sandbox = await create({ previewAuth: {} });
  const own = await ask(sandbox, { headers: { ...withToken(sandbox), authorization: "Bearer the-app's-own" } });
  expect(JSON.parse(own.body)).toMatchObject({ headers: { authorization: "Bearer the-app's-own" } });
  expect(own.body).not.toContain(sandbox.previewAuthToken);
  const bearer = await ask(sandbox, { headers: { authorization: `Bearer ${sandbox.previewAuthToken}` } });
  expect(bearer.body).not.toContain(sandbox.previewAuthToken);
});

test("the upstream sees the token where the world says so", async () => {
  const world = mock.createWorld({ settings: { previewKeepsToken: true, previewUpstreams: { "3000": upstreamUrl } } });
  const headers = { ...apiHeaders, "x-api-key": world.tenants.find(({ name }) => name === "acme")!.key };
  const init = { method: "POST", headers, body: '{"previewAuth":{}}' };
  const sandbox = (await (await fetch(`${listener.url}/api/sandboxes`, init)).json()) as Sandbox;
  expect(sandbox.sandboxDomain).toBe(`${world.id}.localhost`);
  const host = `${sandbox.sandboxID}-p3000.${sandbox.sandboxDomain}`;
  const seen = await ask(sandbox, { headers: { host, ...withToken(sandbox) } });
  expect(seen.body).toContain(sandbox.previewAuthToken);
});

test("an event stream arrives event by event", async () => {
  const sandbox = await create({ previewAuth: {} });
  const chunks: string[] = [];
  await new Promise<void>((resolve) => {
    const headers = { host: `${sandbox.sandboxID}-p3000.localhost`, ...withToken(sandbox) };
    request(`${listener.url}/events`, { headers }, (incoming) => {
      incoming.on("data", (chunk) => {
        chunks.push(String(chunk));
        if (chunks.length === 1) releaseEvent(); // the second is sent only once the first is here
      });
      incoming.on("end", resolve);
    }).end();
  });
  expect(chunks).toEqual(["data: first\n\n", "data: second\n\n"]);
});

function talk({ sandboxID }: Sandbox, port: number, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const host = `${sandboxID}-p${port}.localhost`;
    const socket = new WebSocket(`${listener.url.replace("http", "ws")}/socket`, { headers: { host, ...headers } });
    socket.on("open", () => socket.send("hello"));
    socket.on("message", (data: Buffer) => {
      resolve(data.toString());
      socket.close();
    });
    socket.on("unexpected-response", (_, { statusCode }) => resolve(`refused with ${statusCode}`));
  });
}

test("a WebSocket passes the gate with the token alone, and its upstream does not see it", async () => {
  const sandbox = await create({ previewAuth: {} });
  const said = await talk(sandbox, 3000, withToken(sandbox));
  expect(JSON.parse(said)).toMatchObject({ said: "hello", url: "/socket" });
  expect(said).not.toContain(sandbox.previewAuthToken);
  expect(await talk(sandbox, 3000, {})).toBe("refused with 401");
});

test("a port without an upstream shows the request, and echoes a WebSocket", async () => {
  const sandbox = await create({});
  const seen = await ask(sandbox, { port: 8080, path: "/x", method: "POST", body: "hi" });
  expect(JSON.parse(seen.body)).toMatchObject({ port: 8080, method: "POST", path: "/x", body: "hi" });
  const page = await ask(sandbox, { port: 8080, path: "/x", headers: { accept: "text/html", mark: "<b>" } });
  expect(page.body).toContain("mark: &lt;b&gt;");
  expect(await talk(sandbox, 8080, {})).toBe("hello");
});

test("where the upstream does not listen, a program gets 502 and a browser a page that tries again", async () => {
  const sandbox = await create({});
  const program = await ask(sandbox, { port: 9 });
  expect(program.status).toBe(502);
  expect(JSON.parse(program.body)).toEqual({ error: `sandbox ${sandbox.sandboxID}: upstream unavailable` });
  const browser = await ask(sandbox, { port: 9, headers: { accept: "text/html,*/*" } });
  expect(browser.status).toBe(503);
  expect(browser.body).toContain('http-equiv="refresh"');
});

test("the right token wakes a sandbox, with the timeout that it had; no token and a wrong one wake nothing", async () => {
  const sandbox = await create({ previewAuth: {}, timeout: 60 });
  await api("POST", `/${sandbox.sandboxID}/hibernate`);
  await ask(sandbox);
  await ask(sandbox, { headers: { "x-oc-preview-token": "wrong-token-of-length" } });
  expect(await statusOf(sandbox)).toBe("hibernated");
  expect((await ask(sandbox, { headers: withToken(sandbox) })).status).toBe(200);
  expect(await statusOf(sandbox)).toBe("running");
  mock.defaultWorld().clock.advance(60_000);
  expect(await statusOf(sandbox)).toBe("hibernated");
});

test("a request to a preview puts the idle timeout off", async () => {
  const sandbox = await create({ timeout: 60 });
  for (let step = 0; step < 3; step += 1) {
    mock.defaultWorld().clock.advance(59_000);
    await ask(sandbox);
  }
  expect(await statusOf(sandbox)).toBe("running");
});

test("a stopped sandbox is gone, but tells so only to who has the token", async () => {
  const sandbox = await create({ previewAuth: {} });
  await api("DELETE", `/${sandbox.sandboxID}`);
  expect((await ask(sandbox)).status).toBe(401);
  expect(await ask(sandbox, { headers: withToken(sandbox) })).toMatchObject({ status: 410 });
});

test("a rotation shuts the old token out at once, and puts a gate where there was none", async () => {
  const sandbox = await create({});
  const rotate = async () =>
    (await (await api("POST", `/${sandbox.sandboxID}/preview/rotate`)).json()) as { previewAuthToken: string };
  const first = await rotate();
  const second = await rotate();
  expect((await ask(sandbox)).status).toBe(401);
  expect((await ask(sandbox, { headers: { "x-oc-preview-token": first.previewAuthToken } })).status).toBe(401);
  expect((await ask(sandbox, { headers: { "x-oc-preview-token": second.previewAuthToken } })).status).toBe(200);
});

test("the path form reaches a preview where the host name cannot be chosen", async () => {
  const sandbox = await create({ previewAuth: {} });
  const url = `${listener.url}/__sandglass/preview/${sandbox.sandboxID}/3000/deep/path?q=1`;
  expect((await fetch(url)).status).toBe(401);
  const seen = (await (await fetch(url, { headers: withToken(sandbox) })).json()) as { url: string };
  expect(seen.url).toBe("/deep/path?q=1");
});

test("the path form can name the world, where several have a sandbox of that id", async () => {
  const world = mock.createWorld();
  const headers = { ...apiHeaders, "x-api-key": world.tenants.find(({ name }) => name === "acme")!.key };
  const init = { method: "POST", headers, body: '{"previewAuth":{}}' };
  const sandbox = (await (await fetch(`${listener.url}/api/sandboxes`, init)).json()) as Sandbox;
  const fork = mock.universe.fork(world);
  const forkHeaders = { "x-api-key": fork.tenants.find(({ name }) => name === "acme")!.key };
  await fetch(`${listener.url}/api/sandboxes/${sandbox.sandboxID}`, { method: "DELETE", headers: forkHeaders });
  const statusIn = async ({ id }: { id: string }) => {
    const url = `${listener.url}/__sandglass/preview/${id}/${sandbox.sandboxID}/8080/`;
    return (await fetch(url, { headers: withToken(sandbox) })).status;
  };
  expect([await statusIn(world), await statusIn(fork)]).toEqual([200, 410]);
});

test("an upstream can be set for one sandbox alone", async () => {
  const [one, other] = [await create({}), await create({})];
  const { previewUpstreams } = mock.defaultWorld().settings;
  mock
    .defaultWorld()
    .changeSettings({ previewUpstreams: { ...previewUpstreams, [`${one.sandboxID}:7000`]: upstreamUrl } });
  expect((await ask(one, { port: 7000 })).headers["x-upstream"]).toBe("yes");
  expect((await ask(other, { port: 7000 })).headers["x-upstream"]).toBeUndefined();
});

test("an unknown sandbox and a port beyond 65535 lead nowhere", async () => {
  const unknown = { sandboxID: "sb-00000000", previewAuthToken: "", sandboxDomain: "localhost" };
  expect(JSON.parse((await ask(unknown)).body)).toEqual({ error: "sandbox sb-00000000 not found" });
  expect((await ask(unknown, { port: 65_536 })).status).toBe(404);
});

test("the token is in the answer that made it and nowhere else", async () => {
  const world = mock.createWorld();
  const headers = { ...apiHeaders, "x-api-key": world.tenants.find(({ name }) => name === "acme")!.key };
  const token = "own-token-for-the-search";
  const init = { method: "POST", headers, body: JSON.stringify({ previewAuth: { token } }) };
  const sandbox = (await (await fetch(`${listener.url}/api/sandboxes`, init)).json()) as Sandbox;
  expect(sandbox.previewAuthToken).toBe(token);
  await ask(sandbox, {
    headers: { host: `${sandbox.sandboxID}-p3000.${sandbox.sandboxDomain}`, ...withToken(sandbox) },
  });
  for (const path of ["", "/journal", "/state", "/snapshot"]) {
    expect(await (await fetch(`${listener.url}/__sandglass/worlds/${world.id}${path}`)).text()).not.toContain(token);
  }
});
