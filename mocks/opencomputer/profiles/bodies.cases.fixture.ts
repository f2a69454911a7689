import { type Case, create, get, sandboxes } from "../faults/case.fixture.ts";
import { sandboxTable } from "../sandbox.ts";

/** How a body is read. */
export const bodyCases: readonly Case[] = [
  {
    id: "null-is-left-out",
    seen: "the statuses of creates, tags and a wake with null",
    see: async ({ call }) => {
      const id = await create(call);
      const bodies = [{ timeout: null }, { envs: { A: null }, metadata: null }, { image: null }, { previewAuth: null }];
      const created = await Promise.all(bodies.map(async (body) => (await call(sandboxes, { body })).status));
      const put = await call(`${sandboxes}/${id}/tags`, { method: "PUT", body: { a: null } });
      return [created, put.status, put.json["tags"]];
    },
    wrong: [[201, 201, 201, 201], 200, { a: "" }],
    right: [[400, 400, 400, 400], 400, undefined],
  },
  {
    id: "zero-size-is-left-out",
    seen: "the status of a create with the sizes 0",
    see: async ({ call }) => (await call(sandboxes, { body: { cpuCount: 0, memoryMB: 0 } })).status,
    wrong: 201,
    right: 400,
  },
  {
    id: "empty-scheme-is-bearer",
    seen: "the status of a create with an empty scheme, and whether it has a token",
    see: async ({ call }) => {
      const { status, json } = await call(sandboxes, { body: { previewAuth: { scheme: "" } } });
      return [status, typeof json["previewAuthToken"]];
    },
    wrong: [201, "string"],
    right: [400, "undefined"],
  },
  {
    id: "whole-fraction-is-refused",
    seen: "the statuses of the timeouts 60.0, 6e1 and 60",
    see: async ({ call }) =>
      Promise.all(
        ["60.0", "6e1", "60"].map(async (text) => (await call(sandboxes, { body: `{"timeout":${text}}` })).status),
      ),
    wrong: [400, 400, 201],
    right: [201, 201, 201],
  },
  {
    id: "negative-timeout-is-never",
    seen: "the status of a create with the timeout -1",
    see: async ({ call }) => (await call(sandboxes, { body: { timeout: -1 } })).status,
    wrong: 201,
    right: 400,
  },
  {
    id: "missing-timeout-is-never",
    seen: "the statuses of a timeout that is set with {} and without a body, and the state a day later",
    see: async ({ call, clock }) => {
      const id = await create(call, { timeout: 60 });
      const path = `${sandboxes}/${id}/timeout`;
      const set = [await call(path, { body: {} }), await call(path, { method: "POST" })];
      clock.advance(86_400_000);
      return [set.map(({ status }) => status), await get(call, id, "status")];
    },
    wrong: [[204, 204], "running"],
    right: [[400, 400], "hibernated"],
  },
  {
    id: "wake-body-is-ignored",
    seen: "the status and the members of a wake with the timeout -1, and with another one",
    see: async ({ call }) => {
      const id = await create(call);
      const wake = async (timeout: number) => {
        await call(`${sandboxes}/${id}/hibernate`, { method: "POST" });
        const { status, json } = await call(`${sandboxes}/${id}/wake`, { body: { timeout } });
        return [status, Object.keys(json)];
      };
      return [await wake(-1), await wake(5)];
    },
    wrong: [
      [200, ["sandboxID", "status"]],
      [200, ["sandboxID", "status"]],
    ],
    right: [
      [400, ["error"]],
      [200, ["sandboxID", "status", "region", "workerID", "sandboxDomain"]],
    ],
  },
  {
    id: "any-auth-config",
    seen: "what previews answer whose authConfig is null, a text and a list",
    see: async ({ call }) => {
      const id = await create(call);
      const made = async (port: number, authConfig: unknown) =>
        (await call(`${sandboxes}/${id}/preview`, { body: { port, authConfig } })).json["authConfig"];
      return [await made(1, null), await made(2, "open"), await made(3, [1])];
    },
    wrong: [null, "open", [1]],
    right: [undefined, undefined, undefined],
  },
  {
    id: "any-content-type",
    seen: "the status of a create that is declared as text",
    see: async ({ call }) =>
      (await call(sandboxes, { body: { timeout: 5 }, headers: { "content-type": "text/plain" } })).status,
    wrong: 201,
    right: 400,
  },
  {
    id: "cores-alone-are-ignored",
    seen: "the memory of a sandbox with one core, and the status of one with 64",
    see: async ({ call, world }) => {
      const id = await create(call, { cpuCount: 1 });
      const record = await world.table(sandboxTable).get(id);
      return [record?.memoryMB, (await call(sandboxes, { body: { cpuCount: 64 } })).status];
    },
    wrong: [4096, 201],
    right: [1024, 400],
  },
  {
    id: "fast-path-judges-little",
    seen: "the statuses of a timeout that is a text, envs that are a list, and both beside a template",
    see: async ({ call }) =>
      Promise.all(
        [{ timeout: "5" }, { envs: [1] }, { templateID: "node", timeout: "5", envs: [1] }].map(
          async (body) => (await call(sandboxes, { body })).status,
        ),
      ),
    wrong: [201, 201, 400],
    right: [400, 400, 400],
  },
];
