import { expect, test } from "vitest";
import { withHarness } from "../harness.fixture.ts";

const onMock = <T>(act: Parameters<typeof withHarness<T>>[1]) => withHarness({ contract: "opencomputer" }, act);

test("runs a command: streams apart, the exit code told, the environment of the create and over it the request's", async () => {
  await onMock(async ({ call }) => {
    const { json } = await call("/api/sandboxes", { body: { envs: { A: "1", B: "2" } } });
    const run = (body: object) => call(`/api/sandboxes/${String(json["sandboxID"])}/exec/run`, { body });
    const first = await run({ cmd: 'echo "$A $B"; pwd; echo oops >&2; exit 3', envs: { B: "3" } });
    expect([first.status, first.json]).toEqual([
      200,
      { exitCode: 3, stdout: "1 3\n/home/sandbox\n", stderr: "oops\n" },
    ]);
    const second = await run({ cmd: "printf", args: ["%s|", "two words", "$A", "it's"], cwd: "/workspace" });
    expect(second.json).toEqual({ exitCode: 0, stdout: "two words|$A|it's|", stderr: "" });
    const third = await run({ cmd: "no-such-thing --now" });
    expect(third.json).toMatchObject({ exitCode: 127, stderr: "bash: no-such-thing: command not found\n" });
    expect(third.headers.get("x-sandglass-reason")).toMatch(/^command-unknown: .*world\.script\("no-such-thing \*"/);
  });
});

/** A sandbox, and how to ask about it. */
async function withSandbox(act: (sandbox: Inside) => Promise<void>, create: object = {}) {
  await onMock(async (harness) => {
    const { json } = await harness.call("/api/sandboxes", { body: create });
    const at = `/api/sandboxes/${String(json["sandboxID"])}`;
    await act({
      ...harness,
      at,
      run: async (cmd, more = {}) => (await harness.call(`${at}/exec/run`, { body: { cmd, ...more } })).json,
      file: (path, init = {}) =>
        fetch(`${harness.url}${at}/files?path=${encodeURIComponent(path)}`, {
          ...init,
          headers: { "x-api-key": "sandglass-acme" },
        }),
    });
  });
}

type Inside = Parameters<Parameters<typeof onMock>[0]>[0] & {
  readonly at: string;
  readonly run: (cmd: string, more?: object) => Promise<Readonly<Record<string, unknown>>>;
  readonly file: (path: string, init?: RequestInit) => Promise<Response>;
};

const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256);

