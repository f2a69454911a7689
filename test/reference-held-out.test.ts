import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { at, lookAtOpenComputer, lookAtRecoup } from "./fault-session.ts";
import type { OpenComputerSession, RecoupSession, Shown } from "./fault-session.ts";
import { heldOutOpenComputerFaults } from "./reference/faults/held-out/opencomputer.ts";
import { heldOutRecoupFaults } from "./reference/faults/held-out/recoup.ts";
import { openComputerFaults } from "./reference/faults/opencomputer.ts";
import { recoupFaults } from "./reference/faults/recoup.ts";
import { openComputerKeys } from "./reference/opencomputer.ts";
import { recoupCallers } from "./reference/recoup.ts";

// No law is written after these faults: they tell how much the laws see that they were not made for.

const gate = { previewAuth: {} };
const stream = { accept: "text/event-stream" };

function countRunning({ acme }: OpenComputerSession): Promise<unknown> {
  return acme("GET /api/sandboxes").then((listed) => at(listed, "length"));
}

function tagsNamed(letter: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${letter}${index}`, "x"]));
}

const openComputer: Shown<OpenComputerSession> = {
  "null-timeout-is-never": [
    [400, 0],
    [201, 1],
    async (session) => {
      const { status } = await session.acme("POST /api/sandboxes", { timeout: null });
      session.advance(400_000);
      return [status, await countRunning(session)];
    },
  ],
  "refused-webhook-leaves-one": [
    [400, 0],
    [400, 1],
    async (session) => {
      const webhooks = [{ url: "https://a.example/" }, { url: "http://b.example/" }];
      const { status } = await session.acme("POST /api/sandboxes", { webhooks });
      return [status, await countRunning(session)];
    },
  ],
  "own-webhook-secret-shown": [
    undefined,
    "my-own-secret",
    async ({ acme }) => {
      const webhooks = [{ url: "https://a.example/", secret: "my-own-secret" }];
      return at(await acme("POST /api/sandboxes", { webhooks }), "webhooks", 0, "secret");
    },
  ],
  "streamed-create-is-open": [
    401,
    200,
    async (session) => {
      await session.acme("POST /api/sandboxes", { image: {}, ...gate }, stream);
      const id = at(await session.acme("GET /api/sandboxes"), 0, "sandboxID");
      return (await session.open(String(id))).status;
    },
  ],
  "disk-rounds-to-gb": [
    [400, 400],
    [201, 201],
    async ({ acme }) => {
      const below = await acme("POST /api/sandboxes", { diskMB: 20_479 });
      return [below.status, (await acme("POST /api/sandboxes", { diskMB: 262_145 })).status];
    },
  ],
  "request-id-deduplicates": [
    2,
    1,
    async (session) => {
      for (const _ of [1, 2]) await session.acme("POST /api/sandboxes", {}, { "x-request-id": "one" });
      return countRunning(session);
    },
  ],
  "quota-tells-sleepers": [
    5,
    6,
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /hibernate");
      await session.fill();
      return at(await session.acme("POST /api/sandboxes", {}), "active");
    },
  ],
  "hibernate-after-expiry-refused": [
    200,
    400,
    async (session) => {
      const { id } = await session.create({ timeout: 5 });
      session.advance(6_000);
      return (await session.on(id, "POST /hibernate")).status;
    },
  ],
  "woken-listed-first": [
    false,
    true,
    async (session) => {
      const { id } = await session.create();
      await session.create();
      await session.on(id, "POST /hibernate");
      await session.on(id, "POST /wake");
      return at(await session.acme("GET /api/sandboxes"), 0, "sandboxID") === id;
    },
  ],
  "read-is-stale-after-preview-wake": [
    ["running", "running"],
    ["hibernated", "running"],
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /hibernate");
      await session.open(id);
      const early = await session.status(id);
      session.advance(3_000);
      return [early, await session.status(id)];
    },
  ],
  "same-timeout-starts-nothing": [
    "running",
    "hibernated",
    async (session) => {
      const { id } = await session.create({ timeout: 10 });
      session.advance(6_000);
      await session.on(id, "POST /timeout", { timeout: 10 });
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "empty-wake-resets-timeout": [
    "hibernated",
    "running",
    async (session) => {
      const { id } = await session.create({ timeout: 5 });
      await session.on(id, "POST /hibernate");
      await session.on(id, "POST /wake", {});
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "killed-sleeper-wakes": [
    [410, "stopped"],
    [200, "running"],
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /hibernate");
      await session.on(id, "DELETE");
      return [(await session.open(id)).status, await session.status(id)];
    },
  ],
  "foreign-timeout-says-gone": [
    [404, 404],
    [404, 410],
    async (session) => {
      const { id } = await session.create();
      const running = await session.on(id, "POST /timeout", { timeout: 5 }, session.globex);
      await session.on(id, "DELETE");
      const stopped = await session.on(id, "POST /timeout", { timeout: 5 }, session.globex);
      return [running.status, stopped.status];
    },
  ],
  "tag-limit-counts-old": [
    200,
    400,
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "PUT /tags", tagsNamed("a"));
      return (await session.on(id, "PUT /tags", tagsNamed("b"))).status;
    },
  ],
  "stopped-tags-not-stored": [
    [{ a: "1" }, { a: "1" }],
    [{ a: "1" }, {}],
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "DELETE");
      const told = await session.on(id, "PUT /tags", { a: "1" });
      return [at(told, "tags"), at(await session.on(id, "GET /tags"), "tags")];
    },
  ],
  "relisting-overwrites-config": [
    { a: 1 },
    { a: 2 },
    async (session) => {
      const { id } = await session.create();
      for (const a of [1, 2]) await session.on(id, "POST /preview", { port: 3000, authConfig: { a } });
      return at(await session.on(id, "GET /preview"), 0, "authConfig");
    },
  ],
  "query-key-lists-ports": [
    [401, 401],
    [200, 401],
    async (session) => {
      const { id } = await session.create();
      const ask = (rest: string) => {
        return session.anyone(`GET /api/sandboxes/${id}${rest}?api_key=${openComputerKeys.acme}`);
      };
      return [(await ask("/preview")).status, (await ask("")).status];
    },
  ],
  "last-port-stays-listed": [
    [204, 204],
    [204, 400],
    async (session) => {
      const { id } = await session.create();
      const statuses: number[] = [];
      for (const port of [65_534, 65_535]) {
        await session.on(id, "POST /preview", { port });
        statuses.push((await session.on(id, `DELETE /preview/${port}`)).status);
      }
      return statuses;
    },
  ],
  "listed-before-gate-stays-open": [
    401,
    200,
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "POST /preview", { port: 80 });
      await session.rotate(id);
      return (await session.open(id)).status;
    },
  ],
  "quick-rotations-leave-two": [
    [401, 401, 200],
    [401, 200, 200],
    async (session) => {
      const { id, token } = await session.create(gate);
      const tokens = [token, await session.rotate(id), await session.rotate(id)];
      const statuses: number[] = [];
      for (const each of tokens) statuses.push((await session.open(id, each)).status);
      return statuses;
    },
  ],
  "preflight-passes-gate": [
    [401, 401],
    [401, 200],
    async (session) => {
      const { id } = await session.create(gate);
      const ask = (headers: Record<string, string>) => {
        return session.anyone("OPTIONS /", undefined, { host: `${id}-p80.localhost`, ...headers });
      };
      return [(await ask({})).status, (await ask({ "access-control-request-method": "GET" })).status];
    },
  ],
  "wake-shows-token": [
    false,
    true,
    async (session) => {
      const { id, token } = await session.create(gate);
      await session.on(id, "POST /hibernate");
      return (await session.on(id, "POST /wake")).text.includes(token);
    },
  ],
  "failed-command-is-no-activity": [
    "running",
    "hibernated",
    async (session) => {
      const { id } = await session.create({ timeout: 10 });
      session.advance(6_000);
      await session.on(id, "POST /exec/run", { cmd: "exit 3" });
      session.advance(6_000);
      return session.status(id);
    },
  ],
  "fresh-file-lost-in-sleep": [
    [200, 200],
    [200, 500],
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "PUT /files?path=old", "x");
      session.advance(2_000);
      await session.on(id, "PUT /files?path=new", "x");
      await session.on(id, "POST /hibernate");
      const statuses: number[] = [];
      for (const name of ["old", "new"]) statuses.push((await session.on(id, `GET /files?path=${name}`)).status);
      return statuses;
    },
  ],
  "reused-machine-keeps-files": [
    500,
    200,
    async (session) => {
      const { id } = await session.create();
      await session.on(id, "PUT /files?path=a", "x");
      await session.on(id, "DELETE");
      const other = await session.create({}, session.globex);
      return (await session.on(other.id, "GET /files?path=a", undefined, session.globex)).status;
    },
  ],
};

const colleague = { account_id: recoupCallers.bob.account };

async function createOne({ ada }: RecoupSession): Promise<string> {
  return String(at(await ada("POST /api/sandboxes", {}), "sandboxes", 0, "sandboxId"));
}

const recoup: Shown<RecoupSession> = {
  "stopped-lacks-timeout": [
    0,
    undefined,
    async (session) => {
      await createOne(session);
      session.advance(1_900_000);
      return session.listed(session.ada, "sandboxes", 0, "timeout");
    },
  ],
  "id-filter-drops-account": [
    0,
    1,
    async (session) => {
      const id = await createOne(session);
      const query = `sandbox_id=${id}&account_id=${colleague.account_id}`;
      return at(await session.ada(`GET /api/sandboxes?${query}`), "sandboxes", "length");
    },
  ],
  "refused-args-leave-sandbox": [
    [400, 0],
    [400, 1],
    async (session) => {
      const { status } = await session.ada("POST /api/sandboxes", { command: "ls", args: ["-l", 7] });
      return [status, await session.listed(session.ada, "sandboxes", "length")];
    },
  ],
  "repository-clears-snapshot": [
    "snap_a",
    null,
    async (session) => {
      await session.ada("PATCH /api/sandboxes", { snapshotId: "snap_a" });
      await session.ada("PATCH /api/sandboxes", { github_repo: "https://github.com/a/b" });
      return session.listed(session.ada, "snapshot_id");
    },
  ],
  "reading-prolongs-snapshot": [
    "2026-05-13T07:08:09.000Z",
    "2026-05-13T07:08:15.000Z",
    async ({ ada, advance }) => {
      await ada("PATCH /api/sandboxes", { snapshotId: "snap_a" });
      advance(6_000);
      return at(await ada("PATCH /api/sandboxes", {}), "expires_at");
    },
  ],
  "forbidden-update-is-stored": [
    [403, null],
    [403, "snap_a"],
    async (session) => {
      const { account } = recoupCallers.eve;
      const { status } = await session.ada("PATCH /api/sandboxes", { snapshotId: "snap_a", account_id: account });
      return [status, await session.listed(session.eve, "snapshot_id")];
    },
  ],
  "delete-tells-callers-record": [
    [null, "snap_a"],
    ["snap_a", "snap_a"],
    async (session) => {
      await session.ada("PATCH /api/sandboxes", { snapshotId: "snap_a" });
      const told = await session.ada("DELETE /api/sandboxes", colleague);
      const record = at(told, "deleted_snapshot", "snapshot_id") ?? null;
      return [record, await session.listed(session.ada, "snapshot_id")];
    },
  ],
  "second-setup-joins-first": [
    false,
    true,
    async ({ ada }) => {
      const first = at(await ada("POST /api/sandboxes/setup", {}), "runId");
      return first === at(await ada("POST /api/sandboxes/setup", {}), "runId");
    },
  ],
  "two-credentials-read-file": [
    [401, 401],
    [200, 401],
    async (session) => {
      await session.setUp();
      const both = { authorization: `Bearer ${recoupCallers.ada.key}` };
      const file = await session.ada("GET /api/sandboxes/file?path=README.md", undefined, both);
      return [file.status, (await session.ada("GET /api/sandboxes", undefined, both)).status];
    },
  ],
  "binary-file-unmarked": [
    { status: "success", content: "AAEC", encoding: "base64" },
    { status: "success", content: "AAEC" },
    async (session) => {
      await session.setUp();
      const files = [{ url: "data:application/octet-stream;base64,AAEC", name: "a.bin" }];
      await session.ada("POST /api/sandboxes/files", { files });
      return (await session.ada("GET /api/sandboxes/file?path=a.bin")).body;
    },
  ],
  "failed-download-empties-file": [
    [500, "one"],
    [500, ""],
    async (session) => {
      await session.setUp();
      await session.upload("one");
      const files = [{ url: "ftp://files.example/a", name: "0.txt" }];
      const { status } = await session.ada("POST /api/sandboxes/files", { files });
      return [status, at(await session.ada("GET /api/sandboxes/file?path=0.txt"), "content")];
    },
  ],
  "size-in-characters": [
    2,
    1,
    async (session) => {
      await session.setUp();
      await session.upload("%C3%A9");
      return session.listed(session.ada, "filetree", 0, "size");
    },
  ],
  "finished-run-is-public": [
    [404, 404],
    [404, 200],
    async ({ ada, eve, advance }) => {
      const run = at(await ada("POST /api/sandboxes", { command: "ls" }), "sandboxes", 0, "runId");
      const early = await eve(`GET /api/tasks/runs?runId=${String(run)}`);
      advance(5_000);
      return [early.status, (await eve(`GET /api/tasks/runs?runId=${String(run)}`)).status];
    },
  ],
  "absent-limit-lists-hundred": [
    20,
    21,
    async ({ ada }) => {
      for (let made = 0; made < 21; made++) await ada("POST /api/sandboxes/setup", {});
      return at(await ada("GET /api/tasks/runs"), "runs", "length");
    },
  ],
};

describe("a held-out fault shows", () => {
  test.each(Object.keys(heldOutOpenComputerFaults))("on the OpenComputer server: %s", async (fault) => {
    const [clean, faulty, look] = openComputer[fault] ?? expect.fail(`no requests show ${fault}`);
    expect([await lookAtOpenComputer(look), await lookAtOpenComputer(look, fault)]).toEqual([clean, faulty]);
  });

  test.each(Object.keys(heldOutRecoupFaults))("on the Recoup server: %s", async (fault) => {
    const [clean, faulty, look] = recoup[fault] ?? expect.fail(`no requests show ${fault}`);
    expect([await lookAtRecoup(look), await lookAtRecoup(look, fault)]).toEqual([clean, faulty]);
  });
});

test("the held-out faults are as many as the first, and none of them is one of those", () => {
  const heldOut = [heldOutOpenComputerFaults, heldOutRecoupFaults].map((faults) => Object.keys(faults));
  const first = [openComputerFaults, recoupFaults].flatMap((faults) => Object.keys(faults));
  expect(heldOut.map(({ length }) => length)).toEqual([26, 14]);
  expect(heldOut.flat().filter((id) => first.includes(id))).toEqual([]);
});

test("no page for authors of laws names a held-out fault", () => {
  const page = readFileSync("docs/reference/unseen-faults.md", "utf8");
  const ids = Object.keys({ ...heldOutOpenComputerFaults, ...heldOutRecoupFaults });
  expect(ids.filter((id) => page.includes(id))).toEqual([]);
});
