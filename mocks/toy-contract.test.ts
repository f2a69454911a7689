import { globSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Operation } from "../src/contract/operation.ts";
import { contracts } from "./contracts.ts";
import { defineContract } from "./kit/contract.ts";
import type { AnsweredRequest } from "./kit/answered-request.ts";
import type { Exchange, Parts } from "./kit/exchange.ts";
import type { Listener } from "./kit/http-listener.ts";
import { storedShape } from "./kit/record-shape.ts";
import type { Service } from "./kit/service.ts";
import { defineSettings, readCount } from "./kit/setting.ts";
import { shellSettings } from "./kit/shell/settings.ts";
import type { StoredRecord } from "./kit/table.ts";
import type { TableName } from "./kit/world.ts";
import { createMockOf } from "./mock.ts";

// A third contract, which the product does not have: bells that are rung. All that a contract is, is in this one value.

interface BellParts extends Parts<BellParts> {
  readonly volume: (call: Pick<Exchange, "world">) => number;
}
type BellSettings = { readonly bellVolume: number };

const ringBell: Operation = {
  id: "ringBell",
  method: "post",
  path: "/bells",
  tags: [],
  statuses: ["201"],
  evidence: "seed",
  security: [],
  parameters: [],
  requestBodyRequired: false,
  requestContentTypes: [],
  responseContentTypes: { "201": ["application/json"] },
};
const table: TableName<StoredRecord> = { name: "bells/rung" };
const settings = defineSettings<BellSettings>({
  bellVolume: {
    schema: z.int().min(0).max(11).describe("How loud bells are."),
    default: 5,
    flag: { syntax: "--bell-volume <number>", read: readCount },
  },
});
const refusal = { status: 401, json: "who rings?" };

const service: Service<BellParts, "bells", BellSettings, "bellVolume"> = {
  contract: "bells",
  title: "Bells",
  port: 4090,
  operations: { ringBell },
  settings: settings.table,
  tenantSettings: ["bellVolume"],
  tenants: [{ contract: "bells", name: "quasimodo" }],
  records: { [table.name]: z.object(storedShape) },
  sandboxes: {
    table,
    idPattern: /\bbell-[0-9a-f]+/,
    firstState: "swinging",
    stateAfter: {},
    spansOf: ({ createdAtMs }, nowMs) => ({ running: [{ fromMs: createdAtMs, toMs: nowMs }], hibernated: [] }),
    isLeak: () => false,
    at: ({ createdAtMs }, nowMs) => ({
      state: nowMs < createdAtMs + 60_000 ? "swinging" : "still",
      timed: [{ state: "still", fromMs: createdAtMs + 60_000, rule: "swung for 60 s" }],
      tags: { metal: "bronze" },
    }),
    quotaOf: () => 8,
  },
  sample: { keyHeader: "x-rope", body: "{}" },
  parts: {
    authenticate: ({ world, request }) => {
      const value = world.tenants.find(({ contract, key }) => contract === "bells" && key === request.header("x-rope"));
      return value === undefined ? { refusal } : { value };
    },
    readBody: () => ({ value: undefined }),
    handlers: {
      ringBell: async ({ world, tenant, nowMs }, { volume }) => {
        const id = `bell-${world.random.hex(8)}`;
        const record = { id, tenantId: tenant.id, version: 1, createdAtMs: nowMs, liveUntilMs: nowMs };
        await world.table(table).insert(record);
        return {
          status: 201,
          json: { id, volume: Math.max(volume({ world }), settings.of(world, tenant).bellVolume) },
        };
      },
    },
    finish: (answer) => answer,
    volume: ({ world }) => settings.of(world).bellVolume,
  },
  faults: [
    {
      id: "bell-is-cracked",
      contract: "bells",
      summary: "has no sound",
      shows: "ring",
      wrap: (parts) => ({ ...parts, volume: () => 0 }),
    },
  ],
  profiles: {
    names: ["cathedral"],
    differences: [{ id: "loud", profiles: ["cathedral"], facts: [], statement: "", evidence: "", laws: [] }],
    shown: { loud: (parts) => ({ ...parts, volume: () => 11 }) },
  },
  credentialOf: (request) => request.header("x-rope"),
  pathUnknown: () => ({ status: 404 }),
  methodUnknown: () => ({ status: 405 }),
  notEmulated: {},
  headersFor: () => ({}),
};

const answered: AnsweredRequest[] = [];
const mock = createMockOf([...contracts, defineContract(service)], {
  seed: "toy",
  onRequest: (request) => answered.push(request),
});
let listener: Listener;
beforeAll(async () => {
  listener = await mock.listen("bells");
});
afterAll(() => listener.close());

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = { method, headers: { "content-type": "application/json", ...headers } };
  const sent = body === undefined ? init : { ...init, body: JSON.stringify(body) };
  const response = await fetch(listener.url + path, sent);
  const text = await response.text();
  return { status: response.status, json: (text === "" ? undefined : JSON.parse(text)) as Record<string, unknown> };
}
const ring = (rope = "sandglass-quasimodo") => ask("POST", "/bells", undefined, { "x-rope": rope });
const control = (method: string, path: string, body?: unknown) => ask(method, `/__sandglass${path}`, body);

