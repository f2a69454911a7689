import { expect, test } from "vitest";
import type { ObservedExchange } from "../kit/model/observed-exchange.ts";
import { createJudge } from "../kit/model/judge.ts";
import { opencomputer } from "./contract.ts";
import { createOpenComputerModel } from "./model/index.ts";

const startMs = Date.UTC(2026, 0, 2);
const id = "sb-1f0c9a2e";
const instant = (afterMs: number) => new Date(startMs + afterMs).toISOString();

type Said = Partial<Pick<ObservedExchange, "actor" | "isAnonymous">> & {
  readonly operation: string;
  readonly sent?: unknown;
  readonly status: number;
  readonly told?: unknown;
  readonly file?: string;
  readonly checkpointId?: string;
};

/** What the model says of these exchanges, ten seconds apart, after a create. */
function judgeAll(created: unknown, ...said: readonly Said[]): readonly string[] {
  const judge = createJudge(createOpenComputerModel());
  const place = { sandboxID: id, status: "running", region: "use2", workerID: "w-1" };
  const all: readonly Said[] = [{ operation: "createSandbox", sent: created, status: 201, told: place }, ...said];
  const found = all.flatMap((each, index) => {
    const { operation, sent, status, told, actor = "acme", isAnonymous = false, file, checkpointId } = each;
    const url = `http://target.test/${file === undefined ? "" : `?path=${file}`}`;
    const path = { id, ...(checkpointId === undefined ? {} : { checkpointId }) };
    const [sentAtMs, body] = [startMs + index * 10_000, JSON.stringify(sent)];
    const headers = { "content-type": operation === "readFile" ? "application/octet-stream" : "application/json" };
    return judge.take({
      ...{ number: index + 1, operation, path: operation === "createSandbox" ? {} : path, isAnonymous },
      actor: isAnonymous ? undefined : actor,
      request: { method: "POST", url, headers, ...(body === undefined ? {} : { body }) },
      response: { status, headers, body: JSON.stringify(told) ?? "", json: told },
      ...{ sentAtMs, answeredAtMs: sentAtMs + 10 },
    });
  });
  return [...found, ...judge.finish()].map(({ clause }) => clause.replace("opencomputer/", ""));
}

const got = { sandboxID: id, status: "running", startedAt: instant(0) };
const gotAs = (status: string): Said => ({ operation: "getSandbox", status: 200, told: { ...got, status } });
const hibernated: Said = { operation: "hibernateSandbox", status: 200, told: { sandboxID: id, status: "hibernated" } };
const killed: Said = { operation: "killSandbox", status: 204 };
const written = (file: string, sent: string): Said => ({ operation: "writeFile", file, sent, status: 204 });
const read = (file: string, told?: string): Said => ({ operation: "readFile", file, status: 200, told });
const deleted = (file: string): Said => ({ operation: "deleteFile", file, status: 204 });
const ran = (cmd: string): Said => ({
  ...{ operation: "runCommand", sent: { cmd }, status: 200 },
  told: { exitCode: 0, stdout: "", stderr: "" },
});
const checkpoint = {
  ...{ id: "cp-1", sandboxId: id, name: "one", status: "ready", sizeBytes: 1 },
  createdAt: instant(20_000),
};
const restored = { sandboxId: id, checkpointId: "cp-1", status: "restoring" };
const record = {
  id: "pv-1",
  sandboxId: id,
  hostname: `${id}-p3000.example.test`,
  port: 3000,
  createdAt: instant(10_000),
};

