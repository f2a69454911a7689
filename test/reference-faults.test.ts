import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { at, lookAtOpenComputer, lookAtRecoup } from "./fault-session.ts";
import type { OpenComputerSession, RecoupSession, Shown } from "./fault-session.ts";
import { openComputerFaults } from "./reference/faults/opencomputer.ts";
import { measureFault } from "./reference/faults/measure.ts";
import { recoupFaults } from "./reference/faults/recoup.ts";
import { recoupCallers, startRecoup } from "./reference/recoup.ts";

// Whether a law sees a fault is measured elsewhere. Here each shows that a caller can: the same requests get other answers.

const gate = { previewAuth: {} };
const upgrade = {
  ...{ connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

const openComputer: Shown<OpenComputerSession> = {
  "list-shows-old-tags": [
    { a: "1" },
    {},
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "PUT /tags", { a: "1" });
      return at(await session.acme("GET /api/sandboxes"), 0, "tags");
    },
  ],
  "list-previews-prolongs": [
    "hibernated",
    "running",
    async (session) => {
      const { id } = await session.create({ timeout: 10 });
      session.advance(6_000);
      await session.on(id, "GET /preview");
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "metadata-is-shown": [
    undefined,
    { owner: "x" },
    async (session) => {
      const { id } = await session.create({ metadata: { owner: "x" } });
      return at(await session.on(id, "GET"), "metadata");
    },
  ],
  "end-is-off-by-zone": [
    undefined,
    "2026-05-06T09:08:09.000Z",
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "DELETE");
      return at(await session.on(id, "GET"), "endAt");
    },
  ],
  "wake-timeout-in-minutes": [
    "hibernated",
    "running",
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /hibernate");
      await session.on(id, "POST /wake", { timeout: 5 });
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "set-timeout-wraps": [
    "running",
    "hibernated",
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /timeout", { timeout: 2 ** 32 + 5 });
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "port-wraps": [
    400,
    201,
    async (session) => {
      const { id } = await session.create();
      return (await session.on(id, "POST /preview", { port: 68_536 })).status;
    },
  ],
  "token-in-utf16": [
    400,
    201,
    async ({ acme }) => (await acme("POST /api/sandboxes", { previewAuth: { token: "🔑".repeat(8) } })).status,
  ],
  "refused-tags-half-replace": [
    { a: "1", b: "2" },
    { a: "3" },
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "PUT /tags", { a: "1", b: "2" });
      await session.on(id, "PUT /tags", { a: "3", "oc:c": "4" });
      return at(await session.on(id, "GET /tags"), "tags");
    },
  ],
  "deleted-port-comes-back": [
    undefined,
    3000,
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /preview", { port: 3000 });
      await session.on(id, "POST /hibernate");
      await session.on(id, "DELETE /preview/3000");
      await session.on(id, "POST /wake");
      return at(await session.on(id, "GET /preview"), 0, "port");
    },
  ],
  "failed-stream-leaves-one": [
    0,
    1,
    async ({ acme }) => {
      const image = { steps: [{ type: "fly" }] };
      await acme("POST /api/sandboxes", { image }, { accept: "text/event-stream" });
      return at(await acme("GET /api/sandboxes"), "length");
    },
  ],
  "wake-revives-old-token": [
    [401, 200],
    [200, 401],
    async (session) => {
      const { id, token } = await session.create(gate);
      await session.on(id, "POST /hibernate");
      const fresh = await session.rotate(id);
      await session.on(id, "POST /wake");
      return [(await session.open(id, token)).status, (await session.open(id, fresh)).status];
    },
  ],
  "upgrade-takes-old-token": [
    [401, 401],
    [401, 101],
    async (session) => {
      const { id, token } = await session.create(gate);
      await session.rotate(id);
      return [(await session.open(id, token)).status, (await session.open(id, token, upgrade)).status];
    },
  ],
  "expired-wakes-open": [
    401,
    200,
    async (session) => {
      const { id } = await session.create({ ...gate, timeout: 5 });
      session.advance(6_000);
      await session.on(id, "POST /wake");
      return (await session.open(id)).status;
    },
  ],
  "timeout-set-asleep-is-lost": [
    "running",
    "hibernated",
    async (session) => {
      const { id } = await session.create({ timeout: 5 });
      await session.on(id, "POST /hibernate");
      await session.on(id, "POST /timeout", { timeout: 60 });
      await session.open(id);
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "preview-wake-moves-start": [
    "2026-05-06T07:08:09.000Z",
    "2026-05-06T07:08:15.000Z",
    async (session) => {
      const { id } = await session.create({ timeout: 5 });
      session.advance(6_000);
      await session.open(id);
      return at(await session.on(id, "GET"), "startedAt");
    },
  ],
  "kill-hits-neighbour": [
    "hibernated",
    "stopped",
    async (session) => {
      const older = await session.create();
      const { id } = await session.create();
      for (const each of [older.id, id]) await session.on(each, "POST /hibernate");
      await session.on(id, "DELETE");
      return session.status(older.id);
    },
  ],
  "foreign-kill-ends-sleeper": [
    [404, "hibernated"],
    [404, "stopped"],
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /hibernate");
      const { status } = await session.on(id, "DELETE", undefined, session.globex);
      return [status, await session.status(id)];
    },
  ],
  "foreign-rotation-locks-out": [
    [404, 200],
    [404, 401],
    async (session) => {
      const { id, token } = await session.create(gate);
      const { status } = await session.on(id, "POST /preview/rotate", undefined, session.globex);
      return [status, (await session.open(id, token)).status];
    },
  ],
  "port-of-other-tenant": [
    true,
    false,
    async (session) => {
      const other = await session.create({}, session.globex);
      await session.on(other.id, "POST /preview", { port: 3000 }, session.globex);
      const { id } = await session.create();
      return at(await session.on(id, "POST /preview", { port: 3000 }), "sandboxId") === id;
    },
  ],
  "quota-is-shared": [
    5,
    3,
    async (session) => {
      for (const _ of [1, 2]) await session.create({}, session.globex);
      return session.fill();
    },
  ],
  "failed-image-keeps-place": [
    5,
    4,
    async (session) => {
      await session.acme("POST /api/sandboxes", { image: { steps: [{ type: "fly" }] } });
      return session.fill();
    },
  ],
  "second-kill-frees-place": [
    5,
    6,
    async (session) => {
      const { id } = await session.create();
      for (const _ of [1, 2]) await session.on(id, "DELETE");
      return session.fill();
    },
  ],
  "expired-keeps-place": [
    5,
    4,
    async (session) => {
      await session.create({ timeout: 5 });
      session.advance(6_000);
      return session.fill();
    },
  ],
  "wrong-token-shows-hash": [
    false,
    true,
    async (session) => {
      const { id } = await session.create(gate);
      return /[0-9a-f]{64}/.test((await session.open(id, "wrong-".repeat(5))).text);
    },
  ],
};

