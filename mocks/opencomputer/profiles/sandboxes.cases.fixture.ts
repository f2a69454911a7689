import type { Harness } from "../../harness.fixture.ts";
import { type Case, create, get, kill, sandboxes } from "../faults/case.fixture.ts";

const act = (call: Harness["call"], id: string, what: string) => call(`${sandboxes}/${id}/${what}`, { method: "POST" });
const image = { steps: [] };
const otherKey = "sandglass-globex";

/** Creates, the life of a sandbox, reading, and whose it is. */
export const sandboxCases: readonly Case[] = [
  {
    id: "default-is-never",
    seen: "the state of a sandbox without a timeout after a day",
    see: async ({ call, clock }) => {
      const id = await create(call);
      clock.advance(86_400_000);
      return get(call, id, "status");
    },
    wrong: "running",
    right: "hibernated",
  },
  {
    id: "refused-create-leaves-one",
    seen: "the statuses of creates with a bad scheme, token and type of previewAuth, and how many sandboxes there are",
    see: async ({ call }) => {
      const auths = [{ scheme: "basic" }, { token: "short" }, { token: "has\na line break in it" }, "open"];
      const created = await Promise.all(
        auths.map(async (previewAuth) => (await call(sandboxes, { body: { previewAuth } })).status),
      );
      return [created, (await call(sandboxes)).json.length];
    },
    wrong: [[400, 400, 400, 400], 3],
    right: [[400, 400, 400, 400], 0],
  },
  {
    id: "image-loses-gate",
    seen: "the members of a create with an image and previewAuth, and the status of its preview",
    see: async ({ call, preview }) => {
      const { json } = await call(sandboxes, { body: { image, previewAuth: {} } });
      return ["previewAuthToken" in json, (await preview(json["sandboxID"] as string)).status];
    },
    wrong: [false, 200],
    right: [true, 401],
  },
  {
    id: "image-loses-timeout",
    seen: "the state of a sandbox from an image when its timeout is over",
    see: async ({ call, clock }) => {
      const id = await create(call, { image, timeout: 5 });
      clock.advance(6_000);
      return get(call, id, "status");
    },
    wrong: "running",
    right: "hibernated",
  },
  {
    id: "token-in-bytes",
    seen: "the statuses of creates with a token of eight wide characters, and of fifteen plain ones",
    see: async ({ call }) =>
      Promise.all(
        ["жжжжжжжж", "x".repeat(15)].map(
          async (token) => (await call(sandboxes, { body: { previewAuth: { token } } })).status,
        ),
      ),
    wrong: [201, 400],
    right: [400, 400],
  },
  {
    id: "token-is-kept-untrimmed",
    seen: "the status of a create with a token that begins with a blank, and of its preview",
    see: async ({ call, preview }) => {
      const token = " begins-with-a-blank";
      const { status, json } = await call(sandboxes, { body: { previewAuth: { token } } });
      const id = (json["sandboxID"] ?? "sb-00000000") as string;
      return [status, (await preview(id, { "x-oc-preview-token": token })).status];
    },
    wrong: [201, 401],
    right: [400, 404],
  },
  {
    id: "token-member",
    seen: "whether a create, a read and a list have a token, and a read of what hibernates",
    see: async ({ call }) => {
      const { json: created } = await call(sandboxes, { body: {} });
      const id = created["sandboxID"] as string;
      const [read, listed] = [await get(call, id, "token"), (await call(sandboxes)).json[0]!["token"]];
      await act(call, id, "hibernate");
      return [created["token"], read, listed, await get(call, id, "token")].map((token) => typeof token);
    },
    wrong: ["string", "string", "string", "undefined"],
    right: ["undefined", "undefined", "undefined", "undefined"],
  },
  {
    id: "started-before-created",
    seen: "when a sandbox started",
    see: async ({ call }) => get(call, await create(call), "startedAt"),
    wrong: "2026-01-02T02:54:05.000Z",
    right: "2026-01-02T03:04:05.000Z",
  },
  {
    id: "killed-asleep-stays",
    seen: "the state of a hibernated sandbox that was killed, its previews, and the status of its wake",
    see: killAsleep,
    wrong: [204, "hibernated", [], 200, "running"],
    right: [204, "stopped", [], 404, "stopped"],
  },
  {
    id: "killed-asleep-wakes",
    seen: "the state of a hibernated sandbox that was killed, its previews, and the status of its wake",
    see: killAsleep,
    wrong: [204, "stopped", [], 200, "running"],
    right: [204, "stopped", [], 404, "stopped"],
  },
  {
    id: "lists-every-state",
    seen: "the states in a list",
    see: async ({ call }) => {
      await create(call);
      await act(call, await create(call), "hibernate");
      await kill(call, await create(call));
      return (await call(sandboxes)).json.map(({ status }) => status).sort();
    },
    wrong: ["hibernated", "running", "stopped"],
    right: ["running"],
  },
  {
    id: "index-members",
    seen: "the members of a sandbox, and when it ended",
    see: async ({ call, clock }) => {
      const id = await create(call);
      const members = Object.keys((await call(`${sandboxes}/${id}`)).json).sort();
      const before = await get(call, id, "endAt");
      clock.advance(1_500);
      await kill(call, id);
      return [members, before, await get(call, id, "endAt")];
    },
    wrong: [
      [
        ...["cellID", "cpuCount", "endAt", "memoryMB", "sandboxID", "startedAt", "status"],
        ...["templateID", "workerID"],
      ],
      "0001-01-01T00:00:00Z",
      "2026-01-02T03:04:06.000Z",
    ],
    right: [
      [
        ...["region", "sandboxDomain", "sandboxID", "startedAt", "status", "tags", "tagsLastUpdatedAt"],
        ...["template", "workerID"],
      ],
      undefined,
      undefined,
    ],
  },
  {
    id: "unknown-key-is-403",
    seen: "the answers to a key that no organisation has, and to none",
    see: async ({ call }) => {
      const answers = [await call(sandboxes, { key: "no-such-key" }), await call(sandboxes, { key: "" })];
      return answers.map(({ status, json }) => [status, json["error"]]);
    },
    wrong: [
      [403, "invalid API key"],
      [401, "missing API key"],
    ],
    right: [
      [401, "missing or invalid API key"],
      [401, "missing or invalid API key"],
    ],
  },
  {
    id: "key-in-query",
    seen: "the statuses of a list with the key in the query, and with a wrong one in the header, too",
    see: async ({ call }) => {
      const path = `${sandboxes}?api_key=sandglass-acme`;
      return [(await call(path, { key: "" })).status, (await call(path, { key: "no-such-key" })).status];
    },
    wrong: [200, 401],
    right: [401, 401],
  },
  {
    id: "foreign-sandboxes-are-served",
    seen: "the statuses of another organisation's requests",
    see: async ({ call }) => {
      const id = await create(call);
      const foreign = async (method: string, path = "", body?: unknown) =>
        (await call(`${sandboxes}/${id}${path}`, { key: otherKey, method, ...(body === undefined ? {} : { body }) }))
          .status;
      return [
        await foreign("GET"),
        await foreign("GET", "/preview"),
        await foreign("POST", "/timeout", { timeout: 5 }),
        await foreign("POST", "/hibernate"),
        await foreign("POST", "/wake"),
        await foreign("GET", "/tags"),
        await foreign("POST", "/preview", { port: 1 }),
        await foreign("POST", "/preview/rotate"),
        await foreign("DELETE"),
      ];
    },
    wrong: [200, 200, 204, 200, 200, 404, 404, 404, 204],
    right: [404, 404, 404, 404, 404, 404, 404, 404, 404],
  },
];

async function killAsleep({ call }: Harness): Promise<unknown> {
  const id = await create(call);
  await call(`${sandboxes}/${id}/preview`, { body: { port: 3000 } });
  await act(call, id, "hibernate");
  const { status } = await kill(call, id);
  const state = await get(call, id, "status");
  const { json: previews } = await call(`${sandboxes}/${id}/preview`);
  const woken = await act(call, id, "wake");
  return [status, state, previews, woken.status, await get(call, id, "status")];
}
