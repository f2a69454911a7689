import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooseLaws, contracts } from "../conformance/index.ts";
import type { ContractName } from "../conformance/index.ts";
import { listComputedImports, listImports } from "./import-graph.ts";
import { judgeReference, told } from "./judge-reference.ts";
import { openComputerKeys, startOpenComputer } from "./reference/opencomputer.ts";
import { SteppedClock } from "./reference/stepped-clock.ts";
import { recoupCallers, startRecoup } from "./reference/recoup.ts";
import { listSources, readSource } from "./source-tree.ts";

// Our mock and our laws have one author, and so may share an error. Each contract has a second server, written from specs/
// alone: strict, and as lenient as the contract lets a server be. A law that fails on it is a defect of the law, unless the
// server breaks the contract.

/** SHOULD and MAY that a lenient server does not do, the same in each seed. */
const liberties: Readonly<Record<ContractName, readonly string[]>> = {
  recoup: [
    "recoup/create/timeout-whole", // sandboxes live for ten minutes
    "recoup/delete/credentials-first", // the form of account_id is judged before the key
    "recoup/list-runs/unknown-run", // 500, for foreign and unknown runs alike
    "recoup/list/account-members", // what is not set is left out
    "recoup/list/answer-shape", // the same
    "recoup/list/any-origin", // no CORS
    "recoup/list/becomes-running", // it boots for 20 s
    "recoup/list/newest-first", // the oldest first
    "recoup/setup/credentials-first", // the same
  ],
  opencomputer: [
    "opencomputer/create-preview/unknown-id", // 400, for foreign and unknown ids alike
    "opencomputer/create/broken-observed", // any values in envs and metadata
    "opencomputer/create/null-member", // null is read as left out
    "opencomputer/create/undeclared-json", // JSON as text/plain
    "opencomputer/create/zero-size", // so is 0, where it stands for a size
    "opencomputer/list-previews/unknown-id", // 200 and []
    "opencomputer/preview/challenge", // no WWW-Authenticate
    "opencomputer/preview/header-precedence", // either of two tokens opens
    "opencomputer/preview/killed-is-gone", // 410 before 401
    "opencomputer/preview/refusal-shape", // refusals at the gate are text
  ],
};

describe.each<[ContractName, readonly number[]]>([
  ["recoup", [1, 2, 3, 4, 5]],
  ["opencomputer", [1, 2, 3]],
])("the laws of %s", (name, seeds) => {
  test.each(seeds)("hold on a strict server, each of them judged: seed %i", async (seed) => {
    expect(await judgeReference(name, { seed })).toEqual({ failed: [], unjudged: [] });
  });

  test.each(seeds)("find on a lenient server what it takes the liberty of, and no more: seed %i", async (seed) => {
    expect(await judgeReference(name, { seed, lenient: true })).toEqual({
      failed: liberties[name].toSorted(),
      unjudged: [],
    });
  });

  test("find less in the profile core, and lack what it never sends", async () => {
    const judging = { seed: 1, profile: "core", createsMax: 40, lenient: true } as const;
    const { failed, unjudged } = await judgeReference(name, judging);
    expect(failed).toEqual(liberties[name].filter((id) => id.includes("/create/")).toSorted());
    expect(unjudged.filter(([, cause]) => cause !== "profile")).toEqual([]);
    expect(unjudged.length).toBeLessThan(contracts[name].laws.length);
  });

  test("are no MUST where a lenient server takes a liberty", () => {
    const taken = contracts[name].laws.filter(({ id }) => liberties[name].includes(id));
    expect(taken.filter(({ requirement }) => requirement === "MUST")).toEqual([]);
    expect(taken).toHaveLength(liberties[name].length);
  });
});

test("the laws of opencomputer about a quota of 8 are judged where 9 sandboxes may run at once", async () => {
  const laws = contracts.opencomputer.laws.filter(({ id, needs }) => needs.includes("quota") || id.includes("/get/"));
  const judging = { seed: 1, quota: 8, aliveMax: 9, createsMax: 40, laws };
  expect(await judgeReference("opencomputer", judging)).toEqual({ failed: [], unjudged: [] });
});

test("the default timeout of opencomputer is judged by waiting", async () => {
  const laws = chooseLaws(contracts.opencomputer.laws, { law: "opencomputer/create/timeout-default" });
  const judge = (waitMsMax: number) => judgeReference("opencomputer", { seed: 1, waitMsMax, laws });
  expect(await judge(302_000)).toEqual({ failed: [], unjudged: [] });
  expect(await judge(300_000)).toMatchObject({ unjudged: [["opencomputer/create/timeout-default", "input-missing"]] });
});

