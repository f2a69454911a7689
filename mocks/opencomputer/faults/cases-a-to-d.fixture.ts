import { type Case, create, get, kill, sandboxes } from "./case.fixture.ts";

/** Answers, bodies, life cycle, time. */
export const casesAToD: readonly Case[] = [
  {
    id: "create-answers-200",
    seen: "the status of a create",
    see: async ({ call }) => (await call(sandboxes, { body: {} })).status,
    wrong: 200,
    right: 201,
  },
  {
    id: "unauthorized-says-message",
    seen: "the members of a 401",
    see: async ({ call }) => Object.keys((await call(sandboxes, { key: "unknown" })).json),
    wrong: ["message"],
    right: ["error"],
  },
  {
    id: "time-without-zone",
    seen: "when a sandbox started",
    see: async ({ call }) => [
      await get(call, await create(call), "startedAt"),
      (await call(sandboxes)).json[0]?.["startedAt"],
    ],
    wrong: ["2026-01-02 03:04:05", "2026-01-02 03:04:05"],
    right: ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.000Z"],
  },
  {
    id: "timeout-in-wrong-unit",
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
    id: "bad-request-is-html",
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
    id: "challenge-missing",
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
    id: "negative-timeout-accepted",
    seen: "creates with a negative timeout, alone, with another flaw, and of another type",
    see: async ({ call }) => [
      (await call(sandboxes, { body: { timeout: -1 } })).status,
      (await call(sandboxes, { body: { timeout: -1, cpuCount: 3 } })).status,
      (await call(sandboxes, { body: { timeout: -0.5 } })).status,
    ],
    wrong: [201, 400, 400],
    right: [400, 400, 400],
  },
  {
    id: "out-of-range-clamped",
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
    id: "malformed-json-accepted",
    seen: "a create with half a body, and how many sandboxes there are then",
    see: async ({ call }) => [
      (await call(sandboxes, { body: '{"timeout":' })).status,
      (await call(sandboxes)).json.length,
    ],
    wrong: [201, 1],
    right: [400, 0],
  },
  {
    id: "preview-port-out-of-range-accepted",
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
    id: "body-judged-before-key",
    seen: "bad and good bodies of an anonymous caller",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "", body: { timeout: "soon" } })).status,
      (await call(sandboxes, { key: "", body: {} })).status,
    ],
    wrong: [400, 401],
    right: [401, 401],
  },
  {
    id: "killed-reads-as-running",
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
    id: "killed-serves-preview",
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
    id: "killed-comes-back",
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
    id: "repeat-answers-500",
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
    id: "stopped-counts-in-quota",
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
    id: "omitted-timeout-never-fires",
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
    id: "timeout-never-fires",
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
    id: "activity-ignored",
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
    id: "timeout-lost-on-wake",
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
    id: "creation-time-drifts",
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
];
