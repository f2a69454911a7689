import { describe, expect, test } from "vitest";
import { withHarness } from "../harness.fixture.ts";

const contract = "recoup";
const sandboxes = "/api/sandboxes";
const files = `${sandboxes}/files`;
const setup = `${sandboxes}/setup`;
const missing = "Request body is required";
const notJson = "Request body must be valid JSON";
const uuid = "account_id must be a valid UUID";
const both = { command: "ls", prompt: "list" };

describe("the vendor's words", () => {
  // What is wrong, the method, the path, the body and where the fault is said to be.
  test.each([
    ["an account before a command", "POST", sandboxes, { command: "", account_id: "me" }, uuid, ["account_id"]],
    [
      "a command before an argument",
      "POST",
      sandboxes,
      { args: [1], command: "" },
      "command cannot be empty",
      ["command"],
    ],
    [
      "an argument before a prompt",
      "POST",
      sandboxes,
      { prompt: "", args: ["a", 1] },
      "Invalid input: expected string, received number",
      ["args", 1],
    ],
    [
      "a folder before a prompt",
      "POST",
      sandboxes,
      { prompt: "", cwd: 1 },
      "Invalid input: expected string, received number",
      ["cwd"],
    ],
    [
      "a member before two that exclude each other",
      "POST",
      sandboxes,
      { ...both, cwd: 1 },
      "Invalid input: expected string, received number",
      ["cwd"],
    ],
    ["two that exclude each other", "POST", sandboxes, both, "Cannot specify both command and prompt", ["prompt"]],
    [
      "a snapshot before an account",
      "PATCH",
      sandboxes,
      { account_id: "me", snapshotId: "" },
      "snapshotId cannot be empty",
      ["snapshotId"],
    ],
    [
      "an account before a repository",
      "PATCH",
      sandboxes,
      { github_repo: "x", account_id: "me" },
      uuid,
      ["account_id"],
    ],
    ["no body", "POST", sandboxes, undefined, missing, []],
    ["no body", "PATCH", sandboxes, undefined, missing, []],
    ["no body", "POST", files, undefined, notJson, []],
    ["malformed JSON", "POST", sandboxes, '{"command":', notJson, []],
    ["malformed JSON", "POST", files, '{"files":', notJson, []],
    ["a list", "DELETE", sandboxes, "[]", "Invalid input: expected object, received array", []],
  ] as const)("for %s in a %s of %s", (_, method, path, body, error, missing_fields) =>
    withHarness({ contract }, async ({ call }) => {
      const answer = await call(path, { method, body });
      expect([answer.status, answer.json]).toEqual([400, { status: "error", missing_fields, error }]);
      if (body === undefined) expect(answer.headers.get("x-sandglass-reason")).toMatch(/^body-missing .*no body/);
      expect((await call(sandboxes)).json["sandboxes"]).toEqual([]);
    }),
  );

  test.each([
    ["DELETE", sandboxes],
    ["PATCH", sandboxes],
    ["POST", setup],
  ])("take malformed JSON in a %s of %s for {}, as no document says otherwise", (method, path) =>
    withHarness({ contract }, async ({ call }) => {
      const asEmpty = await call(path, { method, body: {} });
      const answer = await call(path, { method, body: '{"account_id":"me"' });
      expect(answer.status).toBe(200);
      expect(Object.keys(answer.json ?? {})).toEqual(Object.keys(asEmpty.json ?? {}));
    }),
  );
});