test.each<[string, clause: string, created: unknown, ...said: Said[]]>([
  [
    "a request without a key is carried out",
    "get/credentials-none",
    {},
    { operation: "getSandbox", status: 200, told: got, isAnonymous: true },
  ],
  [
    "the time of tags is that of others",
    "replace-tags/answers-new",
    {},
    {
      operation: "replaceSandboxTags",
      sent: { a: "1" },
      status: 200,
      told: { tags: { a: "1" }, tagsLastUpdatedAt: instant(0) },
    },
  ],
  [
    "a record has another authConfig than was sent",
    "create-preview/record",
    {},
    {
      operation: "createPreview",
      sent: { port: 3000, authConfig: { a: 1 } },
      status: 201,
      told: { ...record, authConfig: {} },
    },
  ],
  [
    "a record was made at another time",
    "create-preview/record",
    {},
    { operation: "createPreview", sent: { port: 3000 }, status: 201, told: { ...record, createdAt: instant(-60_000) } },
  ],
  [
    "a record changes where its port is listed again",
    "create-preview/same-port",
    {},
    { operation: "createPreview", sent: { port: 3000 }, status: 201, told: record },
    { operation: "createPreview", sent: { port: 3000 }, status: 200, told: { ...record, createdAt: instant(20_000) } },
  ],
  [
    "another template is shown than was asked for",
    "get/members-kept",
    { templateID: "python" },
    { operation: "getSandbox", status: 200, told: { ...got, template: "base" } },
  ],
  [
    "another size is shown than was asked for",
    "get/sizes-kept",
    { cpuCount: 2 },
    { operation: "getSandbox", status: 200, told: { ...got, cpuCount: 4 } },
  ],
  [
    "an answer shows the metadata of the create",
    "create/notes-hidden",
    { metadata: { note: "no-answer-shows-this" } },
    { operation: "getSandbox", status: 200, told: { ...got, notes: ["no-answer-shows-this"] } },
  ],
  [
    "a sandbox ended at another time than it was killed",
    "get/end-told",
    {},
    killed,
    { operation: "getSandbox", status: 200, told: { ...got, status: "stopped", endAt: instant(7_210_000) } },
  ],
  [
    "a sandbox ended that runs",
    "get/end-told",
    {},
    { operation: "getSandbox", status: 200, told: { ...got, endAt: instant(10_000) } },
  ],
  [
    "there is a time of tags where there are none",
    "get-tags/time-kept",
    {},
    { operation: "getSandboxTags", status: 200, told: { tags: {}, tagsLastUpdatedAt: instant(0) } },
  ],
  [
    "a list holds an older sandbox first",
    "list/newest-first",
    {},
    {
      operation: "listSandboxes",
      status: 200,
      told: [{ ...got, sandboxID: "sb-older", startedAt: instant(-60_000) }, got],
    },
  ],
  [
    "a file is not what was written",
    "write-file/read-back",
    {},
    written("a.txt", "one"),
    read("/home/sandbox/a.txt", "on"),
  ],
  [
    "a file is another one after hibernation",
    "read-file/kept-until-kill",
    {},
    written("a.txt", "one"),
    hibernated,
    read("a.txt", "other"),
  ],
  [
    "a file is not the checkpoint's once that is restored",
    "restore-checkpoint/files-back",
    {},
    written("a.txt", "one"),
    { operation: "createCheckpoint", status: 201, told: checkpoint },
    written("a.txt", "two"),
    { operation: "restoreCheckpoint", checkpointId: "cp-1", status: 200, told: restored },
    read("a.txt", "two"),
  ],
  ["a command is run in a stopped sandbox", "inside/when-stopped", {}, killed, ran("ls")],
  ["another organisation runs a command", "run-command/foreign", {}, { ...ran("ls"), actor: "globex" }],
  ["another organisation reads a file", "read-file/foreign", {}, { ...read("a.txt", "one"), actor: "globex" }],
  ["another organisation writes a file", "inside/foreign", {}, { ...written("a.txt", "one"), actor: "globex" }],
  ["a caller without a key runs a command", "inside/credentials-none", {}, { ...ran("ls"), isAnonymous: true }],
  [
    "a command does not put the timeout off",
    "inside/activity",
    { timeout: 25 },
    { operation: "getSandbox", status: 200, told: got },
    ran("printf out"),
    gotAs("hibernated"),
  ],
])("the model sees that %s", (_, clause, created, ...said) => {
  expect(judgeAll(created, ...said)).toEqual([clause]);
});

