import { describe, expect, test } from "vitest";
import { type Harness, withHarness } from "../../harness.fixture.ts";
import { faults } from "./index.ts";

const contract = "recoup";
const sandboxes = "/api/sandboxes";
const runs = "/api/tasks/runs";
const otherKey = "sandglass-eve";
const lifeMs = 1_800_000;

/** The shortest way to see a fault: what is seen with it on, and what is seen without it. */
type Case = {
  readonly id: string;
  readonly seen: string; // completes "… when the fault is on"
  readonly see: (harness: Harness) => Promise<unknown>;
  readonly wrong: unknown;
  readonly right: unknown;
};

const cases: readonly Case[] = [
  {
    id: "unauthorized-says-message",
    seen: "the members of a 401",
    see: async ({ call }) => Object.keys((await call(sandboxes, { key: "unknown" })).json).sort(),
    wrong: ["message", "status"],
    right: ["error", "status"],
  },
  {
    id: "time-without-zone",
    seen: "when a sandbox was created, told at its creation and later",
    see: async ({ call }) => [(await create(call)).createdAt, (await list(call))[0]?.createdAt],
    wrong: ["2026-01-02 03:04:05", "2026-01-02 03:04:05"],
    right: ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"],
  },
  {
    id: "timeout-in-wrong-unit",
    seen: "the time that is left after ten seconds",
    see: async ({ call, clock }) => {
      const { timeout } = await create(call);
      clock.advance(10_000);
      return [timeout, (await list(call))[0]?.timeout];
    },
    wrong: [1_800, 1_790],
    right: [1_800_000, 1_790_000],
  },
  {
    id: "bad-request-is-html",
    seen: "the media type and the first character of a 400, and of a 403",
    see: async ({ call }) => {
      const answers = [
        await call(sandboxes, { body: { command: 7 } }),
        await call(sandboxes, { key: otherKey, body: { account_id: "ada00000-0000-4000-8000-000000000001" } }),
      ];
      return answers.map(({ status, headers, text }) => [status, headers.get("content-type"), text[0]]);
    },
    wrong: [
      [400, "text/html; charset=utf-8", "<"],
      [403, "application/json", "{"],
    ],
    right: [
      [400, "application/json", "{"],
      [403, "application/json", "{"],
    ],
  },
  {
    id: "out-of-range-clamped",
    seen: "lists of runs with limits beyond the range, within it, and that are no numbers",
    see: ({ call }) => {
      const limits = ["101", "0", "100", "1.5", "many", ""];
      return Promise.all(limits.map(async (limit) => (await call(`${runs}?limit=${limit}`)).status));
    },
    wrong: [200, 200, 200, 400, 400, 400],
    right: [400, 400, 200, 400, 400, 400],
  },
  {
    id: "malformed-json-accepted",
    seen: "a create with half a body, and how many sandboxes there are then",
    see: async ({ call }) => [(await call(sandboxes, { body: '{"command":' })).status, (await list(call)).length],
    wrong: [200, 1],
    right: [400, 0],
  },
  {
    id: "malformed-account-id-accepted",
    seen: "creates for an account that is no UUID, for one that is a number, and for another organisation's",
    see: ({ call }) => {
      const ids = ["me", 7, "e7e00000-0000-4000-8000-000000000003"];
      return Promise.all(ids.map(async (id) => (await call(sandboxes, { body: { account_id: id } })).status));
    },
    wrong: [200, 400, 403],
    right: [400, 400, 403],
  },
  {
    id: "body-judged-before-key",
    seen: "bad and good bodies of an anonymous caller",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "", body: { command: 7 } })).status,
      (await call(sandboxes, { key: "", body: {} })).status,
    ],
    wrong: [400, 401],
    right: [401, 401],
  },
  {
    id: "timeout-never-fires",
    seen: "the state and the time that is left, one hour after the end",
    see: async ({ call, clock }) => {
      await create(call);
      clock.advance(lifeMs + 3_600_000);
      const [sandbox] = await list(call);
      return [sandbox?.sandboxStatus, sandbox?.timeout];
    },
    wrong: ["running", 0],
    right: ["stopped", 0],
  },
  {
    id: "reading-prolongs-timeout",
    seen: "the time that is left, read by list and by id, and the state at the promised end",
    see: async ({ call, clock }) => {
      const { sandboxId, timeout } = await create(call);
      const left = [
        timeout,
        (await list(call))[0]?.timeout,
        (await list(call, `?sandbox_id=${sandboxId}`))[0]?.timeout,
      ];
      clock.advance(lifeMs);
      return [...left, (await list(call))[0]?.sandboxStatus];
    },
    wrong: [lifeMs, lifeMs + 60_000, lifeMs + 120_000, "running"],
    right: [lifeMs, lifeMs, lifeMs, "stopping"],
  },
  {
    id: "creation-time-drifts",
    seen: "when a sandbox was created, read twice",
    see: async ({ call, clock }) => {
      await create(call);
      const [first] = await list(call);
      clock.advance(1_000);
      return [first?.createdAt, (await list(call))[0]?.createdAt];
    },
    wrong: ["2026-01-02T04:04:05.000Z", "2026-01-02T04:04:06.000Z"],
    right: ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"],
  },
  {
    id: "missing-key-accepted",
    seen: "lists without a key, with a wrong one, and with two right ones",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "" })).status,
      (await call(sandboxes, { key: "no" })).status,
      (await call(sandboxes, { headers: { authorization: "Bearer sandglass-ada" } })).status,
    ],
    wrong: [200, 401, 401],
    right: [401, 401, 401],
  },
  {
    id: "other-tenant-can-read",
    seen: "what another organisation reads by id, and in lists",
    see: ({ call }) => readAsOther(call),
    wrong: { sandboxById: 1, runById: 1, sandboxes: 0, runs: 0 },
    right: { sandboxById: 0, runById: 0, sandboxes: 0, runs: 0 },
  },
  {
    id: "list-shows-all-tenants",
    seen: "what another organisation reads by id, and in lists",
    see: ({ call }) => readAsOther(call),
    wrong: { sandboxById: 0, runById: 0, sandboxes: 1, runs: 1 },
    right: { sandboxById: 0, runById: 0, sandboxes: 0, runs: 0 },
  },
  {
    id: "almost-right-key-accepted",
    seen: "lists with keys that are almost right, as a header and as a bearer token, and with one that is not",
    see: async ({ call }) => {
      const keys = ["SANDGLASS-ADA", "sandglass-ada-2", "sandglass-ad", "sandglass-", "sandglass-else"];
      const statuses = await Promise.all(keys.map(async (key) => (await call(sandboxes, { key })).status));
      const headers = { authorization: "Bearer Sandglass-Ada" };
      return [...statuses, (await call(sandboxes, { key: "", headers })).status];
    },
    wrong: [200, 200, 200, 401, 401, 200],
    right: [401, 401, 401, 401, 401, 401],
  },
  {
    id: "either-credential-accepted",
    seen: "a right key beside a wrong token, the reverse, and two wrong ones",
    see: async ({ call }) => {
      const pairs = [
        ["sandglass-ada", "wrong"],
        ["wrong", "sandglass-ada"],
        ["wrong", "wrong"],
      ] as const;
      return Promise.all(
        pairs.map(
          async ([key, token]) =>
            (await call(sandboxes, { key, headers: { authorization: `Bearer ${token}` } })).status,
        ),
      );
    },
    wrong: [200, 200, 401],
    right: [401, 401, 401],
  },
  {
    id: "streams-merged",
    seen: "what a command wrote",
    see: async (harness) => {
      const { stdout, stderr } = (await readFailed(harness)).output!;
      return [stdout, stderr];
    },
    wrong: ["outerr", ""],
    right: ["out", "err"],
  },
  {
    id: "exit-code-lost",
    seen: "the exit code of a command that fails",
    see: async (harness) => (await readFailed(harness)).output?.["exitCode"],
    wrong: 0,
    right: 3,
  },
  {
    id: "run-never-ends",
    seen: "how a run stands that has ended",
    see: async (harness) => Object.values(await readFailed(harness)).slice(0, 2),
    wrong: ["EXECUTING", undefined],
    right: ["COMPLETED", expect.any(String) as unknown],
  },
  {
    id: "run-snapshot-lost",
    seen: "the snapshot of an account whose run has ended",
    see: async (harness) => {
      await readFailed(harness);
      return typeof (await harness.call(sandboxes)).json["snapshot_id"];
    },
    wrong: "object", // null
    right: "string",
  },
];

