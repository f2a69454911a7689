import { expect, test } from "vitest";
import { createManualClock } from "../contract/clock.ts";
import { createOpenComputerClient } from "./opencomputer-client.ts";
import { createRecoupClient } from "./recoup-client.ts";

const apiKey = "sandglass-acme";

/** Time that passes only in sleep, and a server that gives `bodies` in order, the last one for ever. */
function createScene(bodies: readonly unknown[]) {
  const clock = createManualClock(Date.parse("2026-03-01T12:00:00Z"));
  const sleeps: number[] = [];
  const urls: string[] = [];
  const options = {
    baseUrl: "http://in-process",
    apiKey,
    clock,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      clock.advance(ms);
      await Promise.resolve();
    },
    fetch: ({ url }: Request) => Response.json(bodies[Math.min(urls.push(url), bodies.length) - 1]),
  };
  return { sleeps, urls, options };
}

const inStatus = (status: string) => ({ sandboxID: "sb-1", status, startedAt: "2026-03-01T12:00:00Z" });
const recoupIn = (...sandboxStatuses: string[]) => ({
  sandboxes: sandboxStatuses.map((sandboxStatus) => ({ sandboxId: "sbx_1", sandboxStatus })),
});

test("waiting gives the sandbox as soon as it has the status", async () => {
  const { sleeps, options } = createScene([inStatus("pending"), inStatus("migrating"), inStatus("running")]);
  const { sandboxes } = createOpenComputerClient(options);
  expect((await sandboxes.waitFor("sb-1", "running", { intervalMs: 200 })).status).toBe("running");
  expect(sleeps).toEqual([200, 200]);
  expect((await sandboxes.waitFor("sb-1", ["hibernated", "running"])).status).toBe("running");
});

test("waiting ends at its deadline, to the millisecond, and says what was seen last", async () => {
  const { sleeps, options } = createScene([inStatus("running")]);
  const { sandboxes } = createOpenComputerClient(options);
  const waiting = sandboxes.waitFor("sb-1", "hibernated", { timeoutMs: 2500 });
  await expect(waiting).rejects.toMatchObject({
    code: "TIMEOUT",
    operation: "getSandbox",
    message: "getSandbox: waited 2500 ms for sandbox sb-1 to be hibernated; it is running",
  });
  expect(sleeps).toEqual([1000, 1000, 500]);
});

test("waiting ends early in another final status", async () => {
  const { sleeps, options } = createScene([inStatus("running"), inStatus("stopped")]);
  const waiting = createOpenComputerClient(options).sandboxes.waitFor("sb-1", "hibernated");
  await expect(waiting).rejects.toMatchObject({
    code: "STATE_UNREACHABLE",
    message: "getSandbox: waited for sandbox sb-1 to be hibernated, but it is stopped, and that is final",
  });
  expect(sleeps).toHaveLength(1);
});

test("waiting for a final status is no failure", async () => {
  const { options } = createScene([inStatus("stopped")]);
  const sandbox = await createOpenComputerClient(options).sandboxes.waitFor("sb-1", ["stopped", "error"]);
  expect(sandbox.status).toBe("stopped");
});

test("a look without an answer in time is followed by another, until the deadline", async () => {
  const { urls, options } = createScene([inStatus("running")]);
  const silence = new Promise<Response>(() => {});
  const fetch = ({ url }: Request) => (urls.push(url) === 1 ? silence : Response.json(inStatus("running")));
  const { sandboxes } = createOpenComputerClient({ ...options, fetch, timeoutMs: 50 });
  expect((await sandboxes.waitFor("sb-1", "running")).status).toBe("running");
  expect(urls).toHaveLength(2);
});

test("a clock that stands still ends no wait, but the number of looks does", async () => {
  const { urls, options } = createScene([inStatus("running")]);
  const { sandboxes } = createOpenComputerClient({ ...options, sleep: () => Promise.resolve() });
  const waiting = sandboxes.waitFor("sb-1", "stopped", { timeoutMs: 1000, intervalMs: 100 });
  await expect(waiting).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(urls).toHaveLength(11);
});

test("a signal ends the wait within a pause", async () => {
  const { options } = createScene([inStatus("running")]);
  const { sandboxes } = createOpenComputerClient({ ...options, sleep: () => new Promise<void>(() => {}) });
  const controller = new AbortController();
  const waiting = sandboxes.waitFor("sb-1", "stopped", { signal: controller.signal });
  const reason = new Error("enough");
  setImmediate(() => controller.abort(reason));
  await expect(waiting).rejects.toMatchObject({ code: "ABORTED", cause: reason });
});