test("a file is read as it was written, byte for byte, by HTTP and by commands", () =>
  withSandbox(async ({ file, run, call, at }) => {
    expect((await file("data/all.bin", { method: "PUT", body: bytes })).status).toBe(204);
    const read = await file("/home/sandbox/data/all.bin");
    expect([read.status, read.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    expect(new Uint8Array(await read.arrayBuffer())).toEqual(bytes);
    expect(await run("cp data/all.bin copy && wc -c < copy")).toMatchObject({ exitCode: 0, stdout: "70000\n" });
    expect(new Uint8Array(await (await file("copy")).arrayBuffer())).toEqual(bytes);
    expect((await call(`${at}/files/list?path=/home/sandbox`)).json).toEqual([
      { name: "copy", isDir: false, path: "/home/sandbox/copy", size: 70_000 },
      { name: "data", isDir: true, path: "/home/sandbox/data" },
    ]);
    expect((await file("data", { method: "DELETE" })).status).toBe(204);
    const gone = await file("data/all.bin");
    expect([gone.status, await gone.json()]).toEqual([
      500,
      { error: "open /home/sandbox/data/all.bin: no such file or directory" },
    ]);
  }));

test.each([
  ["a line", { cmd: "cat a\0b" }],
  ["a word", { cmd: "cat", args: ["a\0b"] }],
  ["a folder", { cmd: "pwd", cwd: "a\0b" }],
  ["the environment", { cmd: "env", envs: { A: "a\0b" } }],
])("a NUL in %s is refused as a machine does", (_, { cmd, ...more }) =>
  withSandbox(async ({ run }) => {
    const stderr = "exec: invalid argument: it holds a NUL\n";
    expect(await run(cmd, more)).toEqual({ exitCode: 126, stdout: "", stderr });
  }),
);

test("a NUL in a path is refused, however the file is made", () =>
  withSandbox(async ({ run, file, call }) => {
    const error = "open /tmp/a\0b: invalid argument";
    expect(await (await file("/tmp/a\0b", { method: "PUT", body: "x" })).json()).toEqual({ error });
    const made = await run("printf 'a\\0b' | xargs -0 -n 1 touch; printf 'a\\0b' | xargs touch; ls");
    expect(JSON.stringify(made)).not.toContain("null byte");
    const image = { steps: [{ type: "add_file", args: { path: "/tmp/a\0b", content: "x" } }] };
    const { json } = await call("/api/sandboxes", { body: { image } });
    expect(json).toEqual({ error: `image build failed: step 0 (add_file): ${error}` });
  }));

test("files outlive hibernation, forks and snapshots, and not a kill", () =>
  withSandbox(async ({ file, call, at, mock, world }) => {
    await file("a.txt", { method: "PUT", body: "kept" });
    await call(`${at}/hibernate`, { method: "POST" });
    expect(await (await file("a.txt")).text()).toBe("kept");
    expect((await call(at)).json["status"]).toBe("running");
    const key = mock.universe.fork(world).tenants.find(({ name }) => name === "acme")!.key;
    const saved = (await call("/__sandglass/worlds/default/snapshot")).text;
    await call(at, { method: "DELETE" });
    expect((await file("a.txt")).status).toBe(410);
    expect((await call(`${at}/files?path=a.txt`, { key })).text).toBe("kept");
    const restored = await call("/__sandglass/worlds/default/snapshot", { method: "PUT", body: saved });
    expect(restored.status).toBe(200);
    expect(await (await file("a.txt")).text()).toBe("kept");
    expect(world.tables().get("shell/files")?.size()).toBe(1);
  }));

test("another organisation reads and runs nothing", () =>
  withSandbox(async ({ call, at, file }) => {
    await file("secret", { method: "PUT", body: "mine" });
    const key = "sandglass-globex";
    for (const [path, options] of [
      ["exec/run", { body: { cmd: "cat secret" } }],
      ["exec", { body: { cmd: "bash" } }],
      ["files?path=secret", {}],
      ["files/list", {}],
      ["files/download-url", { body: { path: "secret" } }],
    ] as const) {
      expect((await call(`${at}/${path}`, { ...options, key })).status, path).toBe(404);
    }
  }));

test("a signed URL holds for its sandbox, path and direction, until it expires by the world's clock", () =>
  withSandbox(async ({ call, at, file, clock }) => {
    await file("a.txt", { method: "PUT", body: "signed" });
    const { json } = await call(`${at}/files/download-url`, { body: { path: "a.txt", expiresIn: 60 } });
    const url = String(json["url"]);
    expect(json["expiresAt"]).toBe("2026-01-02T03:05:05Z");
    expect(await (await fetch(url)).text()).toBe("signed");
    const refused = async (changed: string, method = "GET") => {
      const answer = await fetch(changed, { method, ...(method === "PUT" ? { body: "x" } : {}) });
      return [answer.status, ((await answer.json()) as { error: string }).error];
    };
    expect(await refused(url.replace("path=a.txt", "path=b.txt"))).toEqual([403, "invalid signature"]);
    expect(await refused(url.replace("/download", "/upload"), "PUT")).toEqual([403, "invalid signature"]);
    expect(await refused(url.replace(/expires=\d+/, "expires=9999999999"))).toEqual([403, "invalid signature"]);
    expect(await refused(url.replace(/expires=\d+/, "expires=9007199254740991"))).toEqual([403, "invalid signature"]);
    expect((await refused(url.replace(/expires=\d+/, "expires=9007199254740993")))[0]).toBe(400);
    expect(await refused(url.replace(/signature=\w+/, "signature=zz"))).toEqual([403, "invalid signature encoding"]);
    const other = (await call("/api/sandboxes", { body: {} })).json["sandboxID"];
    expect(await refused(url.replace(/sb-\w+/, String(other)))).toEqual([403, "invalid signature"]);
    clock.advance(60_000);
    expect(await refused(url)).toEqual([403, "signed URL expired"]);
    const upload = String((await call(`${at}/files/upload-url`, { body: { path: "up.txt" } })).json["url"]);
    expect((await fetch(upload, { method: "PUT", body: "by url" })).status).toBe(204);
    expect(await (await file("up.txt")).text()).toBe("by url");
  }));

test("what sleeps passes the world's time, and one that runs out of time is killed", () =>
  withSandbox(async ({ run, call, at, clock }) => {
    const late = await run("sleep 61; echo never");
    expect(late).toEqual({ exitCode: -1, stdout: "", stderr: "\nProcess timed out" });
    const { json, status } = await call(`${at}/exec/run-async`, { body: { cmd: "sleep 5; echo done" } });
    expect([status, json["running"]]).toEqual([202, true]);
    const ask = async () => (await call(`${at}/exec/${String(json["execId"])}/result`)).json;
    expect(await ask()).toEqual({ running: true, stdout: "", stderr: "" });
    clock.advance(5_000);
    expect(await ask()).toEqual({ running: false, exitCode: 0, stdout: "done\n", stderr: "" });
    expect((await call(`${at}/exec/run-async`, { body: { cmd: "echo at once" } })).status).toBe(200);
  }));

test("a command is scripted, in a world and by its settings, and without the shell nothing else is", () =>
  withSandbox(async ({ run, world, call, file }) => {
    world.script("npm test", { exitCode: 1, stderr: "1 failed\n", files: { "report.txt": "1" } });
    expect(await run("cd /workspace; npm test || echo 'as scripted'")).toEqual({
      exitCode: 0,
      stdout: "as scripted\n",
      stderr: "1 failed\n",
    });
    expect(await (await file("/workspace/report.txt")).text()).toBe("1");
    const scripts = [{ pattern: "deploy *", stdout: "deployed\n" }];
    await call("/__sandglass/worlds/default/settings", { method: "PATCH", body: { scripts, exec: "off" } });
    expect(await run("deploy now")).toMatchObject({ exitCode: 0, stdout: "deployed\n" });
    expect(await run("echo hello")).toMatchObject({ exitCode: 127, stderr: "bash: echo: command not found\n" });
    expect(() => world.script("  npm")).toThrow(/pattern/);
  }));

test("commands put the idle timeout off, and wake what hibernates", () =>
  withSandbox(
    async ({ run, call, at, clock }) => {
      clock.advance(50_000);
      await run("true");
      clock.advance(50_000);
      expect((await call(at)).json["status"]).toBe("running");
      clock.advance(10_000);
      expect((await call(at)).json["status"]).toBe("hibernated");
      await run("true");
      expect((await call(at)).json["status"]).toBe("running");
    },
    { timeout: 60 },
  ));

test("what is missing in a request is said", () =>
  withSandbox(async ({ call, at }) => {
    const errorOf = async (path: string, options: object) => {
      const { status, json } = await call(`${at}/${path}`, options);
      return [status, json["error"]];
    };
    expect(await errorOf("exec/run", { body: {} })).toEqual([400, "cmd is required"]);
    expect(await errorOf("files", {})).toEqual([400, "path query parameter is required"]);
    expect(await errorOf("files/download-url", { body: {} })).toEqual([400, "path is required"]);
    expect(await errorOf("exec/0a1b2c3d/result", {})).toEqual([404, "exec 0a1b2c3d not found"]);
    expect((await errorOf("exec/run", { body: { cmd: "ls", args: "x" } }))[0]).toBe(400);
  }));
