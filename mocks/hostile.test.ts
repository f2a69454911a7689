import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ContractName, type Listener, createMock } from "./index.ts";
import { parseAnswers, sendRaw } from "./raw-socket.fixture.ts";

const mock = createMock({ seed: "hostile", clockScale: 0 });
const ports = {} as Record<ContractName, number>;
const listeners: Listener[] = [];

beforeAll(async () => {
  for (const contract of ["recoup", "opencomputer"] as const) {
    const listener = await mock.listen(contract);
    listeners.push(listener);
    ports[contract] = listener.port;
  }
});

afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

const keys: Record<ContractName, string> = { recoup: "sandglass-ada", opencomputer: "sandglass-acme" };
type Shape = {
  method?: string;
  path?: string;
  version?: string;
  headers?: string;
  body?: string | Buffer;
  length?: number;
};

const post = (body: string | Buffer, more: Shape = {}): Shape => ({ method: "POST", body, ...more });

function bytesOf(contract: ContractName, shape: Shape): Buffer {
  const { method = "GET", path = "/api/sandboxes", version = "1.1", body, length } = shape;
  const { headers = `host: x\r\n${body === undefined ? "" : "content-type: application/json\r\n"}` } = shape;
  const size = body === undefined ? "" : `content-length: ${length ?? Buffer.byteLength(body)}\r\n`;
  const head = `${method} ${path} HTTP/${version}\r\nx-api-key: ${keys[contract]}\r\nconnection: close\r\n`;
  const ended = headers.includes("transfer-encoding") ? "" : size;
  return Buffer.concat([Buffer.from(`${head}${headers}${ended}\r\n`, "latin1"), Buffer.from(body ?? "")]);
}

const nested = (levels: number, open = "[", close = "]") => open.repeat(levels) + close.repeat(levels);
const chunked = (...chunks: string[]) =>
  [...chunks, ""].map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).join("");
const chunkedHeaders = "host: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n";
const mebibyte = 1024 * 1024;
const filled = (bytes: number) => `{"x":"${"y".repeat(bytes - 8)}"}`;

