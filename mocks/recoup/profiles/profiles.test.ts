import { describe, expect, test } from "vitest";
import { type Harness, withHarness } from "../../harness.fixture.ts";
import { profiles } from "./index.ts";

const contract = "recoup";
const sandboxes = "/api/sandboxes";
const bob = "b0b00000-0000-4000-8000-000000000002";

type Case = {
  readonly id: string;
  readonly seen: string;
  readonly see: (harness: Harness) => Promise<unknown>;
  readonly asProduction: unknown;
  readonly asContract: unknown;
};

/** The shortest way to see each difference. */
const cases: readonly Case[] = [
  {
    id: "body-before-key",
    seen: "the statuses of bad requests without a key",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "", body: { command: "" } })).status,
      (await call(`${sandboxes}?account_id=me`, { key: "" })).status,
      (await call(`${sandboxes}/file`, { key: "" })).status,
      (await call(`${sandboxes}/files`, { key: "", body: {} })).status,
      (await call("/api/tasks/runs?limit=0", { key: "" })).status,
      (await call(sandboxes, { key: "", body: {} })).status,
    ],
    asProduction: [400, 400, 400, 401, 401, 401],
    asContract: [401, 401, 401, 401, 401, 401],
  },
  {
    id: "malformed-is-empty",
    seen: "the statuses of bodies that are cut off and missing, and of null, and how many sandboxes there are",
    see: async ({ call }) => {
      const statuses = [
        (await call(sandboxes, { body: '{"command":' })).status,
        (await call(sandboxes, { method: "POST" })).status,
        (await call(sandboxes, { body: "null" })).status,
      ];
      return [statuses, ((await call(sandboxes)).json["sandboxes"] as unknown[]).length];
    },
    asProduction: [[200, 200, 400], 2],
    asContract: [[400, 400, 400], 0],
  },
  {
    id: "unauthorized-says-message",
    seen: "the answers to a wrong key, another scheme, and no key",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "wrong" })).json,
      (await call(sandboxes, { key: "", headers: { authorization: "Basic x" } })).json,
      (await call(sandboxes, { key: "" })).json,
    ],
    asProduction: [
      { status: "error", message: "Unauthorized" },
      { status: "error", message: "Authorization header with Bearer token required" },
      { status: "error", error: "Exactly one of x-api-key or Authorization must be provided" },
    ],
    asContract: [
      { status: "error", error: "Unauthorized" },
      { status: "error", error: "Authorization header with Bearer token required" },
      { status: "error", error: "Exactly one of x-api-key or Authorization must be provided" },
    ],
  },
  {
    id: "bearer-is-no-key",
    seen: "the status of a list with a key as a bearer token",
    see: async ({ call }) =>
      (await call(sandboxes, { key: "", headers: { authorization: "Bearer sandglass-ada" } })).status,
    asProduction: 401,
    asContract: 200,
  },
  {
    id: "keys-reach-themselves",
    seen: "the answers to a create and a list for a member, and the status of one for the caller",
    see: async ({ call, world }) => {
      const own = world.tenants.find(({ name }) => name === "ada")!.id;
      const seen = [
        await call(sandboxes, { body: { account_id: bob } }),
        await call(`${sandboxes}?account_id=${bob}`),
        await call(sandboxes, { body: { account_id: own.toUpperCase() } }),
      ];
      return seen.map(({ status, json }) => [status, json["error"]]);
    },
    asProduction: [
      [403, "Access denied to specified account_id"],
      [403, "Personal API keys cannot filter by account_id"],
      [200, undefined],
    ],
    asContract: [
      [200, undefined],
      [200, undefined],
      [200, undefined],
    ],
  },
  {
    id: "timeout-is-total",
    seen: "the timeout after a minute, and after an hour",
    see: async ({ call, clock }) => {
      await create(call);
      clock.advance(60_000);
      const early = await first(call, "timeout");
      clock.advance(3_600_000);
      return [early, await first(call, "timeout")];
    },
    asProduction: [1_800_000, 1_800_000],
    asContract: [1_740_000, 0],
  },
  {
    id: "run-stops-sandbox",
    seen: "the states of a sandbox with a command, before its run ends, then, and ten seconds later",
    see: async ({ call, clock }) => {
      await create(call, { command: "ls" });
      const states: unknown[] = [];
      for (const ms of [450, 3_000, 10_000]) {
        clock.advance(ms);
        states.push(await first(call, "sandboxStatus"));
      }
      return states;
    },
    asProduction: ["running", "snapshotting", "stopped"],
    asContract: ["running", "running", "running"],
  },
  {
    id: "runs-of-anyone",
    seen: "the status of another organisation's reading of a run",
    see: async ({ call }) => {
      const runId = await create(call, { command: "ls" });
      return (await call(`/api/tasks/runs?runId=${runId}`, { key: "sandglass-eve" })).status;
    },
    asProduction: 200,
    asContract: 404,
  },
  {
    id: "unknown-run-is-500",
    seen: "the answer to a run that never was",
    see: async ({ call }) => {
      const { status, json } = await call("/api/tasks/runs?runId=run_0");
      return [status, json["error"]];
    },
    asProduction: [500, "Run not found"],
    asContract: [404, "Task run not found"],
  },
  {
    id: "runs-of-own-account",
    seen: "the statuses of lists of runs for another organisation's account and for one that is none",
    see: async ({ call }) => [
      (await call("/api/tasks/runs?account_id=e7e00000-0000-4000-8000-000000000003")).status,
      (await call("/api/tasks/runs?account_id=me")).status,
    ],
    asProduction: [200, 200],
    asContract: [403, 400],
  },
  {
    id: "prompt-names-its-agent",
    seen: "what the run of a prompt calls",
    see: async ({ call }) => {
      const runId = await create(call, { prompt: "list files" });
      const { runs } = (await call(`/api/tasks/runs?runId=${runId}`)).json as unknown as {
        readonly runs: readonly [{ readonly payload: { readonly command: string; readonly args: readonly string[] } }];
      };
      const { command, args } = runs[0].payload;
      return [command, ...args];
    },
    asProduction: ["openclaw", "agent", "--agent", "main", "--message", "list files"],
    asContract: ["agent", "list files"],
  },
];

describe("a difference of Recoup's servers", () => {
  for (const { id, seen, see, asProduction, asContract } of cases) {
    test(`${id} shows in ${seen}`, async () => {
      expect(await withHarness({ contract, as: id }, see)).toEqual(asProduction);
      expect(await withHarness({ contract }, see)).toEqual(asContract);
    });
  }

  test("has a case here if the mock shows it", () => {
    expect(cases.map(({ id }) => id).sort()).toEqual(Object.keys(profiles.shown).sort());
  });
});

/** The id of the run that a create names. */
async function create(call: Harness["call"], body: unknown = {}): Promise<string> {
  const { status, json } = await call(sandboxes, { body });
  expect(status).toBe(200);
  return (json["sandboxes"] as readonly { readonly runId: string }[])[0]!.runId;
}

/** A member of the first sandbox of the list. */
async function first(call: Harness["call"], member: string): Promise<unknown> {
  return ((await call(sandboxes)).json["sandboxes"] as readonly Record<string, unknown>[])[0]?.[member];
}
