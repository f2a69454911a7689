import { expect, test } from "vitest";
import { startServer, type Reply } from "./http-server.fixture.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = "sandglass-ada";
const account_id = "550e8400-e29b-41d4-a716-446655440000";
const sandbox = { sandboxId: "sbx_1", sandboxStatus: "pending", timeout: 1, createdAt: "2026-03-01T12:00:00Z" };
const created: Reply = { body: { status: "success", sandboxes: [{ ...sandbox, runId: "run_1" }] } };
const runIn = (status: string, members: object = {}): Reply => ({
  body: { runs: [{ id: "run_1", status, ...members }] },
});
const quick = { intervalMs: 10 };

test("a command is run in a new sandbox, of the account that was named, and gives its output", async () => {
  const output = { stdout: "hello\n", stderr: "", exitCode: 3, snapshot: { id: "snap_1", expiresAt: "2026-03-08" } };
  await using server = await startServer(created, runIn("EXECUTING"), runIn("COMPLETED", { output }));
  const { sandboxes } = createRecoupClient({ baseUrl: server.url, apiKey });
  const result = await sandboxes.runCommand({ command: "sh", args: ["-c", "exit 3"], account_id }, quick);
  expect(result).toMatchObject({
    status: "COMPLETED",
    ...output,
    sandbox: { sandboxId: "sbx_1" },
    run: { id: "run_1" },
  });
  expect(server.seen.map(({ method, url, body }) => `${method} ${url} ${body}`.trim())).toEqual([
    `POST /api/sandboxes {"command":"sh","args":["-c","exit 3"],"account_id":"${account_id}"}`,
    `GET /api/tasks/runs?account_id=${account_id}&runId=run_1`,
    `GET /api/tasks/runs?account_id=${account_id}&runId=run_1`,
  ]);
});

test.each(["FAILED", "CRASHED", "TIMED_OUT", "EXPIRED"])(
  "a run that ends as %s is a result, with the reason",
  async (status) => {
    const error = { message: "Sandbox not found" };
    await using server = await startServer(created, runIn(status, { error }));
    const { sandboxes } = createRecoupClient({ baseUrl: server.url, apiKey });
    const result = await sandboxes.runCommand({ prompt: "say hello" }, quick);
    expect(result).toMatchObject({ status, error });
    expect(result.exitCode).toBeUndefined();
  },
);

test("a command that takes too long is given up by a name that finds it again", async () => {
  await using server = await startServer(created, runIn("EXECUTING"));
  const { sandboxes } = createRecoupClient({ baseUrl: server.url, apiKey });
  await expect(sandboxes.runCommand({ command: "sleep" }, { ...quick, timeoutMs: 30 })).rejects.toMatchObject({
    code: "TIMEOUT",
    wait: "run run_1 of sandbox sbx_1 to end",
    message: "listTaskRuns: waited 30 ms for run run_1 of sandbox sbx_1 to end; it is EXECUTING",
  });
});

test.each<[string, readonly Reply[], object]>([
  ["a create without a run", [{ body: { sandboxes: [sandbox] } }], { pointer: "/sandboxes/0/runId" }],
  ["no output", [created, runIn("COMPLETED")], { pointer: "/runs/0/output" }],
  ["output of a set-up", [created, runIn("COMPLETED", { output: { snapshotId: "s" } })], { pointer: "/runs/0/output" }],
])("%s is no result", async (_, replies, expected) => {
  await using server = await startServer(...replies);
  const { sandboxes } = createRecoupClient({ baseUrl: server.url, apiKey });
  const running = sandboxes.runCommand({ command: "ls" }, quick);
  await expect(running).rejects.toMatchObject({ code: "INVALID_ANSWER", ...expected });
});

test.each([{}, { command: "" }, { command: undefined }, { args: ["-la"] }])(
  "%j runs nothing and makes nothing",
  async (body) => {
    await using server = await startServer(created);
    const { sandboxes } = createRecoupClient({ baseUrl: server.url, apiKey });
    await expect(sandboxes.runCommand(body)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(server.seen).toHaveLength(0);
  },
);