test.each<[string, ...said: Said[]]>([
  [
    "a command wakes a sandbox that hibernates",
    hibernated,
    ran("ls"),
    { operation: "getSandbox", status: 200, told: got },
  ],
  [
    "a request of no contract may wake it",
    hibernated,
    { operation: "runAgent", status: 200, told: {} },
    gotAs("hibernated"),
  ],
  ["a command may write any file", written("a.txt", "one"), ran("sed -i s/one/two/ a.txt"), read("a.txt", "two")],
  ["a program writes after it was started", ran("npm run dev &"), written("a.txt", "one"), read("a.txt", "two")],
  ["a recording leaves out what was read", written("a.txt", "one"), { ...read("a.txt"), told: undefined }],
  ["a folder is deleted", written("a/b.txt", "one"), deleted("a"), read("a/b.txt", "two")],
])("the model allows that %s", (_, ...said) => {
  expect(judgeAll({}, ...said)).toEqual([]);
});

test.each<[string, json: unknown, isHarmless: boolean]>([
  ["runCommand", { cmd: "printf out; printf err >&2" }, true],
  ["runCommand", { cmd: "exit 3" }, true],
  ["runCommand", { cmd: "echo $SECRET" }, false],
  ["runCommand", { cmd: "echo x > /etc/passwd" }, false],
  ["runCommand", { cmd: "echo", args: ["x"] }, true],
  ["runCommand", { cmd: "echo", args: ["$SECRET"] }, false],
  ["startCommand", { cmd: "sleep", args: ["60"] }, false],
  ["runCommand", { cmd: "rm -rf /" }, false],
  ["runCommand", { cmd: "echo a & sleep 9" }, false],
  ["runCommand", { cmd: "uname -a && cat /etc/os-release" }, false],
  ["runCommand", {}, true],
  ["createExecSession", { cmd: "bash" }, false],
  ["createPty", {}, false],
  ["writeFile", undefined, true],
])("%s of %o is harmless to a deployment: %s", (operation, json, isHarmless) => {
  const { of, harmless } = opencomputer.programs;
  expect(of({ operation, json }).every((name) => harmless.includes(name))).toBe(isHarmless);
});

test("the model allows all of it where it is right", () => {
  const said: readonly Said[] = [
    { operation: "getSandbox", status: 401, told: { error: "missing or invalid API key" }, isAnonymous: true },
    {
      operation: "getSandbox",
      status: 200,
      told: { ...got, endAt: "0001-01-01T00:00:00Z", template: "python", cpuCount: 2 },
    },
    { operation: "createPreview", sent: { port: 3000 }, status: 201, told: { ...record, createdAt: instant(30_000) } },
    {
      operation: "replaceSandboxTags",
      sent: { a: "1" },
      status: 200,
      told: { tags: { a: "1" }, tagsLastUpdatedAt: instant(40_000) },
    },
  ];
  expect(judgeAll({ templateID: "python", cpuCount: 2 }, ...said)).toEqual([]);
});

test("in a recording that begins in the middle, a port that is none may be refused as such", () => {
  const judge = createJudge(createOpenComputerModel());
  const json = { "content-type": "application/json" };
  const about = (number: number) => ({ number, actor: "acme", isAnonymous: false, sentAtMs: startMs + number * 100 });
  const refused = { status: 400, headers: json, body: '{"error":"no port"}', json: { error: "no port" } };
  const request = { method: "DELETE", url: "http://target.test/", headers: {} };
  const taken = judge.take({
    ...{ ...about(1), operation: "deletePreview", path: { id, port: "80abc" }, request, response: refused },
    answeredAtMs: startMs + 150,
  });
  const read = judge.take({
    ...{ ...about(2), operation: "getSandbox", path: { id }, request: { ...request, method: "GET" } },
    response: { status: 200, headers: json, body: JSON.stringify(got), json: got },
    answeredAtMs: startMs + 250,
  });
  expect([...taken, ...read, ...judge.finish()]).toEqual([]);
});
