import { expect, test } from "vitest";
import { createJudge } from "../../kit/model/judge.ts";
import type { ObservedExchange } from "../../kit/model/observed-exchange.ts";
import { createRecoupModel } from "./index.ts";

type Said = { by?: string; operation: string; json?: unknown; path?: string; status?: number; answer?: unknown };

/** What the model says of a conversation, each of whose answers takes a millisecond. */
function judge(...said: readonly Said[]): readonly string[] {
  const held = createJudge(createRecoupModel({ isFromStart: true }));
  const wrong = said.flatMap(({ by = "own", operation, json, path, status = 200, answer }, index) => {
    const url = `http://x/api${path === undefined ? "" : `?path=${path}`}`;
    const headers = { "content-type": "application/json" };
    const request = { method: json === undefined ? "GET" : "POST", url, headers, body: JSON.stringify(json) ?? "" };
    const response = { status, headers, body: JSON.stringify(answer) ?? "", json: answer };
    const atMs = 1e12 + index * 10;
    const times = { number: index + 1, sentAtMs: atMs, answeredAtMs: atMs + 1 };
    return held.take({ ...times, actor: by, operation, path: {}, request, response } satisfies ObservedExchange);
  });
  return [...wrong, ...held.finish()]
    .map(({ clause }) => clause.replace("recoup/", ""))
    .filter((id) => !id.endsWith("shape"));
}

const row = {
  account_id: "a",
  snapshot_id: null,
  expires_at: null,
  github_repo: "https://x/y",
  created_at: "2026-01-01T00:00:00.000Z",
};
const keeps = (by = "own"): Said => ({
  by,
  operation: "updateSandboxSnapshot",
  json: {},
  answer: { ...row, github_repo: `https://x/${by}` },
});
const upload = (text: string, more: Partial<Said> = {}): Said => ({
  operation: "uploadSandboxFiles",
  json: { files: [{ url: `data:,${text}`, name: "a.txt" }] },
  answer: { status: "success", uploaded: [{ path: "a.txt", sha: "1" }] },
  ...more,
});
const read = (content: string): Said => ({
  operation: "getSandboxFile",
  path: "a.txt",
  answer: { status: "success", content },
});
const missing: Said = { operation: "getSandboxFile", path: "a.txt", status: 404, answer: { error: "none" } };
const erased: Said = { operation: "deleteSandboxes", json: {}, answer: { status: "success", deleted_snapshot: row } };

test.each<[string, readonly Said[], readonly string[]]>([
  ["a file as it was uploaded last", [keeps(), upload("one"), read("one"), upload("two"), read("two")], []],
  ["a stale file", [keeps(), upload("one"), read("one"), upload("two"), read("one")], ["get-file/as-uploaded"]],
  ["no file where one was uploaded", [keeps(), upload("one"), missing], ["get-file/as-uploaded"]],
  ["a file that outlives its repository", [upload("one"), erased, read("one")], ["delete/erases"]],
  [
    "what a refused upload has written",
    [keeps(), missing, upload("half", { status: 400, answer: { error: "broken" } }), read("half")],
    ["account/refusal-changes-nothing"],
  ],
  [
    "a file of another's repository",
    [keeps("other"), upload("one", { by: "other" }), keeps(), missing, read("one")],
    ["get-file/own-repository"],
  ],
])("%s", (_, said, clauses) => {
  expect(judge(...said)).toEqual(clauses);
});
