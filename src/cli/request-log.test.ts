import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { createMock, findSandboxLife, formatClock, formatRequest, type Mock } from "../../mocks/index.ts";
import { createRequestLog, type LogFormat } from "./request-log.ts";

/** A mock whose requests are told, and what was told so far. */
function logged(format: LogFormat, terminal: { readonly isTTY?: boolean; readonly columns?: number } = {}) {
  const lines: string[] = [];
  const stream = Object.assign(
    new Writable({
      write: (chunk: Buffer, _, done) => {
        lines.push(...chunk.toString().trimEnd().split("\n"));
        done();
      },
    }),
    terminal,
  );
  const findLife = (world: string, id: string) => findSandboxLife(mock.universe.find(world)!, id);
  const onRequest = createRequestLog({ format, formatRequest, formatClock, findLife, stream });
  const mock: Mock = createMock({ seed: "log", clockScale: 0, startMs: 0, onRequest });
  return { mock, lines, stream };
}

async function ask(mock: Mock, path: string, { body, key = "sandglass-acme" }: { body?: string; key?: string } = {}) {
  const headers = { "x-api-key": key, "content-type": "application/json" };
  const init = body === undefined ? { headers } : { method: "POST", headers, body };
  const response = await mock.fetch("opencomputer", new Request(`http://127.0.0.1:4020${path}`, init));
  await setImmediate();
  await setImmediate(); // lines of one turn are written together, in the next one
  return response;
}

const create = async (mock: Mock, body = '{"timeout":60}') =>
  ((await (await ask(mock, "/api/sandboxes", { body })).json()) as { sandboxID: string }).sandboxID;

test("each request is a line: time, status, method, path, world and tenant, and why it was refused", async () => {
  const { mock, lines } = logged("pretty");
  await create(mock);
  await ask(mock, "/api/sandboxes", { body: '{"timeout":-1}' });
  await ask(mock, "/api/sandboxes", { key: "wrong" });
  expect(lines.map((line) => line.replace(/\d+ ms/, "N ms"))).toEqual([
    "00:00:00.000  201  POST    /api/sandboxes  default/acme  N ms",
    "00:00:00.000  400  POST    /api/sandboxes  default/acme  N ms  timeout-negative at /timeout: seconds of idleness, 0 for never",
    expect.stringMatching(/^00:00:00\.000 {2}401 {2}GET {5}\/api\/sandboxes {2}default {2}N ms {2}credentials-/),
  ]);
});

test("what time did to a sandbox is told once, when a request names it", async () => {
  const { mock, lines } = logged("pretty");
  const id = await create(mock);
  mock.defaultWorld().clock.advance(61_000);
  await ask(mock, `/api/sandboxes/${id}`);
  await ask(mock, `/api/sandboxes/${id}`);
  const changes = lines.filter((line) => line.includes("has been"));
  expect(changes).toEqual([`00:01:01.000  ${id} has been hibernated for 1.0 s: idle for 60 s`]);
});

test("what a call did is told by the call alone", async () => {
  const { mock, lines } = logged("pretty");
  const id = await create(mock);
  await ask(mock, `/api/sandboxes/${id}/hibernate`, { body: "" });
  await ask(mock, `/api/sandboxes/${id}`);
  expect(lines).toHaveLength(3);
});

test("as JSON each line is a document, with changes among them and no secret", async () => {
  const { mock, lines } = logged("json");
  const id = await create(mock, '{"timeout":60,"previewAuth":{"token":"correct-horse-battery"}}');
  mock.defaultWorld().clock.advance(60_000);
  await ask(mock, `/api/sandboxes/${id}?api_key=sandglass-acme`);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { at: "1970-01-01T00:00:00.000Z", world: "default", tenant: "acme", method: "POST", status: 201 },
    { operation: "getSandbox", url: `/api/sandboxes/${id}?api_key=***` },
    { at: "1970-01-01T00:01:00.000Z", sandbox: id, state: "hibernated", rule: "idle for 60 s" },
  ]);
  expect(lines.join()).not.toMatch(/correct-horse|sandglass-acme/);
});

test("a preview that is asked for by its host name is told by sandbox and port", async () => {
  const { mock, lines } = logged("pretty");
  const id = await create(mock);
  await mock.fetch("opencomputer", new Request(`http://${id}-p3000.localhost:4020/a`));
  await setImmediate();
  await setImmediate();
  expect(lines.at(-1)).toMatch(new RegExp(`200 {2}GET {5}${id}-p3000/a {2}default`));
});

test.each([40, 80])(
  "on a terminal of %i columns no line is wider, and the reason has a line of its own",
  async (columns) => {
    const { mock, lines } = logged("pretty", { isTTY: true, columns });
    await ask(mock, "/api/sandboxes", { body: '{"timeout":-1}' });
    const [request, reason] = lines.map((line) => line.replaceAll(/\u001b\[\d+m/g, ""));
    expect([request!.length < columns, reason!.length < columns]).toEqual([true, true]);
    expect(reason).toMatch(/^ {2}timeout-negative at /);
  },
);

test("when the reader of a pipe has gone, the mock goes on", async () => {
  const { mock, lines, stream } = logged("pretty");
  stream.emit("error", new Error("EPIPE"));
  expect((await ask(mock, "/api/sandboxes")).status).toBe(200);
  expect(lines).toEqual([]);
});

test("a mock of a test tells nothing unless it is asked to", async () => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await ask(createMock({}), "/api/sandboxes");
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
});