describe("a fault of the Recoup mock", () => {
  for (const { id, seen, see, wrong, right } of cases) {
    test(`${id} shows in ${seen}`, async () => {
      expect(await withHarness({ contract, faults: [{ id }] }, see)).toEqual(wrong);
      expect(await withHarness({ contract }, see)).toEqual(right);
    });
  }

  test("has a case here, unless every contract has it", () => {
    const usual = ["latency", "rate-limit", "server-error", "connection-reset", "slow-body", "cut-body"];
    expect(faults.map(({ id }) => id)).toEqual([...cases.map(({ id }) => id), ...usual]);
  });

  test("reading-prolongs-timeout does not bring back what has stopped", () =>
    withHarness({ contract, faults: [{ id: "reading-prolongs-timeout" }] }, async ({ call, clock }) => {
      await create(call);
      clock.advance(lifeMs + 2_000);
      expect((await list(call))[0]).toMatchObject({ sandboxStatus: "stopped", timeout: 0 });
    }));
});

type RunSeen = { readonly status: string; readonly finishedAt?: string; readonly output?: Record<string, unknown> };

/** A run that has ended, of a command that writes to both streams and fails. */
async function readFailed({ call, clock }: Harness): Promise<RunSeen> {
  const { runId } = await create(call, { command: "printf out; printf err >&2; exit 3" });
  clock.advance(10_000);
  const [{ status, finishedAt, output }] = (await call(`${runs}?runId=${runId}`)).json["runs"] as [Required<RunSeen>];
  return { status, finishedAt, output };
}

type SandboxSeen = {
  readonly sandboxId: string;
  readonly sandboxStatus: string;
  readonly timeout: number;
  readonly createdAt: string;
  readonly runId?: string;
};

async function create(call: Harness["call"], body: unknown = {}): Promise<SandboxSeen> {
  const { status, json } = await call(sandboxes, { body });
  expect(status).toBe(200);
  return (json["sandboxes"] as SandboxSeen[])[0]!;
}

async function list(call: Harness["call"], query = "", key?: string): Promise<readonly SandboxSeen[]> {
  return (await call(sandboxes + query, key === undefined ? {} : { key })).json["sandboxes"] as SandboxSeen[];
}

async function readAsOther(call: Harness["call"]) {
  const { sandboxId, runId } = await create(call, { command: "ls" });
  const runsSeen = async (query: string) => {
    const seen = (await call(runs + query, { key: otherKey })).json["runs"] as readonly unknown[] | undefined;
    return seen?.length ?? 0;
  };
  return {
    sandboxById: (await list(call, `?sandbox_id=${sandboxId}`, otherKey)).length,
    runById: await runsSeen(`?runId=${runId}`),
    sandboxes: (await list(call, "", otherKey)).length,
    runs: await runsSeen(""),
  };
}
