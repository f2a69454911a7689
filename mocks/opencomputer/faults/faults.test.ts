import { WebSocket } from "ws";
import { describe, expect, test } from "vitest";
import type { FaultSetting } from "../../kit/fault.ts";
import type { WorldSettings } from "../../kit/world.ts";
import { type Stage, withStage } from "../../stage.fixture.ts";
import { faults } from "./index.ts";

const contract = "opencomputer";
const other = "sandglass-globex";
const sandboxes = "/api/sandboxes";

/** The shortest way to see a fault: what is seen with it on, and what is seen without it. */
type Case = {
  readonly id: string;
  readonly seen: string; // completes "… when the fault is on"
  readonly settings?: Partial<WorldSettings>;
  readonly see: (stage: Stage) => Promise<unknown>;
  readonly wrong: unknown;
  readonly right: unknown;
};

const cases: readonly Case[] = [
  {
    id: "A1",
    seen: "the status of a create",
    see: async ({ call }) => (await call(sandboxes, { body: {} })).status,
    wrong: 200,
    right: 201,
  },
  {
    id: "A3",
    seen: "the members of a 401",
    see: async ({ call }) => Object.keys((await call(sandboxes, { key: "nobody's" })).json),
    wrong: ["message"],
    right: ["error"],
  },
  {
    id: "A4",
    seen: "when a sandbox started",
    see: async ({ call }) => [
      await get(call, await create(call), "startedAt"),
      (await call(sandboxes)).json[0]?.["startedAt"],
    ],
    wrong: ["2026-01-02 03:04:05", "2026-01-02 03:04:05"],
    right: ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"],
  },
  {
    id: "A5",
    seen: "the state 59 ms and 61 ms into a timeout of 60, created, set and woken with",
    see: async ({ call, clock }) => {
      const created = await create(call, { timeout: 60 });
      const set = await create(call, { timeout: 0 });
      await call(`${sandboxes}/${set}/timeout`, { body: { timeout: 60 } });
      const woken = await create(call);
      await call(`${sandboxes}/${woken}/hibernate`, { method: "POST" });
      await call(`${sandboxes}/${woken}/wake`, { body: { timeout: 60 } });
      clock.advance(59);
      const before = await Promise.all([created, set, woken].map((id) => get(call, id, "status")));
      clock.advance(2);
      return [before, await Promise.all([created, set, woken].map((id) => get(call, id, "status")))];
    },
    wrong: [Array(3).fill("running"), Array(3).fill("hibernated")],
    right: [Array(3).fill("running"), Array(3).fill("running")],
  },
  {
    id: "A7",
    seen: "the media type and the first character of a 400, and of a 404",
    see: async ({ call }) => {
      const bad = await call(sandboxes, { body: { timeout: "soon" } });
      const unknown = await call(`${sandboxes}/sb-00000000`);
      return [bad, unknown].map(({ status, headers, text }) => [status, headers.get("content-type"), text[0]]);
    },
    wrong: [
      [400, "text/html; charset=utf-8", "<"],
      [404, "application/json", "{"],
    ],
    right: [
      [400, "application/json", "{"],
      [404, "application/json", "{"],
    ],
  },
  {
    id: "A9",
    seen: "the answers of the gate to no token and to a wrong one",
    see: async ({ call, preview }) => {
      const id = await create(call, { previewAuth: {} });
      const answers = [await preview(id), await preview(id, { "x-oc-preview-token": "wrong-wrong-wrong" })];
      return answers.map(({ status, headers }) => [status, headers.get("www-authenticate")]);
    },
    wrong: [
      [401, null],
      [401, null],
    ],
    right: [
      [401, 'Bearer realm="preview"'],
      [401, null],
    ],
  },
  {
    id: "B1",
    seen: "creates with a negative timeout, alone and with another flaw",
    see: async ({ call }) => [
      (await call(sandboxes, { body: { timeout: -1 } })).status,
      (await call(sandboxes, { body: { timeout: -1, cpuCount: 3 } })).status,
    ],
    wrong: [201, 400],
    right: [400, 400],
  },
  {
    id: "B2",
    seen: "a size and a tag beyond their limits",
    see: async ({ call }) => {
      const created = await call(sandboxes, { body: { memoryMB: 32_768 } });
      const tags = `${sandboxes}/${await create(call)}/tags`;
      const replaced = await call(tags, { method: "PUT", body: { note: "x".repeat(300) } });
      const read = (await call(tags)).json["tags"] as Readonly<Record<string, string>>;
      return [created.status, replaced.status, read["note"]?.length];
    },
    wrong: [201, 200, 256],
    right: [400, 400, undefined],
  },
  {
    id: "B4",
    seen: "a create with half a body, and how many sandboxes there are then",
    see: async ({ call }) => [
      (await call(sandboxes, { body: '{"timeout":' })).status,
      (await call(sandboxes)).json.length,
    ],
    wrong: [201, 1],
    right: [400, 0],
  },
  {
    id: "B7",
    seen: "previews of ports 0, 65536 and 65537",
    see: async ({ call }) => {
      const previews = `${sandboxes}/${await create(call)}/preview`;
      const ports = [0, 65_536, 65_537];
      return Promise.all(ports.map(async (port) => (await call(previews, { body: { port } })).status));
    },
    wrong: [201, 201, 400],
    right: [400, 400, 400],
  },
  {
    id: "B8",
    seen: "bad and good bodies of an anonymous caller",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "", body: { timeout: "soon" } })).status,
      (await call(sandboxes, { key: "", body: {} })).status,
    ],
    wrong: [400, 401],
    right: [401, 401],
  },
  {
    id: "C1",
    seen: "a killed sandbox, read and listed",
    see: async ({ call }) => {
      const id = await create(call);
      await kill(call, id);
      return [await get(call, id, "status"), (await call(sandboxes)).json.length];
    },
    wrong: ["running", 0],
    right: ["stopped", 0],
  },
  {
    id: "C2",
    seen: "the preview of a killed sandbox, and its state after that",
    see: async ({ call, preview }) => {
      const id = await create(call);
      await kill(call, id);
      return [(await preview(id)).status, await get(call, id, "status")];
    },
    wrong: [200, "stopped"],
    right: [410, "stopped"],
  },
  {
    id: "C5",
    seen: "how many sandboxes are listed right after a quick kill, and two seconds later",
    see: async ({ call, clock }) => {
      const id = await create(call);
      await kill(call, id);
      const atOnce = (await call(sandboxes)).json.length;
      clock.advance(1_999);
      const before = await get(call, id, "status");
      clock.advance(1);
      return [atOnce, before, await get(call, id, "status"), (await call(sandboxes)).json.length];
    },
    wrong: [0, "stopped", "running", 1],
    right: [0, "stopped", "stopped", 0],
  },
  {
    id: "C7",
    seen: "hibernating twice, and waking what runs",
    see: async ({ call }) => {
      const id = await create(call);
      const steps = ["wake", "hibernate", "hibernate", "wake"];
      const statuses = [];
      for (const step of steps) statuses.push((await call(`${sandboxes}/${id}/${step}`, { method: "POST" })).status);
      return statuses;
    },
    wrong: [500, 200, 500, 200],
    right: [404, 200, 200, 200],
  },
  {
    id: "C13",
    seen: "a create after one of two sandboxes was killed",
    settings: { quota: 2 },
    see: async ({ call }) => {
      await create(call);
      await kill(call, await create(call));
      return (await call(sandboxes, { body: {} })).status;
    },
    wrong: 429,
    right: 201,
  },
  {
    id: "D1",
    seen: "the state after 300 s, created without a timeout and with one",
    see: async ({ call, clock }) => {
      const ids = [await create(call), await create(call, { timeout: 299 })];
      clock.advance(300_000);
      return Promise.all(ids.map((id) => get(call, id, "status")));
    },
    wrong: ["running", "hibernated"],
    right: ["hibernated", "hibernated"],
  },
  {
    id: "D2",
    seen: "the state after the timeout, created, set and woken with",
    see: async ({ call, clock }) => {
      const ids = [await create(call, { timeout: 5 }), await create(call), await create(call)];
      await call(`${sandboxes}/${ids[1]}/timeout`, { body: { timeout: 5 } });
      await call(`${sandboxes}/${ids[2]}/hibernate`, { method: "POST" });
      await call(`${sandboxes}/${ids[2]}/wake`, { body: { timeout: 5 } });
      clock.advance(3_600_000);
      return [...(await Promise.all(ids.map((id) => get(call, id, "status")))), (await call(sandboxes)).json.length];
    },
    wrong: ["running", "running", "running", 3],
    right: ["hibernated", "hibernated", "hibernated", 0],
  },
  {
    id: "D4",
    seen: "how many sandboxes are listed after six seconds of previews with a timeout of five",
    see: async ({ call, clock, preview }) => {
      const id = await create(call, { timeout: 5 });
      clock.advance(3_000);
      await preview(id);
      clock.advance(3_000);
      return (await call(sandboxes)).json.length;
    },
    wrong: 0,
    right: 1,
  },
  {
    id: "D7",
    seen: "the state after the timeout, woken by request and by a preview",
    see: async ({ call, clock, preview }) => {
      const ids = [await create(call, { timeout: 5 }), await create(call, { timeout: 5 })];
      for (const id of ids) await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      await call(`${sandboxes}/${ids[0]}/wake`, { method: "POST" });
      await preview(ids[1]!);
      clock.advance(3_600_000);
      return Promise.all(ids.map((id) => get(call, id, "status")));
    },
    wrong: ["running", "running"],
    right: ["hibernated", "hibernated"],
  },
  {
    id: "D9",
    seen: "when a sandbox started, read twice",
    see: async ({ call, clock }) => {
      const id = await create(call);
      const first = await get(call, id, "startedAt");
      clock.advance(1_000);
      return [first, await get(call, id, "startedAt")];
    },
    wrong: ["2026-01-02T04:04:05.000Z", "2026-01-02T04:04:06.000Z"],
    right: ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"],
  },
  {
    id: "E1",
    seen: "lists without a key and with a wrong one",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "" })).status,
      (await call(sandboxes, { key: "no" })).status,
    ],
    wrong: [200, 401],
    right: [401, 401],
  },
  {
    id: "E2",
    seen: "what another organisation may do with a sandbox by its id",
    see: ({ call }) => tryAsOther(call),
    wrong: { get: 200, tags: 200, delete: 404, listed: 0 },
    right: { get: 404, tags: 404, delete: 404, listed: 0 },
  },
  {
    id: "E3",
    seen: "what another organisation may do with a sandbox by its id",
    see: ({ call }) => tryAsOther(call),
    wrong: { get: 404, tags: 404, delete: 204, listed: 0 },
    right: { get: 404, tags: 404, delete: 404, listed: 0 },
  },
  {
    id: "E4",
    seen: "what another organisation may do with a sandbox by its id, and what it lists",
    see: ({ call }) => tryAsOther(call),
    wrong: { get: 404, tags: 404, delete: 404, listed: 1 },
    right: { get: 404, tags: 404, delete: 404, listed: 0 },
  },
  {
    id: "E8",
    seen: "lists with keys that are almost right, and with one that is not",
    see: ({ call }) => {
      const keys = ["SANDGLASS-ACME", "sandglass-acme-2", "sandglass-acm", "sandglass-", "sandglass-else"];
      return Promise.all(keys.map(async (key) => (await call(sandboxes, { key })).status));
    },
    wrong: [200, 200, 200, 401, 401],
    right: [401, 401, 401, 401, 401],
  },
  {
    id: "F1",
    seen: "gated previews without a token and with a wrong one",
    see: async ({ call, preview }) => {
      const id = await create(call, { previewAuth: {} });
      return [(await preview(id)).status, (await preview(id, bearer("wrong-wrong-wrong"))).status];
    },
    wrong: [200, 200],
    right: [401, 401],
  },
  {
    id: "F2",
    seen: "previews with the first token, the rotated one and a wrong one",
    see: async ({ call, preview }) => {
      const { sandboxID, previewAuthToken } = (await call(sandboxes, { body: { previewAuth: {} } })).json;
      const id = sandboxID as string;
      const rotated = (await call(`${sandboxes}/${id}/preview/rotate`, { method: "POST" })).json["previewAuthToken"];
      const tokens = [previewAuthToken, rotated, "wrong-wrong-wrong"] as string[];
      return Promise.all(tokens.map(async (token) => (await preview(id, bearer(token))).status));
    },
    wrong: [200, 200, 401],
    right: [401, 200, 401],
  },
  {
    id: "F4",
    seen: "whether get, list and get after a rotation show the token",
    see: async ({ call }) => {
      const { sandboxID, previewAuthToken } = (await call(sandboxes, { body: { previewAuth: {} } })).json;
      const id = sandboxID as string;
      const got = (await get(call, id, "previewAuthToken")) === previewAuthToken;
      const listed = (await call(sandboxes)).json[0]?.["previewAuthToken"] === previewAuthToken;
      const rotated = (await call(`${sandboxes}/${id}/preview/rotate`, { method: "POST" })).json["previewAuthToken"];
      return [got, listed, (await get(call, id, "previewAuthToken")) === rotated];
    },
    wrong: [true, true, true],
    right: [false, false, false],
  },
  {
    id: "F6",
    seen: "creates with tokens of 14, 15 and 16 characters, and a preview with the one of 15",
    see: async ({ call, preview }) => {
      const tokens = [14, 15, 16].map((length) => "t".repeat(length));
      const creates = await Promise.all(tokens.map((token) => call(sandboxes, { body: { previewAuth: { token } } })));
      const id = creates[1]!.json["sandboxID"] as string | undefined;
      return [...creates.map(({ status }) => status), id && (await preview(id, bearer(tokens[1]!))).status];
    },
    wrong: [400, 201, 201, 200],
    right: [400, 400, 201, undefined],
  },
  {
    id: "F8",
    seen: "the state after a wrong token, and after none",
    see: async ({ call, preview }) => {
      const ids = [await create(call, { previewAuth: {} }), await create(call, { previewAuth: {} })];
      for (const id of ids) await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      const statuses = [(await preview(ids[0]!, bearer("wrong-wrong-wrong"))).status, (await preview(ids[1]!)).status];
      return [...statuses, ...(await Promise.all(ids.map((id) => get(call, id, "status"))))];
    },
    wrong: [401, 401, "running", "hibernated"],
    right: [401, 401, "hibernated", "hibernated"],
  },
  {
    id: "G1",
    seen: "how many of five creates at once find one of two places, and whether one more does",
    settings: { quota: 2 },
    see: async ({ call }) => {
      const creates = await Promise.all(Array.from({ length: 5 }, () => call(sandboxes, { body: {} })));
      const created = creates.filter(({ status }) => status === 201).length;
      return [created > 2, (await call(sandboxes, { body: {} })).status];
    },
    wrong: [true, 429],
    right: [false, 429],
  },
  {
    id: "G3",
    seen: "a kill and a hibernation at once, in either order, and the state after them",
    see: async ({ call }) => {
      const seen = [];
      for (const order of [0, 1]) {
        const id = await create(call);
        const steps = [() => kill(call, id), () => call(`${sandboxes}/${id}/hibernate`, { method: "POST" })];
        await Promise.all((order === 0 ? steps : steps.reverse()).map((step) => step()));
        seen.push(await get(call, id, "status"));
      }
      return seen;
    },
    wrong: ["running", "running"],
    right: ["stopped", "stopped"],
  },
  {
    id: "G5",
    seen: "creates after two that were refused, with two places, and the other organisation's",
    settings: { quota: 2 },
    see: async ({ call }) => {
      await call(sandboxes, { body: { timeout: "soon" } });
      await call(sandboxes, { body: { templateID: "none-such" } });
      const others = await call(sandboxes, { key: other, body: {} });
      return [(await call(sandboxes, { body: {} })).status, others.status];
    },
    wrong: [429, 201],
    right: [201, 201],
  },
  {
    id: "killed-in-flight",
    seen: "two gets, one after the other",
    see: async ({ call }) => {
      const id = await create(call);
      return [await get(call, id, "status"), await get(call, id, "status")];
    },
    wrong: ["running", "stopped"],
    right: ["running", "running"],
  },
];