const colleague = { account_id: recoupCallers.bob.account };
const readFirst = "GET /api/sandboxes/file?path=0.txt";

const recoup: Shown<RecoupSession> = {
  "refused-update-sets-snapshot": [
    [400, null],
    [400, "snap_a"],
    async ({ ada }) => {
      const { status } = await ada("PATCH /api/sandboxes", { snapshotId: "snap_a", github_repo: "no URL" });
      return [status, at(await ada("PATCH /api/sandboxes", {}), "snapshot_id") ?? null];
    },
  ],
  "snapshot-expires-in-minutes": [
    "2026-05-13T07:08:09.000Z",
    "2026-05-06T07:18:13.800Z",
    async ({ ada }) => at(await ada("PATCH /api/sandboxes", { snapshotId: "snap_a" }), "expires_at"),
  ],
  "delete-hides-sandboxes": [
    1,
    0,
    async (session) => {
      await session.ada("POST /api/sandboxes", {});
      await session.ada("DELETE /api/sandboxes");
      return session.listed(session.ada, "sandboxes", "length");
    },
  ],
  "delete-keeps-files": [
    404,
    200,
    async (session) => {
      await session.setUp();
      await session.ada("DELETE /api/sandboxes");
      return (await session.ada("GET /api/sandboxes/file?path=README.md")).status;
    },
  ],
  "list-shows-callers-snapshot": [
    null,
    "snap_a",
    async ({ ada }) => {
      await ada("PATCH /api/sandboxes", { snapshotId: "snap_a" });
      return at(await ada(`GET /api/sandboxes?account_id=${colleague.account_id}`), "snapshot_id");
    },
  ],
  "setup-for-caller": [
    [true, false],
    [false, true],
    async (session) => {
      await session.setUp(session.ada, colleague);
      const kept = [await session.listed(session.ada, "github_repo"), await session.listed(session.bob, "github_repo")];
      return kept.map((repository) => repository === null);
    },
  ],
  "setup-half-done": [
    true,
    false,
    async (session) => {
      const run = await session.setUp();
      const told = at(await session.ada(`GET /api/tasks/runs?runId=${run}`), "runs", 0, "output", "snapshotId");
      return told === (await session.listed(session.ada, "snapshot_id"));
    },
  ],
  "file-is-stale": [
    ["one", "two"],
    ["one", "one"],
    async (session) => {
      await session.setUp();
      const read: unknown[] = [];
      for (const text of ["one", "two"]) {
        await session.upload(text);
        read.push(at(await session.ada(readFirst), "content"));
      }
      return read;
    },
  ],
  "refused-upload-writes-first": [
    [400, 404],
    [400, 200],
    async (session) => {
      await session.setUp();
      const { status } = await session.upload("good", "");
      return [status, (await session.ada(readFirst)).status];
    },
  ],
  "file-of-other-account": [
    404,
    200,
    async (session) => {
      await session.setUp();
      await session.upload("secret");
      return (await session.eve(readFirst)).status;
    },
  ],
  "prompt-run-is-unknown": [
    200,
    404,
    async ({ ada }) => {
      const run = at(await ada("POST /api/sandboxes", { prompt: "hello" }), "sandboxes", 0, "runId");
      return (await ada(`GET /api/tasks/runs?runId=${String(run)}`)).status;
    },
  ],
  "run-in-folder-never-ends": [
    "COMPLETED",
    "EXECUTING",
    async ({ ada, advance }) => {
      await ada("POST /api/sandboxes", { command: "ls", cwd: "/home" });
      advance(3_600_000);
      return at(await ada("GET /api/tasks/runs"), "runs", 0, "status");
    },
  ],
  "run-limit-counts-others": [
    1,
    0,
    async ({ ada, bob }) => {
      for (const caller of [ada, bob]) await caller("POST /api/sandboxes", { command: "ls" });
      return at(await ada("GET /api/tasks/runs?limit=1"), "runs", "length");
    },
  ],
  "create-for-other-makes-two": [
    0,
    1,
    async (session) => {
      await session.ada("POST /api/sandboxes", colleague);
      return session.listed(session.ada, "sandboxes", "length");
    },
  ],
  "one-sandbox-in-seconds": [
    1_800_000,
    1_800,
    async ({ ada }) => {
      const id = at(await ada("POST /api/sandboxes", {}), "sandboxes", 0, "sandboxId");
      return at(await ada(`GET /api/sandboxes?sandbox_id=${String(id)}`), "sandboxes", 0, "timeout");
    },
  ],
};