// What each answers: OpenComputer's status, then Recoup's. The page on each contract repeats this table.
const table: readonly (readonly [string, Shape, number, number])[] = [
  ["a member __proto__", post('{"__proto__":{"timeout":-1,"command":""}}'), 201, 200],
  ["a member constructor", post('{"constructor":{"prototype":{"x":1}}}'), 201, 200],
  ["a step whose type is no text", post('{"image":{"steps":[{"type":{"toString":null},"args":{}}]}}'), 400, 200],
  ["a scheme that is no text", post('{"previewAuth":{"scheme":{"toString":null}}}'), 400, 200],
  ["a token that is no text", post('{"previewAuth":{"token":{"length":{"toString":1}}}}'), 400, 200],
  ["a variable __proto__", post('{"envs":{"__proto__":"x","constructor":"y"}}'), 201, 200],
  ["a variable __proto__ that is a number", post('{"envs":{"__proto__":5}}'), 400, 200],
  ["a body of 1,000 levels", post(`{"x":${nested(999)}}`), 201, 200],
  ["a body of 10,000 levels", post(`{"x":${nested(10_000)}}`), 400, 200],
  ["objects of 10,000 levels", post(`{"x":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`), 400, 200],
  [
    "10,000 levels where a string is due",
    post(`{"templateID":${nested(10_000)},"command":${nested(10_000)}}`),
    400,
    400,
  ],
  ["500,000 levels", post(nested(500_000)), 400, 400],
  ["500,000 levels that are never closed", post("[".repeat(500_000)), 400, 400],
  ["the number 1e400", post('{"timeout":1e400,"cwd":1e400}'), 400, 400],
  ["the number 2^53 + 1", post('{"timeout":9007199254740993}'), 400, 200],
  ["the number 2^53 - 1", post('{"timeout":9007199254740991}'), 201, 200],
  ["the number -0", post('{"timeout":-0}'), 201, 200],
  ["a number of 100,000 digits", post(`{"timeout":${"9".repeat(100_000)}}`), 400, 200],
  ["half a surrogate pair", post('{"metadata":{"\\ud800":"\\udfff"},"cwd":"\\ud800"}'), 201, 200],
  ["half a surrogate pair as a name", post('{"templateID":"\\ud800","command":"\\ud800"}'), 404, 200],
  ["half a surrogate pair in a token", post('{"previewAuth":{"token":"0123456789abcdef\\ud800"}}'), 400, 200],
  ["a zero character", post('{"templateID":"\\u0000","command":"\\u0000"}'), 404, 200],
  ["a member twice: the last counts", post('{"timeout":-1,"timeout":1,"command":"","command":"x"}'), 201, 200],
  ["a member twice, the last one wrong", post('{"timeout":1,"timeout":-1,"command":"x","command":""}'), 400, 400],
  ["an array", post("[]"), 400, 400],
  ["null", post("null"), 400, 400],
  ["a string", post('"x"'), 400, 400],
  ["cut-off JSON", post('{"command":"x'), 400, 400],
  ["two values", post("{}{}"), 400, 400],
  ["a byte order mark", post("\ufeff{}"), 400, 400],
  ["nothing but blanks", post("  \n "), 400, 400],
  ["a body of no length", post(""), 201, 400],
  ["bytes that are no UTF-8", post(Buffer.from('{"\xff\xfe":"\xc3("}', "latin1")), 201, 200],
  ["UTF-16", post(Buffer.from('{"command":"x"}', "utf16le")), 400, 400],
  ["another content type", post("{}", { headers: "host: x\r\ncontent-type: text/plain\r\n" }), 400, 200],
  ["no content type", post("{}", { headers: "host: x\r\n" }), 400, 200],
  [
    "a content type in capitals, with a charset",
    post("{}", { headers: "host: x\r\nContent-Type: Application/JSON;charset=x\r\n" }),
    201,
    200,
  ],
  ["a broken content type", post("{}", { headers: "host: x\r\ncontent-type: ;;;\xff\r\n" }), 400, 200],
  ["a body in chunks", post(chunked("{", '"x":1', "}"), { headers: chunkedHeaders }), 201, 200],
  ["a body of exactly 1 MiB", post(filled(mebibyte)), 201, 200],
  ["a body of 1 MiB and a byte", post(filled(mebibyte + 1)), 413, 413],
  ["exactly 1 MiB in chunks", post(chunked(filled(mebibyte)), { headers: chunkedHeaders }), 201, 200],
  ["1 MiB and a byte in chunks", post(chunked(filled(mebibyte), "x"), { headers: chunkedHeaders }), 413, 413],
  ["a broken chunk", post("zz\r\n{}\r\n0\r\n\r\n", { headers: chunkedHeaders }), 400, 400],
  ["a body with GET", { method: "GET", body: "{}" }, 200, 200],
  ["headers of 20,000 bytes", { headers: `host: x\r\nx: ${"y".repeat(20_000)}\r\n` }, 431, 431],
  ["two hundred headers", { headers: `host: x\r\n${"a: b\r\n".repeat(200)}` }, 200, 200],
  ["ten thousand headers", { headers: `host: x\r\n${"a: b\r\n".repeat(10_000)}` }, 431, 431],
  ["a URL of 20,000 characters", { path: `/api/sandboxes?${"x".repeat(20_000)}` }, 431, 431],
  ["broken percent encoding in the path", { path: "/api/sandboxes/%zz%ff%" }, 404, 404],
  ["broken percent encoding in the query", { path: "/api/sandboxes?sandbox_id=%zz%ff&%" }, 200, 200],
  ["an encoded slash", { path: "/api%2fsandboxes" }, 404, 404],
  ["an encoded zero", { path: "/api/sandboxes/%00" }, 404, 404],
  ["dots in the path", { path: "/api/../api/./sandboxes" }, 200, 200],
  ["slashes without end", { path: "/".repeat(5_000) }, 404, 308],
  ["bytes beyond ASCII in the path", { path: "/api/sandboxes/\xff\xfe" }, 400, 400],
  ["the path of an object's own member", { path: "/api/sandboxes/__proto__" }, 404, 404],
  ["HEAD", { method: "HEAD" }, 200, 200],
  ["OPTIONS", { method: "OPTIONS" }, 405, 200],
  ["OPTIONS *", { method: "OPTIONS", path: "*" }, 404, 404],
  ["TRACE", { method: "TRACE" }, 405, 405],
  ["PURGE", { method: "PURGE" }, 405, 405],
  ["a method in lower case", { method: "get" }, 400, 400],
  ["a method that does not exist", { method: "FETCH" }, 400, 400],
  ["HTTP/1.0", { version: "1.0" }, 200, 200],
  ["HTTP/1.0 without a host", { version: "1.0", headers: "" }, 200, 200],
  ["HTTP/0.9", { version: "0.9" }, 200, 200],
  ["HTTP/3.7", { version: "3.7" }, 400, 400],
  ["no host", { headers: "" }, 400, 400],
  ["an empty host", { headers: "host: \r\n" }, 200, 200],
  ["a host that is none", { headers: "host: a b\r\n" }, 400, 400],
  ["an absolute address", { path: "http://elsewhere.example/api/sandboxes" }, 200, 200],
  [
    "two lengths",
    post("{}", { headers: "host: x\r\ncontent-length: 1\r\ncontent-type: application/json\r\n" }),
    400,
    400,
  ],
  ["a length and chunks", post("0\r\n\r\n", { headers: `${chunkedHeaders}content-length: 5\r\n` }), 400, 400],
  ["a negative length", post("{}", { length: -1 }), 400, 400],
  ["a header without a name", { headers: "host: x\r\n: x\r\n" }, 400, 400],
  ["a header with a zero in it", { headers: "host: x\r\na: b\0c\r\n" }, 400, 400],
  [
    "an offer of HTTP/2",
    { headers: "host: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\n" },
    200,
    200,
  ],
  [
    "a WebSocket where there is none",
    { headers: "host: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n" },
    200,
    200,
  ],
  ["a key with a blank before it", { headers: "host: x\r\n x-api-key: y\r\n" }, 400, 400],
];

