import { expect, test } from "vitest";
import { openComputerCalls, recoupCalls } from "./calls.fixture.ts";
import { startServer, type Reply } from "./http-server.fixture.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = "sandglass-acme";
const retry = false;

/** Operations whose answer has no body. */
const bodiless = [
  ...["killSandbox", "setSandboxTimeout", "deletePreview"],
  ...["killExecSession", "writeFile", "deleteFile", "makeDirectory"],
  ...[
    "deleteCheckpoint",
    "deleteCheckpointPatch",
    "deleteSnapshot",
    "deleteSnapshotPatch",
    "deleteImagePatch",
    "deleteWebhook",
    "rebootSandbox",
    "powerCycleSandbox",
    "resizePty",
    "deletePty",
  ],
  ...["deleteSecretStore", "deleteSecret"],
];
/** Operations whose answer is bytes, whatever they are. */
const bytes = ["readFile"];
/** Operations whose answer is a stream of events: here, of none. */
const streams = ["readSandboxLogs"];
/** Operations whose answer may be null. */
const nullable = ["updateSandboxSnapshot"];
const lists = [
  ...["listSandboxes", "listPreviews", "listExecSessions", "listFiles"],
  ...["listCheckpoints", "listCheckpointPatches", "listSnapshots", "listSecretStores", "listSecrets"],
  ...["listSnapshotPatches", "listImages", "listImagePatches"],
].map((id) => `${id} of opencomputer`);

const brokenAnswers: readonly [string, Reply][] = [
  ["an empty 200", {}],
  ["an empty 200 in chunks", { body: " " }],
  ["a 204", { status: 204 }],
  ["HTML", { headers: { "content-type": "text/html" }, body: "<html>{}</html>" }],
  ["JSON by another type", { headers: { "content-type": "text/plain" }, body: "{}" }],
  ["null", { body: "null" }],
  ["truncated JSON", { body: '{"token":"tok-1234567890",' }],
  ["a number", { body: "5" }],
  ["a string", { body: '"ok"' }],
];

function everyCall(url: string): readonly (readonly [string, () => Promise<unknown>])[] {
  const openComputer = createOpenComputerClient({ baseUrl: url, apiKey, retry });
  const recoup = createRecoupClient({ baseUrl: url, apiKey, retry });
  return [
    ...Object.entries(openComputerCalls).map(
      ([id, call]) => [`${id} of opencomputer`, () => call(openComputer)] as const,
    ),
    ...Object.entries(recoupCalls).map(([id, call]) => [`${id} of recoup`, () => call(recoup)] as const),
  ];
}

test.each(brokenAnswers)("no operation takes %s for the body that its type promises", async (name, reply) => {
  await using server = await startServer(reply);
  for (const [operation, call] of everyCall(server.url)) {
    const id = operation.split(" ")[0]!;
    const settled = await call().catch((caught: unknown) => caught);
    if (bodiless.includes(id)) expect.soft(settled, operation).toBeUndefined();
    else if (bytes.includes(id)) expect.soft(settled, operation).toBeInstanceOf(Uint8Array);
    else if (streams.includes(id)) expect.soft(settled, operation).toEqual([]);
    else if (name === "null" && nullable.includes(id)) expect.soft(settled, operation).toBeNull();
    else expect.soft(settled, operation).toMatchObject({ name: "ApiError", code: "INVALID_ANSWER", operation: id });
  }
  expect(server.seen).toHaveLength(94);
});

test("a log gives its lines, and takes none that is no JSON", async () => {
  const headers = { "content-type": "text/event-stream" };
  const line = { _time: "2026-03-01T12:00:00Z", source: "exec_stdout", line: "hello" };
  await using server = await startServer(
    { headers, body: `: keepalive\n\ndata: ${JSON.stringify(line)}\n\n` },
    { headers, body: "data: {\n\n" },
  );
  const { commands } = createOpenComputerClient({ baseUrl: server.url, apiKey, retry });
  expect(await commands.log("sb-1", { q: "hello" })).toEqual([line]);
  await expect(commands.log("sb-1")).rejects.toMatchObject({ code: "INVALID_ANSWER", operation: "readSandboxLogs" });
  expect(server.seen.map(({ url }) => url)).toEqual([
    "/api/sandboxes/sb-1/logs?q=hello&tail=false",
    "/api/sandboxes/sb-1/logs?tail=false",
  ]);
});

test("an object is no list, and a list no object", async () => {
  await using server = await startServer({ body: {} });
  await using other = await startServer({ body: [] });
  for (const [operation, call] of everyCall(server.url).filter(([name]) => lists.includes(name))) {
    await expect(call(), operation).rejects.toThrow(/200 with a body that is an object where JSON of a list is due$/);
  }
  for (const [operation, call] of everyCall(other.url)) {
    const isFit = lists.includes(operation) || [...bodiless, ...bytes, ...streams].includes(operation.split(" ")[0]!);
    if (isFit) await call();
    else await expect(call(), operation).rejects.toMatchObject({ code: "INVALID_ANSWER" });
  }
});

test("an error about a body says what came, where from and what to do, and shows no text", async () => {
  const html = { "content-type": "text/html; charset=utf-8", "x-request-id": "q7Yt0hXc" };
  await using server = await startServer({ headers: html, body: "tok-1234567890" });
  const { sandboxes } = createOpenComputerClient({ baseUrl: server.url, apiKey });
  await expect(sandboxes.create()).rejects.toMatchObject({
    status: 200,
    requestId: "q7Yt0hXc",
    pointer: "",
    message:
      "createSandbox: 200 with a body of type text/html; charset=utf-8 where JSON of an object is due. " +
      "It may have taken effect all the same: look before you send it again",
  });
  const error = (await sandboxes.list().catch((caught: unknown) => caught)) as Error;
  expect(error.message).toMatch(/where JSON of a list is due$/);
  expect(error.cause).toBeUndefined();
});

test.each(["application/json; charset=utf-8", "application/problem+json", "APPLICATION/JSON"])(
  "%s is JSON",
  async (type) => {
    await using server = await startServer({ headers: { "content-type": type }, body: "[]" });
    expect(await createOpenComputerClient({ baseUrl: server.url, apiKey }).sandboxes.list()).toEqual([]);
  },
);

test.each<[string, string, Reply]>([
  ["no list of sandboxes", "/sandboxes", { body: {} }],
  ["a list that is none", "/sandboxes", { body: { sandboxes: { length: 1 } } }],
])("Recoup's one sandbox is not looked for in %s", async (_, pointer, reply) => {
  await using server = await startServer(reply);
  const { sandboxes, runs } = createRecoupClient({ baseUrl: server.url, apiKey });
  await expect(sandboxes.get("sbx_1")).rejects.toMatchObject({ code: "INVALID_ANSWER", pointer });
  await expect(sandboxes.create()).rejects.toMatchObject({ code: "INVALID_ANSWER", pointer });
  await expect(runs.get("run_1")).rejects.toMatchObject({ code: "INVALID_ANSWER", pointer: "/runs" });
});

test("a create of Recoup that names no sandbox is no success", async () => {
  await using server = await startServer({ body: { status: "success", sandboxes: [] } });
  await expect(createRecoupClient({ baseUrl: server.url, apiKey }).sandboxes.create()).rejects.toMatchObject({
    code: "INVALID_ANSWER",
    pointer: "/sandboxes",
  });
});