test("Recoup's list is asked for the one sandbox, until it has the status", async () => {
  const { urls, options } = createScene([recoupIn("pending"), recoupIn("running"), recoupIn("stopped")]);
  const { sandboxes } = createRecoupClient(options);
  expect((await sandboxes.waitFor("sbx_1", "running")).sandboxStatus).toBe("running");
  await expect(sandboxes.waitFor("sbx_1", "running")).rejects.toMatchObject({ code: "STATE_UNREACHABLE" });
  expect(new Set(urls)).toEqual(new Set(["http://in-process/api/sandboxes?sandbox_id=sbx_1"]));
});

test("Recoup's waits look at the account that was given, as the create did", async () => {
  const account_id = "550e8400-e29b-41d4-a716-446655440000";
  const { urls, options } = createScene([recoupIn("running"), run("COMPLETED")]);
  const { sandboxes, runs } = createRecoupClient(options);
  await sandboxes.waitFor("sbx_1", "running", { account_id });
  await runs.waitFor("run_1", { account_id });
  expect(urls.map((url) => new URL(url).search)).toEqual([
    `?account_id=${account_id}&sandbox_id=sbx_1`,
    `?account_id=${account_id}&runId=run_1`,
  ]);
});

test.each([false, true])(
  "a state beyond the contract that servers use fails no wait, validated: %s",
  async (validate) => {
    const whole = (sandboxStatus: string) => ({
      status: "success",
      sandboxes: [{ sandboxId: "sbx_1", sandboxStatus, timeout: 1, createdAt: "2026-03-01T12:00:00Z" }],
      snapshot_id: null,
      github_repo: null,
      filetree: null,
    });
    const { urls, options } = createScene([
      whole("running"),
      whole("snapshotting"),
      whole("stopped"),
      whole("aborted"),
    ]);
    const { sandboxes } = createRecoupClient({ ...options, validate });
    expect((await sandboxes.waitFor("sbx_1", "stopped")).sandboxStatus).toBe("stopped");
    expect(urls).toHaveLength(3);
    await expect(sandboxes.waitFor("sbx_1", "stopped")).rejects.toMatchObject({ code: "STATE_UNREACHABLE" });
  },
);

test("a state that no server was seen to use is still found by validate", async () => {
  const { options } = createScene([recoupIn("asleep")]);
  const { sandboxes } = createRecoupClient({ ...options, validate: true });
  await expect(sandboxes.waitFor("sbx_1", "stopped")).rejects.toMatchObject({ code: "INVALID_ANSWER" });
});

test("whatever ends a wait names it", async () => {
  const wait = "sandbox sb-1 to be hibernated or stopped";
  const waiting = async (overrides: object, options: object = {}) => {
    const scene = createScene([inStatus("running")]);
    const { sandboxes } = createOpenComputerClient({ ...scene.options, retry: false, ...overrides });
    return sandboxes.waitFor("sb-1", ["hibernated", "stopped"], options).catch((caught: unknown) => caught);
  };
  const refusal = Response.json({ error: "sandbox not found" }, { status: 404, headers: { "x-request-id": "q7" } });
  expect(await waiting({ fetch: () => refusal })).toMatchObject({
    code: "NOT_FOUND",
    status: 404,
    requestId: "q7",
    wait,
    message: `getSandbox: 404 sandbox not found (request q7) (while waiting for ${wait})`,
  });
  expect(await waiting({ fetch: () => Promise.reject(new Error("no way")) })).toMatchObject({ code: "NETWORK", wait });
  expect(await waiting({}, { timeoutMs: 20 })).toMatchObject({ code: "TIMEOUT", wait });
  expect(await waiting({}, { signal: AbortSignal.abort() })).toMatchObject({ code: "ABORTED", wait });
});

test("a Recoup sandbox that is not there is not waited for", async () => {
  const { urls, options } = createScene([recoupIn()]);
  const waiting = createRecoupClient(options).sandboxes.waitFor("sbx_1", "running");
  await expect(waiting).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(urls).toHaveLength(1);
});

const run = (status: string) => ({ runs: [{ id: "run_1", status }] });

test("waiting for a run ends when the run has ended, well or not, with a look every 3 seconds", async () => {
  const { sleeps, options } = createScene([run("QUEUED"), run("EXECUTING"), run("FAILED")]);
  const { runs } = createRecoupClient(options);
  expect((await runs.waitFor("run_1")).status).toBe("FAILED");
  expect(sleeps).toEqual([3000, 3000]);
  await expect(runs.waitFor("run_1", { statuses: "COMPLETED" })).rejects.toMatchObject({
    code: "STATE_UNREACHABLE",
    message: "listTaskRuns: waited for run run_1 to be COMPLETED, but it is FAILED, and that is final",
  });
});

test.each([{ timeoutMs: 0 }, { intervalMs: 9 }, { timeoutMs: NaN }])("a wait of %j is refused", async (wait) => {
  const { urls, options } = createScene([inStatus("running")]);
  const waiting = createOpenComputerClient(options).sandboxes.waitFor("sb-1", "running", wait);
  await expect(waiting).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect(urls).toHaveLength(0);
});