test("a contract that is one more value is served, beside the others and by its own words", async () => {
  expect(await ring()).toMatchObject({ status: 201, json: { volume: 5 } });
  expect((await ring("sandglass-acme")).status).toBe(401);
  expect((await ask("GET", "/health")).status).toBe(200);
});

test("the control API knows its settings, faults, profiles, operations and records", async () => {
  const world = (await control("POST", "/worlds", { settings: { bellVolume: 3 } })).json;
  const { key } = (world["tenants"] as { contract: string; key: string }[]).find(
    ({ contract }) => contract === "bells",
  )!;
  const id = String(world["id"]);
  const volume = async () => (await ring(key)).json["volume"];
  expect(await volume()).toBe(3);
  await control("PUT", `/worlds/${id}/faults`, [{ id: "bell-is-cracked", operation: "ringBell" }]);
  expect((await control("GET", `/worlds/${id}`)).json).toMatchObject({ faults: [{ id: "bell-is-cracked" }] });
  await control("PUT", `/worlds/${id}/faults`, []);
  await control("PATCH", `/worlds/${id}/settings`, { as: { bells: "cathedral" } });
  expect(await volume()).toBe(11);
  const verified = await control("POST", `/worlds/${id}/journal/verify`, { operation: "ringBell", times: 2 });
  expect(verified.json).toMatchObject({ ok: true, found: 2 });
  const saved = (await control("GET", `/worlds/${id}/snapshot`)).json;
  expect((await control("PUT", `/worlds/${id}/snapshot`, saved)).status).toBe(200);
  const broken = { ...saved, tables: { "bells/rung": [{ id: 5 }] } };
  expect((await control("PUT", `/worlds/${id}/snapshot`, broken)).json).toMatchObject({
    error: expect.stringContaining("tables.bells/rung.0.id: ") as string,
  });
});

test("the log names what it makes, and the inspector says what each was, is and will be", async () => {
  const { id } = (await ring()).json;
  expect(answered.at(-1)).toMatchObject({ contract: "bells", tenant: "quasimodo", sandboxes: [id] });
  const { sandboxes, use } = (await control("GET", `/worlds/default/sandboxes?text=${String(id)}`)).json;
  expect(sandboxes).toMatchObject([
    {
      ...{ id, contract: "bells", tenant: "quasimodo", state: "swinging", tags: { metal: "bronze" }, ports: [] },
      past: [{ state: "swinging", cause: "made by quasimodo" }],
      timed: [{ state: "still", rule: "swung for 60 s" }],
    },
  ]);
  expect((use as { contract: string }[]).filter(({ contract }) => contract === "bells")).toMatchObject([{ quota: 8 }]);
});

test.each([
  [{ settings: { bellVolum: 3 } }, 'there is no member "bellVolum": did you mean "bellVolume"?'],
  [{ settings: { bellVolume: 12 } }, "settings.bellVolume: Too big: expected number to be <=11, got 12"],
  [{ settings: { as: { bells: "chapel" } } }, 'as.bells: there is no profile "chapel": there are contract, cathedral'],
  [{ faults: [{ id: "bell-is-craked" }] }, 'there is no fault "bell-is-craked": did you mean "bell-is-cracked"?'],
])("what a world of it cannot be is refused: %j", async (body, message) => {
  const refused = await control("POST", "/worlds", body);
  expect([refused.status, refused.json["error"]]).toEqual([400, expect.stringContaining(message)]);
});

test("a tenant has the settings that its contract lets it have, and no others", () => {
  const made = (tenant: object) => () => createMockOf([defineContract(service)], { tenants: [tenant as never] });
  const { tenants } = made({ contract: "bells", name: "esmeralda", bellVolume: 7 })().defaultWorld();
  expect(tenants).toMatchObject([{ key: "sandglass-esmeralda", bellVolume: 7 }]);
  expect(made({ contract: "bells", name: "x", quota: 7 })).toThrow('tenants.0: there is no member "quota"');
});

test("the kit, the inspector and the control API name no contract, no setting and no id of one", () => {
  const kits = [...Object.keys(shellSettings.table), "quota"]; // a quota is also what a table has
  const names = contracts.flatMap(({ contract, title, settings: own }) => [contract, title, ...Object.keys(own)]);
  const word = new RegExp(`\\b(${names.filter((name) => !kits.includes(name)).join("|")})\\b|\\bsb-\\[|sbx_`);
  const files = globSync("mocks/{kit,inspector,control}/**/*.ts").filter((file) => !file.endsWith(".test.ts"));
  expect(files.length).toBeGreaterThan(30);
  expect(files.filter((file) => word.test(readFileSync(file, "utf8")))).toEqual([]);
});
