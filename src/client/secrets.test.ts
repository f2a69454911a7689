import { inspect } from "node:util";
import { expect, test } from "vitest";
import { startServer, type Reply } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = 'osb_very"secret-key';
const token = "preview-token-of-mine";

/** Everything that a log, an inspector or a serializer could make of a value. */
function everyViewOf(value: unknown): string {
  const deep = inspect(value, { depth: Infinity, showHidden: true, getters: true });
  const causes = function* (error: unknown): Generator<string> {
    for (let at = error; at instanceof Error; at = at.cause) yield `${String(at)} ${at.stack} ${JSON.stringify(at)}`;
  };
  return [inspect(value), deep, JSON.stringify(value), String(value), ...causes(value)].join("\n");
}

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("did not reject"),
    (error: unknown) => error,
  );
}

const secrets = [apiKey, JSON.stringify(apiKey).slice(1, -1), token];

function expectNoSecretIn(value: unknown): void {
  const text = everyViewOf(value);
  for (const secret of secrets) expect(text).not.toContain(secret);
}

const echoes: readonly [string, Reply][] = [
  ["a broken connection", "cut"],
  ["no answer in time", "hang"],
  ["an error that echoes them", { status: 400, body: { error: `bad ${apiKey} or ${token}`, deep: [apiKey, token] } }],
  ["a text that echoes them", { status: 403, headers: { "content-type": "text/plain" }, body: `${apiKey} ${token}` }],
  ["an error worth a retry that echoes them", { status: 503, body: { error: `${apiKey} ${token}` } }],
  ["broken JSON that echoes them", { body: `{"key": ${apiKey} ${token}` }],
  ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:9/" } }],
];

test.each(echoes)("no credential is in the error after %s", async (_, reply) => {
  await using server = await startServer(reply);
  const options = { baseUrl: server.url, timeoutMs: 100, retry: { limit: 1, delayMsMax: 1 } };
  const openComputer = createOpenComputerClient({ ...options, apiKey });
  const recoup = createRecoupClient({ ...options, bearerToken: apiKey });
  expectNoSecretIn(await rejectionOf(openComputer.sandboxes.create({ previewAuth: { token } })));
  const list = await rejectionOf(recoup.sandboxes.list());
  expect(everyViewOf(list)).not.toContain(apiKey);
  expect(server.seen[0]?.headers["x-api-key"]).toBe(apiKey);
  expect(server.seen.at(-1)?.headers.authorization).toBe(`Bearer ${apiKey}`);
});

test("no credential is in an error that a fetch of the user's throws with the request in it", async () => {
  const fetch = (request: Request): Promise<Response> => {
    const error = Object.assign(new Error(`failed with ${request.headers.get("x-api-key")}`), { request });
    return Promise.reject(new Error("outer", { cause: error }));
  };
  const client = createOpenComputerClient({ baseUrl: "http://in-process", apiKey, fetch });
  const error = await rejectionOf(client.sandboxes.list());
  expect(error).toMatchObject({
    code: "NETWORK",
    cause: { message: "outer", cause: { message: "failed with [hidden]" } },
  });
  expectNoSecretIn(error);
});

test("no preview token is in an error of previewFetch", async () => {
  await using server = await startServer("cut");
  await using client = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const error = await rejectionOf(client.previewFetch({ sandboxID: "sb-1", previewAuthToken: token }, 3000));
  expect(error).toMatchObject({ code: "NETWORK" });
  expectNoSecretIn(error);
});

test("no credential is in a client, however it is looked at", async () => {
  await using server = await startServer({ body: { sandboxID: "sb-1" } });
  const openComputer = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await openComputer.sandboxes.create({ previewAuth: { token } });
  expectNoSecretIn(openComputer);
  expectNoSecretIn(createRecoupClient({ baseUrl: server.url, apiKey }));
  expectNoSecretIn(createRecoupClient({ baseUrl: server.url, bearerToken: apiKey }));
});

test("credentials that no header can carry are refused without being shown", () => {
  const options = { baseUrl: "http://h" };
  const refusal = (create: () => unknown): unknown => {
    try {
      return create();
    } catch (error) {
      return error;
    }
  };
  const errors = [
    refusal(() => createOpenComputerClient({ ...options, apiKey: `${apiKey}\n` + "x" })),
    refusal(() => createRecoupClient({ ...options, bearerToken: `${apiKey}\0` })),
    refusal(() => createOpenComputerClient({ baseUrl: `http://user:${token}@h`, apiKey })),
  ];
  for (const error of errors) {
    expect(error).toMatchObject({ code: "CONFIG_INVALID" });
    expectNoSecretIn(error);
  }
});

test("tokens in answers are read by name; printing, JSON and spreading leave them out", async () => {
  const running = { sandboxID: "sb-1", status: "running", region: "use2", workerID: "w-1" };
  await using server = await startServer(
    { status: 201, body: { ...running, token: apiKey, previewAuthToken: token } },
    { body: { previewAuthToken: token, scheme: "bearer" } },
    { body: [{ ...running, token: apiKey }] },
  );
  const { sandboxes, previews } = createOpenComputerClient({ baseUrl: server.url, apiKey });
  const created = await sandboxes.create({ previewAuth: {} });
  const rotated = await previews.rotateToken("sb-1");
  const [listed] = await sandboxes.list();
  expect([created.token, created.previewAuthToken]).toEqual([apiKey, token]);
  expect([rotated.previewAuthToken, listed?.token]).toEqual([token, apiKey]);
  for (const value of [created, rotated, listed]) {
    expect(inspect(value) + JSON.stringify({ ...value })).not.toMatch(/secret|of-mine/);
  }
  expect(JSON.parse(JSON.stringify(created))).toEqual(running);
});
