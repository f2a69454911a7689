import { expect, test } from "vitest";
import { type Harness, withHarness } from "../harness.fixture.ts";

const onPort = (act: (harness: Harness, id: string, open: (path?: string, port?: number) => Open) => Promise<void>) =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { sandboxID } = (await harness.call("/api/sandboxes", { body: {} })).json;
    const id = String(sandboxID);
    await act(harness, id, async (path = "/", port = 8000) => {
      const response = await fetch(`${harness.url}/__sandglass/preview/${id}/${port}${path}`, { redirect: "manual" });
      const body = Buffer.from(await response.arrayBuffer());
      return { status: response.status, type: response.headers.get("content-type"), body: body.toString("latin1") };
    });
  });
type Open = Promise<{ readonly status: number; readonly type: string | null; readonly body: string }>;

const run = ({ call }: Harness, id: string, body: object) => call(`/api/sandboxes/${id}/exec/run`, { body });
const site =
  "mkdir -p site/img; echo '<h1>hi</h1>' > site/index.html; echo 'a{}' > site/a.css; echo iVBORw== | base64 -d > site/img/b.png";

test("a server in the background opens its port, with the files of its folder", () =>
  onPort(async (harness, id, open) => {
    await run(harness, id, { cmd: `${site}; cd site && python3 -m http.server > /dev/null 2>&1 &` });
    expect(await open()).toEqual({ status: 200, type: "text/html; charset=utf-8", body: "<h1>hi</h1>\n" });
    expect(await open("/a.css?v=1")).toMatchObject({ type: "text/css; charset=utf-8", body: "a{}\n" });
    expect(await open("/img/b.png")).toMatchObject({ type: "image/png", body: "\x89PNG" });
    expect((await open("/none")).status).toBe(404);
    expect((await open("/%2e%2e/%2e%2e/etc/passwd")).status).toBe(404);
    expect((await open("/", 8001)).type).toBe("application/json"); // which nothing listens on: it shows the request
    await run(harness, id, { cmd: "echo later > site/index.html" });
    expect((await open()).body).toBe("later\n");
    await run(harness, id, { cmd: "pkill python3" });
    expect((await open()).type).toBe("application/json");
  }));

test("a session that listens keeps its port open until it is killed, on the port that it was told", () =>
  onPort(async (harness, id, open) => {
    await run(harness, id, { cmd: site });
    const body = { cmd: "python3", args: ["-m", "http.server", "9000", "--directory", "site"] };
    const { sessionID } = (await harness.call(`/api/sandboxes/${id}/exec`, { body })).json;
    await expect.poll(async () => (await open("/", 9000)).type).toBe("text/html; charset=utf-8");
    expect(await harness.call(`/api/sandboxes/${id}/exec`)).toMatchObject({ json: [{ running: true }] });
    await harness.call(`/api/sandboxes/${id}/exec/${String(sessionID)}/kill`, { body: {} });
    expect((await open("/", 9000)).type).toBe("application/json");
  }));

test("in the foreground a server runs until its time is up", () =>
  onPort(async (harness, id) => {
    const { json } = await run(harness, id, { cmd: "npm run dev", timeout: 5 });
    expect(json).toMatchObject({ exitCode: -1, stdout: "\n> dev\n\n  ready\n" });
  }));

test("the gate is before the files, and a sandbox that is stopped serves none", () =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { call, world, preview } = harness;
    world.script("my-server *", { listens: 3000 });
    const token = "correct-horse-battery";
    const { sandboxID } = (await call("/api/sandboxes", { body: { previewAuth: { token } } })).json;
    const id = String(sandboxID);
    await run(harness, id, { cmd: "cd /workspace; echo secret > index.html; my-server --fast &" });
    expect((await preview(id)).status).toBe(401);
    const right = { "x-oc-preview-token": token };
    expect(await preview(id, right)).toMatchObject({ status: 200, text: "secret\n" });
    await call(`/api/sandboxes/${id}/hibernate`, { body: {} });
    expect((await preview(id, right)).text).toBe("secret\n"); // it wakes, and its programs are there
    world.changeSettings({ previewUpstreams: { "3000": "http://127.0.0.1:1" } });
    expect((await preview(id, right)).status).toBe(502); // what is configured stands before them
    await call(`/api/sandboxes/${id}`, { method: "DELETE" });
    expect((await preview(id, right)).status).toBe(410);
  }));

test("in process, without a socket, a port serves files too", () =>
  withHarness({ contract: "opencomputer" }, async (harness) => {
    const { sandboxID } = (await harness.call("/api/sandboxes", { body: {} })).json;
    await run(harness, String(sandboxID), { cmd: "echo here > index.html; npx serve &" });
    const answer = await harness.mock.fetch(
      "opencomputer",
      new Request(`http://${String(sandboxID)}-p3000.localhost/`),
    );
    expect([answer.status, await answer.text()]).toEqual([200, "here\n"]);
  }));