describe("a fault of the OpenComputer mock", () => {
  for (const { id, seen, settings = {}, see, wrong, right } of cases) {
    test(`${id} shows in ${seen}`, async () => {
      expect(await withStage({ contract, settings, faults: [{ id }] }, see)).toEqual(wrong);
      expect(await withStage({ contract, settings }, see)).toEqual(right);
    });
  }

  test("has a case here, unless every contract has it", () => {
    const usual = ["latency", "rate-limit", "server-error", "connection-reset", "slow-body", "cut-body"];
    expect(faults.map(({ id }) => id)).toEqual([
      ...cases.map(({ id }) => id).slice(0, -1),
      ...usual,
      "killed-in-flight",
    ]);
  });
});

describe("what a fault leaves alone", () => {
  const on = (id: string, act: (stage: Stage) => Promise<void>, settings: Partial<WorldSettings> = {}) =>
    withStage({ contract, settings, faults: [{ id }] satisfies FaultSetting[] }, act);

  test("C5 keeps a late kill, and a second one", () =>
    on("C5", async ({ call, clock }) => {
      const [early, late] = [await create(call), await create(call)];
      await kill(call, early);
      clock.advance(2_000);
      await kill(call, early);
      await kill(call, late);
      clock.advance(60_000);
      expect(await get(call, early, "status")).toBe("stopped");
      expect(await get(call, late, "status")).toBe("stopped");
    }));

  test("C5 brings a sandbox back with its idle timeout", () =>
    on("C5", async ({ call, clock }) => {
      const id = await create(call, { timeout: 5 });
      await kill(call, id);
      clock.advance(6_999);
      expect(await get(call, id, "status")).toBe("running");
      clock.advance(1);
      expect(await get(call, id, "status")).toBe("hibernated");
    }));

  test("C2 asks for the token all the same", () =>
    on("C2", async ({ call, preview }) => {
      const id = await create(call, { previewAuth: {} });
      await kill(call, id);
      expect((await preview(id)).status).toBe(401);
    }));

  test("C13 does not count what hibernates", () =>
    on(
      "C13",
      async ({ call }) => {
        const id = await create(call);
        await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
        expect((await call(sandboxes, { body: {} })).status).toBe(201);
      },
      { quota: 1 },
    ));

  test("D4 lets a preview wake what hibernates", () =>
    on("D4", async ({ call, preview }) => {
      const id = await create(call);
      await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      await preview(id);
      expect(await get(call, id, "status")).toBe("running");
    }));

  test("G1 refuses whoever comes later", () =>
    on(
      "G1",
      async ({ call }) => {
        expect((await call(sandboxes, { body: {} })).status).toBe(201);
        expect((await call(sandboxes, { body: {} })).status).toBe(429);
      },
      { quota: 1 },
    ));

  test("G3 leaves a kill and a hibernation alone that come one after the other", () =>
    on("G3", async ({ call }) => {
      const id = await create(call);
      await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      expect(await get(call, id, "status")).toBe("hibernated");
      await kill(call, id);
      expect(await get(call, id, "status")).toBe("stopped");
    }));
});

