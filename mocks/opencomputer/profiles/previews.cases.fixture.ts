import type { Harness } from "../../harness.fixture.ts";
import { type Case, create, get, kill, sandboxes } from "../faults/case.fixture.ts";

const unknown = `${sandboxes}/sb-00000000`;
const gated = async (call: Harness["call"]) => {
  const { json } = await call(sandboxes, { body: { previewAuth: {} } });
  return { id: json["sandboxID"] as string, token: json["previewAuthToken"] as string };
};

/** Previews, their gate, and what is no operation. */
export const previewCases: readonly Case[] = [
  {
    id: "no-previews-of-unknown",
    seen: "the previews of a sandbox that never was",
    see: async ({ call }) => {
      const { status, json } = await call(`${unknown}/preview`);
      return [status, json];
    },
    wrong: [200, []],
    right: [404, { error: "sandbox not found" }],
  },
  {
    id: "preview-create-is-400",
    seen: "the answer to a preview of a sandbox that never was",
    see: async ({ call }) => {
      const { status, json } = await call(`${unknown}/preview`, { body: { port: 1 } });
      return [status, json["error"]];
    },
    wrong: [400, "sandbox is not running or not found"],
    right: [404, "sandbox not found"],
  },
  {
    id: "port-with-a-tail",
    seen: "the statuses of deleting 80abc, abc and 080",
    see: async ({ call }) => {
      const id = await create(call);
      const statuses: number[] = [];
      for (const port of ["80abc", "abc", "080"]) {
        await call(`${sandboxes}/${id}/preview`, { body: { port: 80 } });
        statuses.push((await call(`${sandboxes}/${id}/preview/${port}`, { method: "DELETE" })).status);
      }
      return statuses;
    },
    wrong: [204, 400, 204],
    right: [400, 400, 400],
  },
  {
    id: "preview-does-not-wake",
    seen: "the preview of a hibernated sandbox with its token and without, and its state",
    see: async ({ call, preview }) => {
      const { id, token } = await gated(call);
      await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
      const seen = [await preview(id), await preview(id, { "x-oc-preview-token": token })];
      return [...seen.map(({ status }) => status), await get(call, id, "status")];
    },
    wrong: [401, 502, "hibernated"],
    right: [401, 200, "running"],
  },
  {
    id: "options-pass-the-gate",
    seen: "the statuses of OPTIONS and GET without a token",
    see: async ({ call, url }) => {
      const { id } = await gated(call);
      const ask = async (method: string) => (await fetch(`${url}/__sandglass/preview/${id}/3000/`, { method })).status;
      return [await ask("OPTIONS"), await ask("GET")];
    },
    wrong: [204, 401],
    right: [401, 401],
  },
  {
    id: "gate-tells-who-is-gone",
    seen: "the previews of a killed sandbox without its token, and of one that never was",
    see: async ({ call, preview }) => {
      const { id } = await gated(call);
      await kill(call, id);
      const seen = [await preview(id), await preview("sb-00000000")];
      return seen.map(({ status, headers, text }) => [status, headers.get("content-type"), text.replace(id, "ID")]);
    },
    wrong: [
      [410, "text/plain;charset=UTF-8", "sandbox ID is stopped"],
      [404, "text/plain;charset=UTF-8", "sandbox sb-00000000 not found"],
    ],
    right: [
      [401, "application/json", '{"error":"preview URL requires authentication"}'],
      [404, "application/json", '{"error":"sandbox sb-00000000 not found"}'],
    ],
  },
  {
    id: "port-sees-token",
    seen: "the token header that the port sees",
    see: async ({ call, preview }) => {
      const { id, token } = await gated(call);
      const { json } = await preview(id, { "x-oc-preview-token": token });
      return (json["headers"] as Record<string, string>)["x-oc-preview-token"] === token;
    },
    wrong: true,
    right: false,
  },
  {
    id: "wrong-method-is-404",
    seen: "the statuses of PUT and OPTIONS on the sandboxes, with a key",
    see: async ({ call }) => [
      (await call(sandboxes, { method: "PUT" })).status,
      (await call(sandboxes, { method: "OPTIONS" })).status,
    ],
    wrong: [404, 204],
    right: [405, 405],
  },
];