async function expectAlive(contract: ContractName): Promise<void> {
  const [answer] = parseAnswers(await sendRaw(ports[contract], bytesOf(contract, {})));
  expect(answer!.status).toBe(200);
}

describe.each(["opencomputer", "recoup"] as const)("%s", (contract) => {
  test.each(table)("answers %s as documented, and lives on", async (_, shape, openComputer, recoup) => {
    const [answer] = parseAnswers(await sendRaw(ports[contract], bytesOf(contract, shape)));
    expect(answer?.status).toBe(contract === "recoup" ? recoup : openComputer);
    if (answer!.headers["content-type"] === "application/json" && answer!.status !== 200 && shape.method !== "HEAD") {
      expect(JSON.parse(answer!.body)).toBeTypeOf("object");
    }
    await expectAlive(contract);
  });

  test.each([
    ["its body", { ...post('{"a"'), length: 20 }],
    ["a chunk", post('5\r\n{"a', { headers: chunkedHeaders })],
    ["its headers", { headers: "host: x\r\nx-half" }],
    ["an upload that is too large", post("x".repeat(100_000), { length: 10 * mebibyte })],
  ])("survives a caller that leaves in %s, and creates nothing", async (_, shape: Shape) => {
    const before = mock.defaultWorld().journal.seen();
    await sendRaw(ports[contract], bytesOf(contract, shape), { leave: true });
    await expectAlive(contract);
    expect(mock.defaultWorld().journal.seen()).toBe(before + 1);
  });

  test("answers requests that are sent all at once in their order", async () => {
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${keys[contract]}\r\n\r\n`;
    const last = bytesOf(contract, { path: "/nowhere" });
    const bytes = Buffer.concat([Buffer.from(one("/api/sandboxes") + one("/nothing") + one("/api/sandboxes")), last]);
    const answers = parseAnswers(await sendRaw(ports[contract], bytes));
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 404]);
  });

  test("reads no request out of the body of another", async () => {
    const hidden = `{}GET /api/sandboxes HTTP/1.1\r\nhost: x\r\n\r\n`;
    const answers = parseAnswers(await sendRaw(ports[contract], bytesOf(contract, post(hidden))));
    expect(answers.map(({ status }) => status)).toEqual([400]);
  });

  test("changes no prototype", async () => {
    for (const body of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}']) {
      await sendRaw(ports[contract], bytesOf(contract, post(body)));
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("quotes nothing of a broken body in a header", async () => {
    const [answer] = parseAnswers(await sendRaw(ports[contract], bytesOf(contract, post("hunter2hunter2"))));
    expect(JSON.stringify(answer)).not.toContain("hunter");
  });
});

describe("opencomputer", () => {
  const port = () => ports.opencomputer;
  const send = async (shape: Shape) => parseAnswers(await sendRaw(port(), bytesOf("opencomputer", shape)))[0]!;
  const createSandbox = async () => (JSON.parse((await send(post("{}"))).body) as { sandboxID: string }).sandboxID;

  test.each([
    ['{"__proto__":"x","constructor":"y"}', 200],
    ['{"__proto__":{"a":1}}', 400],
    ['{"__proto__":null}', 400],
    ['{"a":{"length":{"toString":1}}}', 400],
    [`{"a":"${"x".repeat(257)}"}`, 400],
    ['{"\\ud800":"x"}', 400],
    ['{"a":"\\ud800"}', 200],
    ["null", 400],
    ["[]", 400],
  ])("takes the tags %s with %i, and shows them as they were sent", async (body, status) => {
    const id = await createSandbox();
    const answer = await send({ method: "PUT", path: `/api/sandboxes/${id}/tags`, body });
    expect(answer.status).toBe(status);
    const read = await send({ path: `/api/sandboxes/${id}/tags` });
    const tags = /^{"tags":(.*),"tagsLastUpdatedAt"/.exec(read.body)![1];
    expect(tags).toBe(status === 200 ? body : "{}");
  });

  test("a request that comes right behind a create sees what was created", async () => {
    const keepAlive = (shape: Shape) =>
      bytesOf("opencomputer", shape).toString("latin1").replace("connection: close\r\n", "");
    const key = mock.createWorld().tenants.find(({ contract }) => contract === "opencomputer")!.key;
    const text = [keepAlive({}), keepAlive(post("{}")), bytesOf("opencomputer", {}).toString("latin1")].join("");
    const answers = parseAnswers(await sendRaw(port(), text.replaceAll(keys.opencomputer, key)));
    const [before, , after] = answers.map(({ body }) => JSON.parse(body) as unknown[]);
    expect([before!.length, after!.length]).toEqual([0, 1]);
  });

  test("a port whose authConfig is 10,000 levels deep is refused, and the list of ports goes on", async () => {
    const id = await createSandbox();
    const path = `/api/sandboxes/${id}/preview`;
    const deep = { method: "POST", path, body: `{"port":1,"authConfig":{"a":${nested(10_000)}}}` };
    expect((await send(deep)).status).toBe(400);
    const flat = { method: "POST", path, body: `{"port":1,"authConfig":{"__proto__":{"a":1},"b":${nested(900)}}}` };
    expect((await send(flat)).status).toBe(201);
    const listed = await send({ path });
    expect([listed.status, listed.body.includes('"__proto__":{"a":1}')]).toEqual([200, true]);
  });

  test("a caller that leaves in an upload to a port, or sends a WebSocket nonsense, harms no other caller", async () => {
    const id = await createSandbox();
    const path = `/__sandglass/preview/${id}/3000/`;
    await sendRaw(port(), bytesOf("opencomputer", { ...post('{"a"', { path }), length: 20 }), { leave: true });
    const handshake =
      "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    const open = `GET ${path} HTTP/1.1\r\nhost: x\r\n${handshake}\r\n\r\n`;
    const nonsense = await sendRaw(port(), Buffer.concat([Buffer.from(open), Buffer.from([0xff, 0xff, 0xff, 0xff])]));
    expect(nonsense.toString("latin1")).toContain("101 Switching Protocols");
    const noKey = await sendRaw(
      port(),
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    expect(noKey.toString("latin1")).toContain("400 Bad Request");
    await expectAlive("opencomputer");
  });

  test.each([
    ["sb-00000000-p3000.localhost", "/", 404],
    ["SB-00000000-P3000.LOCALHOST:4020", "/", 404],
    ["sb-00000000-p0.localhost", "/", 404],
    ["sb-00000000-p65536.localhost", "/", 404],
    ["sb-00000000-p99999999999999999999.localhost", "/", 404],
    ["x", "/__sandglass/preview/sb-00000000/3000/../../..", 404],
    ["x", `/__sandglass/preview/sb-${"-p1".repeat(4_000)}/3000`, 404],
    [`sb-${"-p1".repeat(4_000)}.localhost`, "/", 404],
  ])("the preview address %s%s is answered with %i %i", async (host, path, status) => {
    expect((await send({ path, headers: `host: ${host}\r\n` })).status).toBe(status);
  });
});
