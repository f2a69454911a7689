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

const erasedOwn: Said = {
  ...erased,
  answer: { status: "success", deleted_snapshot: { ...row, github_repo: "https://x/own" } },
};
const setAgain: Said = {
  operation: "updateSandboxSnapshot",
  json: { github_repo: "https://x/own" },
  answer: { ...row, github_repo: "https://x/own", created_at: "2001-09-09T01:46:40.000Z" },
};
const setUp = (more: Partial<Said> = {}): Said => ({
  ...{ operation: "setupSandbox", json: {}, answer: { status: "success", runId: "run_1" } },
  ...more,
});
const runAt = (id: string, ms: number) => ({ id, status: "QUEUED", createdAt: new Date(1e12 + ms).toISOString() });
const runs = (...listed: readonly object[]): Said => ({
  operation: "listTaskRuns",
  answer: { status: "success", runs: listed },
});

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
  [
    "a file that is back with its repository",
    [keeps(), upload("one"), erasedOwn, setAgain, read("one")],
    ["delete/erases"],
  ],
  ["a file that is uploaded anew", [keeps(), upload("one"), erasedOwn, setAgain, upload("one"), read("one")], []],
  [
    "an upload that finds no repository where there is one",
    [keeps(), upload("one", { status: 404, answer: { error: "none" } })],
    ["upload/answers-committed"],
  ],
  [
    "the name in git of another file",
    [keeps(), upload("one", { answer: { status: "success", uploaded: [{ path: "a.txt", sha: "0".repeat(40) }] } })],
    ["upload/answers-committed"],
  ],
  ["a record that nothing has made", [{ ...keeps(), answer: null }, keeps()], ["update/answers-stored"]],
  ["one run for two set-ups", [setUp(), setUp()], ["list-runs/unique-ids"]],
  ["the newest run first", [setUp(), runs(runAt("run_1", 0), runAt("run_0", -5_000))], []],
  ["an older run first", [setUp(), runs(runAt("run_0", -5_000), runAt("run_1", 0))], ["list-runs/newest-first"]],
  [
    "runs that refused set-ups have started",
    [...[0, 1].map(() => setUp({ status: 403, answer: { error: "no" } })), runs(runAt("run_8", 10), runAt("run_9", 0))],
    ["list-runs/none-unasked"],
  ],
])("%s", (_, said, clauses) => {
  expect(judge(...said)).toEqual(clauses);
});
