import { Sandbox } from "@opencomputer/sdk";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type StartedMock, startMock } from "../mocks/index.ts";

let mock: StartedMock;
let acme: { apiKey: string; apiUrl: string };

beforeAll(async () => {
  mock = await startMock({ contract: "opencomputer", clockScale: 0 });
  acme = { apiKey: "sandglass-acme", apiUrl: mock.url };
});

afterAll(() => mock.close());

/** A terminal of the vendor's SDK, and what it shows. */
async function open(sandbox: Sandbox) {
  let screen = "";
  const terminal = await sandbox.pty.create({
    cols: 100,
    rows: 30,
    onOutput: (bytes: Uint8Array) => (screen += new TextDecoder().decode(bytes)),
  });
  const shows = (text: string) => vi.waitFor(() => expect(screen).toContain(text), { timeout: 5_000 });
  await shows("$ ");
  return { terminal, shows, screen: () => screen };
}

test("the vendor's SDK types at a terminal, whose folder and variables stay from line to line", async () => {
  const sandbox = await Sandbox.create({ ...acme, envs: { GREETING: "hello" } });
  const { terminal, shows, screen } = await open(sandbox);
  terminal.send("cd /workspace; X=5\r");
  terminal.send('echo "$GREETING $X $COLUMNS"; pwdd\u007f\r');
  await shows("hello 5 100\r\n/workspace\r\n$ ");
  expect(screen()).toContain('echo "$GREETING $X $COLUMNS"; pwdd\b \b\r\n');
  terminal.send("if true; then\r");
  await shows("\r\n> ");
  terminal.send("echo inside; fi\r");
  await shows("inside\r\n$ ");
  terminal.send("half a line\u0003");
  await shows("^C\r\n$ ");
  expect(await sandbox.exec.run("cat /workspace/made 2>/dev/null")).toMatchObject({ exitCode: 1 });
  terminal.send("touch made\r");
  await vi.waitFor(async () => expect(await sandbox.files.exists("/workspace/made")).toBe(true));
  terminal.close();
});

test("a terminal ends with its shell, with its sandbox, and is of no use by another sandbox's id", async () => {
  const sandbox = await Sandbox.create(acme);
  const other = await Sandbox.create(acme);
  const { terminal } = await open(sandbox);
  const headers = { "x-api-key": "sandglass-acme", "content-type": "application/json" };
  const at = (id: string, end = "") => `${mock.url}/api/sandboxes/${id}/pty/${terminal.sessionId}${end}`;
  const resize = (id: string) =>
    fetch(at(id, "/resize"), { method: "POST", headers, body: '{"cols":40,"rows":10}' }).then(({ status }) => status);
  expect([await resize(sandbox.sandboxId), await resize(other.sandboxId)]).toEqual([200, 404]);

  const closed = (id: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`${at(id).replace("http", "ws")}?api_key=sandglass-acme`);
      socket.onclose = ({ reason }) => resolve(reason);
    });
  expect(await closed(other.sandboxId)).toBe("cell 404");
  const ended = closed(sandbox.sandboxId);
  await new Promise((resolve) => setTimeout(resolve, 50));
  terminal.send("exit\r");
  expect(await ended).toBe("exited");

  const second = await open(sandbox);
  const killed = new Promise((resolve) => {
    const socket = new WebSocket(
      `${mock.url.replace("http", "ws")}/api/sandboxes/${sandbox.sandboxId}/pty/${second.terminal.sessionId}?api_key=sandglass-acme`,
    );
    socket.onclose = ({ reason }) => resolve(reason);
    socket.onopen = () => void sandbox.kill();
  });
  expect(await killed).toBe("sandbox stopped");
});