describe("faults at the gate", () => {
  test("F4 keeps the token out of what is stored", async () => {
    await withStage({ contract, faults: [{ id: "F4" }] }, async ({ call, world }) => {
      const { previewAuthToken } = (await call(sandboxes, { body: { previewAuth: {} } })).json;
      const stored = [...world.snapshot().tables.values()].flatMap((table) => [...table.records()]);
      expect(stored).toHaveLength(1);
      expect(JSON.stringify(stored)).not.toContain(previewAuthToken as string);
    });
  });

  test("killed-in-flight loses a sandbox behind its preview", async () => {
    const faults = [{ id: "killed-in-flight", operation: "preview" }];
    await withStage({ contract, faults }, async ({ call, preview }) => {
      const id = await create(call);
      expect([(await preview(id)).status, (await preview(id)).status]).toEqual([200, 410]);
    });
  });

  test.for([
    { faults: [{ id: "D4" }], status: "hibernated" },
    { faults: [], status: "running" },
  ])("messages of a WebSocket count as activity: $status with $faults", async ({ faults, status }) => {
    await withStage({ contract, faults }, async ({ call, clock, url }) => {
      const id = await create(call, { timeout: 5 });
      const socket = new WebSocket(`${url.replace("http", "ws")}/__sandglass/preview/${id}/3000/`);
      await new Promise((resolve) => socket.once("open", resolve));
      clock.advance(3_000);
      socket.send("hello");
      await new Promise((resolve) => socket.once("message", resolve));
      clock.advance(3_000);
      expect(await get(call, id, "status")).toBe(status);
      socket.terminate();
    });
  });
});

async function create(call: Stage["call"], body: unknown = {}): Promise<string> {
  const { status, json } = await call(sandboxes, { body });
  expect(status).toBe(201);
  return json["sandboxID"] as string;
}

async function get(call: Stage["call"], id: string, member: string): Promise<unknown> {
  return (await call(`${sandboxes}/${id}`)).json[member];
}

function kill(call: Stage["call"], id: string) {
  return call(`${sandboxes}/${id}`, { method: "DELETE" });
}

async function tryAsOther(call: Stage["call"]) {
  const id = await create(call);
  return {
    get: (await call(`${sandboxes}/${id}`, { key: other })).status,
    tags: (await call(`${sandboxes}/${id}/tags`, { key: other })).status,
    listed: (await call(sandboxes, { key: other })).json.length,
    delete: (await call(`${sandboxes}/${id}`, { key: other, method: "DELETE" })).status,
  };
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}