describe("the command, in real time", () => {
  let folder = "";
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "sandglass-reference-"))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // A server's clock may be another than the caller's.
  test.each<[ContractName, number, readonly string[]]>([
    ["recoup", 0, ["--member-account", told.recoup.memberAccount, "--foreign-account", told.recoup.foreignAccount]],
    ["opencomputer", 3_600_000, []],
    ["recoup", 0, ["--profile", "core"]],
    ["opencomputer", 0, ["--profile", "core"]],
  ])(
    "%s: exit 0, by a clock that is %i ms ahead, with %j",
    async (name, aheadMs, flags) => {
      const now = () => Date.now() + aheadMs;
      const server = await (name === "recoup" ? startRecoup({ now }) : startOpenComputer({ now }));
      const ledger = join(folder, `${[name, ...flags].join("-")}.jsonl`);
      const args = ["src/cli/main.ts", "conform", name, "--url", server.url, "--ledger", ledger, "--max-wait", "4"];
      const keys = { SANDGLASS_KEY: told[name].key, SANDGLASS_OTHER_KEY: told[name].otherKey };
      const child = spawn(process.execPath, [...args, ...flags], { env: { PATH: process.env["PATH"], ...keys } });
      let out = "";
      child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
      const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
      await server.close();
      const failed = [...out.matchAll(/^✗ (\S+)/gm)].map(([, id]) => id);
      expect({ code, failed }, out).toEqual({ code: 0, failed: [] });
    },
    120_000,
  );
});

describe("what no law judges so far is there all the same", () => {
  async function ask(url: string, key: string, path: string, body?: unknown, accept = "*/*") {
    const headers = { "x-api-key": key, accept, "content-type": "application/json" };
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(url + path, { headers, ...sent });
    return { status: response.status, text: await response.text() };
  }

  test("a create from an image is answered as a stream of events", async () => {
    const { url, close } = await startOpenComputer();
    const create = (image: object) => ask(url, openComputerKeys.acme, "/api/sandboxes", { image }, "text/event-stream");
    const step = { type: "run", args: { commands: ["true"] } };
    const built = await create({ steps: [step] });
    const failed = await create({ steps: [step, { type: "fly" }] });
    await close();
    expect(built.status).toBe(200);
    expect(built.text).toMatch(
      /^event: build_log\ndata: \{"step":1.*\}\n\nevent: result\ndata: \{"sandboxID":.*\}\n\n$/,
    );
    expect(failed.text).toMatch(/^event: error\ndata: \{"error":"[^\n]+\}\n\n$/);
  });

  test("a set-up gives the account a repository that takes files, as its run tells", async () => {
    const clock = new SteppedClock();
    const { url, close } = await startRecoup({ now: clock.now });
    const upload = { files: [{ url: "data:,hello", name: "a.txt" }], path: "notes" };
    const mine = (path: string, body?: unknown) => ask(url, recoupCallers.ada.key, path, body);
    const early = await mine("/api/sandboxes/files", upload);
    const { runId } = JSON.parse((await mine("/api/sandboxes/setup", {})).text) as { runId: string };
    clock.advance(5_000);
    const told = [
      await mine(`/api/tasks/runs?runId=${runId}`),
      await mine("/api/sandboxes/files", upload),
      await mine("/api/sandboxes/file?path=notes/a.txt"),
      await mine("/api/sandboxes"),
    ];
    const stranger = await ask(url, recoupCallers.eve.key, "/api/sandboxes/file?path=notes/a.txt");
    await close();
    expect([early.status, stranger.status]).toEqual([404, 404]);
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(told[0]?.text).toContain('"output":{"githubRepo":');
    expect(JSON.parse(told[2]?.text ?? "")).toEqual({ status: "success", content: "hello" });
    expect(told[3]?.text).toContain('{"path":"notes","type":"tree"');
  });
});

test("the reference servers import nothing of ours", () => {
  const measure = "test/reference/faults/measure.ts"; // a script, which no server imports
  const files = listSources().filter((file) => file.startsWith("test/reference/") && file !== measure);
  expect(files).toContain("test/reference/recoup.ts");
  const ours = files.flatMap((file) => listImports(file, readSource(file)));
  const elsewhere = ours.filter(({ imported }) => imported !== undefined && !imported.startsWith("test/reference/"));
  expect(elsewhere).toEqual([]);
  expect(files.flatMap((file) => listComputedImports(file, readSource(file)))).toEqual([]);
});