describe("a fault shows", () => {
  test.each(Object.keys(openComputerFaults))("on the OpenComputer server: %s", async (fault) => {
    const [clean, faulty, look] = openComputer[fault] ?? expect.fail(`no requests show ${fault}`);
    expect([await lookAtOpenComputer(look), await lookAtOpenComputer(look, fault)]).toEqual([clean, faulty]);
  });

  test.each(Object.keys(recoupFaults))("on the Recoup server: %s", async (fault) => {
    const [clean, faulty, look] = recoup[fault] ?? expect.fail(`no requests show ${fault}`);
    expect([await lookAtRecoup(look), await lookAtRecoup(look, fault)]).toEqual([clean, faulty]);
  });

  test("not where there is none of that name", () => {
    expect(() => startRecoup({ fault: "none" })).toThrow('there is no fault "none", but: refused-update-sets-snapshot');
  });
});

// A sample: the measurement of all takes minutes. What is seen today goes on being seen. Each is two whole runs by HTTP.
test.each([
  ["opencomputer", "quota-is-shared"],
  ["recoup", "one-sandbox-in-seconds"],
] as const)("the laws of %s see the fault %s with 40 creates, by a MUST", { timeout: 120_000 }, async (name, fault) => {
  expect(await measureFault(name, fault, { createsMax: 40, seeds: [1] })).toBe("MUST");
});

test("the page of the measurement has each fault, as its data says it", () => {
  const page = readFileSync("docs/reference/unseen-faults.md", "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)`\s+\| (.+?)\s+\|/gm)].map(([, id, does]) => [id, does]);
  const faults = Object.entries({ ...openComputerFaults, ...recoupFaults }).map(([id, { does }]) => [id, does]);
  expect(rows).toEqual(faults);
});
