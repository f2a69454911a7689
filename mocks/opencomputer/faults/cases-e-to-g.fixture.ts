import type { Harness } from "../../harness.fixture.ts";
import { bearer, type Case, create, get, kill, sandboxes } from "./case.fixture.ts";

const other = "sandglass-globex";

/** Tenants, previews, quota. */
export const casesEToG: readonly Case[] = [
  {
    id: "missing-key-accepted",
    seen: "lists without a key and with a wrong one",
    see: async ({ call }) => [
      (await call(sandboxes, { key: "" })).status,
      (await call(sandboxes, { key: "no" })).status,
    ],
    wrong: [200, 401],
    right: [401, 401],
  },
  {
    id: "other-tenant-can-read",
    seen: "what another organisation may do with a sandbox by its id",
    see: ({ call }) => tryAsOther(call),
    wrong: { get: 200, tags: 200, delete: 404, listed: 0 },
    right: { get: 404, tags: 404, delete: 404, listed: 0 },
  },
  {
    id: "other-tenant-can-kill",
    seen: "what another organisation may do with a sandbox by its id",
    see: ({ call }) => tryAsOther(call),
    wrong: { get: 404, tags: 404, delete: 204, listed: 0 },
    right: { get: 404, tags: 404, delete: 404, listed: 0 },
  },
  {
    id: "list-shows-all-tenants",
    seen: "what another organisation may do with a sandbox by its id, and what it lists",
    see: ({ call }) => tryAsOther(call),
    wrong: { get: 404, tags: 404, delete: 404, listed: 1 },
    right: { get: 404, tags: 404, delete: 404, listed: 0 },
  },
  {
    id: "almost-right-key-accepted",
    seen: "lists with keys that are almost right, and with one that is not",
    see: ({ call }) => {
      const keys = ["SANDGLASS-ACME", "sandglass-acme-2", "sandglass-acm", "sandglass-", "sandglass-else"];
      return Promise.all(keys.map(async (key) => (await call(sandboxes, { key })).status));
    },
    wrong: [200, 200, 200, 401, 401],
    right: [401, 401, 401, 401, 401],
  },
  {
    id: "preview-gate-open",
    seen: "gated previews without a token and with a wrong one",
    see: async ({ call, preview }) => {
      const id = await create(call, { previewAuth: {} });
      return [(await preview(id)).status, (await preview(id, bearer("wrong-wrong-wrong"))).status];
    },
    wrong: [200, 200],
    right: [401, 401],
  },
  {
    id: "preview-old-token-accepted",
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
    id: "preview-token-shown-again",
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
    id: "preview-short-token-accepted",
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
    id: "preview-wrong-token-wakes",
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
    id: "parallel-creates-exceed-quota",
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
    id: "kill-races-hibernate",
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
    id: "refused-create-keeps-place",
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

async function tryAsOther(call: Harness["call"]) {
  const id = await create(call);
  return {
    get: (await call(`${sandboxes}/${id}`, { key: other })).status,
    tags: (await call(`${sandboxes}/${id}/tags`, { key: other })).status,
    listed: (await call(sandboxes, { key: other })).json.length,
    delete: (await call(`${sandboxes}/${id}`, { key: other, method: "DELETE" })).status,
  };
}
