import { describe, expect, test } from "vitest";
import { type HarnessCallOptions, withHarness } from "../harness.fixture.ts";

const contract = "opencomputer";
const create = "/api/sandboxes";
const put = (body: unknown, headers = {}): HarnessCallOptions => ({ method: "PUT", body, headers });
const type = (rest: string) => `invalid request body: code=400, message=Unmarshal type error: ${rest}`;
const flat = "request body must be a flat { key: string } map";
const port = "port must be between 1 and 65535";
const timeout = "timeout must be non-negative (0 = no timeout)";
const url = (text: string) => `webhook url must be a valid https URL: "${text}"`;

// Paths that begin with a slash of their own are below a new sandbox.
const table: readonly (readonly [what: string, path: string, options: HarnessCallOptions, error: string])[] = [
  ["a disk that is too small", create, { body: { diskMB: 20_479 } }, "diskMB must be at least 20480 (20GB)"],
  ["a disk that is too large", create, { body: { diskMB: 262_145 } }, "diskMB cannot exceed 262144 (256GB)"],
  ["a disk that is a text", create, { body: { diskMB: "20480" } }, type("expected=int, got=string, field=diskMB")],
  ["an unknown secret store", create, { body: { secretStore: "keys" } }, "secret store not found: keys"],
  ["a webhook over http", create, { body: { webhooks: [{ url: "http://a.example" }] } }, url("http://a.example")],
  ["a webhook without a host", create, { body: { webhooks: [{ url: "https://" }] } }, url("https://")],
  ["a webhook without a URL", create, { body: { webhooks: [{}] } }, url("")],
  [
    "a webhook for an event that is none",
    create,
    { body: { webhooks: [{ url: "https://a.example", eventTypes: ["sandbox.*", "sandbox.test"] }] } },
    'invalid webhook event type filter: "sandbox.test"',
  ],
  [
    "webhooks that are none",
    create,
    { body: { webhooks: "https://a.example" } },
    type("expected=array, got=string, field=webhooks"),
  ],
  [
    "a size before a webhook",
    create,
    { body: { webhooks: [{}], diskMB: 1, cpuCount: 3 } },
    "cpuCount must be one of: 1, 2, 4 (got 3)",
  ],
  [
    "a pair of sizes before a disk",
    create,
    { body: { diskMB: 1, cpuCount: 2, memoryMB: 1024 } },
    "cpuCount 2 and memoryMB 1024 do not match an allowed tier; valid combinations: 1/1024, 1/4096, 2/8192, 4/16384, 8/32768, 16/65536",
  ],
  ["a webhook before a disk", create, { body: { diskMB: 1, webhooks: [{}] } }, url("")],
  [
    "a disk before a token",
    create,
    { body: { previewAuth: { token: "x" }, diskMB: 1 } },
    "diskMB must be at least 20480 (20GB)",
  ],
  ["tags that are no JSON", "/tags", put("{"), flat],
  ["tags that are no object", "/tags", put(["env"]), flat],
  ["tags that are not declared as JSON", "/tags", put({ env: "x" }, { "content-type": "text/plain" }), flat],
  ["tags that are too deep", "/tags", put(`${"[".repeat(2_000)}${"]".repeat(2_000)}`), flat],
  ["a tag that is no text", "/tags", put({ env: 1 }), 'tag "env": value must be a string'],
  ["a tag of 257 characters", "/tags", put({ env: "v".repeat(257) }), 'tag value for "env": length must be <= 256'],
  [
    "a tag of 256 characters in 512 bytes",
    "/tags",
    put({ env: "ü".repeat(256) }),
    'tag value for "env": length must be <= 256',
  ],
  ["a preview without a port", "/preview", { body: {} }, port],
  ["a preview without a body", "/preview", { method: "POST" }, port],
  ["a preview of the port null", "/preview", { body: { port: null } }, port],
  ["a preview of a port as a text", "/preview", { body: { port: "80" } }, type("expected=int, got=string, field=port")],
  ["half a second", "/timeout", { body: { timeout: 0.5 } }, type("expected=int, got=number 0.5, field=timeout")],
  ["burst as a text", create, { body: { burst: "yes" } }, type("expected=bool, got=string, field=burst")],
  ["a core that is true", create, { body: { cpuCount: true } }, type("expected=int, got=bool, field=cpuCount")],
  ["memory as a text", create, { body: { memoryMB: "4096" } }, type("expected=int, got=string, field=memoryMB")],
  ["envs that are a list", create, { body: { envs: [] } }, type("expected=object, got=array, field=envs")],
  ["no timeout", "/timeout", { body: {} }, timeout],
  ["a timeout of null", "/timeout", { body: { timeout: null } }, type("expected=int, got=null, field=timeout")],
];

describe("the vendor's words", () => {
  test.each(table)("for %s, and nothing comes of it", (_, path, options, error) =>
    withHarness({ contract }, async ({ call }) => {
      const { sandboxID } = (await call(create, { body: {} })).json;
      const target = path === create ? create : `${create}/${String(sandboxID)}${path}`;
      const refused = await call(target, options);
      expect([refused.status, refused.json]).toEqual([400, { error }]);
      expect(refused.headers.get("x-sandglass-reason")).not.toBeNull();
      expect((await call(create)).json).toHaveLength(1);
    }),
  );

  test.each([
    ["GET", "/api/nothing", "", 401, { error: "missing or invalid API key" }],
    ["POST", "/api", "wrong", 401, { error: "missing or invalid API key" }],
    ["GET", "/api/nothing?x=1", "sandglass-acme", 404, { message: "Not Found" }],
    ["GET", "/apiary", "", 404, { message: "Not Found" }],
    ["PUT", create, "sandglass-acme", 405, { error: "method not allowed" }],
    ["PUT", create, "", 405, { error: "method not allowed" }],
    ["OPTIONS", `${create}/sb-00000000?x=1`, "", 405, { error: "method not allowed" }],
    ["PUT", `${create}/sb-00000000/timeout`, "", 401, { error: "missing or invalid API key" }],
    ["PUT", `${create}/sb-00000000/timeout`, "sandglass-acme", 405, { error: "method not allowed" }],
  ])("for %s %s with the key %j: %i", (method, path, key, status, json) =>
    withHarness({ contract }, async ({ call }) => {
      const answer = await call(path, { method, key });
      expect([answer.status, answer.json]).toEqual([status, json]);
    }),
  );
});

describe("tags", () => {
  test("have a time in whole seconds, wherever it is told, and none once they are cleared", () =>
    withHarness({ contract }, async ({ call, clock }) => {
      const { sandboxID } = (await call(create, { body: {} })).json;
      const own = `${create}/${String(sandboxID)}`;
      clock.advance(1_999);
      const times = async () =>
        Promise.all([
          call(`${own}/tags`).then(({ json }) => json["tagsLastUpdatedAt"]),
          call(own).then(({ json }) => json["tagsLastUpdatedAt"]),
          call(create).then(({ json }) => json[0]!["tagsLastUpdatedAt"]),
        ]);
      const set = await call(`${own}/tags`, put({ env: "v".repeat(256) }));
      expect(set.json["tagsLastUpdatedAt"]).toBe("2026-01-02T03:04:06Z");
      expect(await times()).toEqual(Array(3).fill("2026-01-02T03:04:06Z"));
      const cleared = await call(`${own}/tags`, put({}));
      expect(cleared.json).toEqual({ tags: {}, tagsLastUpdatedAt: null });
      expect(await times()).toEqual([null, null, null]);
    }));
});
