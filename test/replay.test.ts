import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../conformance/index.ts";
import { startMock } from "../mocks/index.ts";
import type { StartedMock } from "../mocks/index.ts";

const key = "sandglass-ada";
let folder = "";
let mock: StartedMock;
let report = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandglass-replay-"));
  report = join(folder, "report.json");
  mock = await startMock({ contract: "recoup", faults: [{ id: "B4" }, { id: "B5" }] });
});
afterAll(async () => {
  await mock.close();
  await rm(folder, { recursive: true, force: true });
});

async function sandglass(...args: readonly string[]) {
  const child = spawn(process.execPath, ["src/cli/main.ts", ...args], {
    env: { PATH: process.env["PATH"], SANDGLASS_KEY: key },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out, err };
}

test("findings that stand are told from those that are gone", async () => {
  const ledger = join(folder, "ledger.jsonl");
  const chosen = ["--law", "recoup/create/*", "--seed", "3", "--ledger", ledger];
  const files = ["junit", "md", "html", "sarif"].map((format) => `${format}=${join(folder, format)}`);
  const reports = [`json=${report}`, ...files].join(",");
  const judged = await sandglass("conform", "recoup", "--url", mock.url, ...chosen, "--report", reports);
  expect(judged.code).toBe(1);
  const { laws } = JSON.parse(await readFile(report, "utf8")) as Report;
  const failed = laws.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
  expect(failed).toEqual(["recoup/create/malformed-json", "recoup/create/account-id-format"]);
  for (const format of ["junit", "md", "html", "sarif"]) {
    expect(await readFile(join(folder, format), "utf8")).toContain("recoup/create/malformed-json");
  }

  const first = join(folder, "replay.jsonl");
  const standing = await sandglass("replay", report, "--url", mock.url, "--ledger", first);
  expect(standing.out).toContain("2 still stand, 0 are gone, 0 could not be judged");
  expect(standing.code).toBe(1);
  const creates = (await readFile(first, "utf8")).match(/"type":"intended","create":\d+/g) ?? [];
  expect(creates.length).toBeGreaterThan(1);
  expect(new Set(creates).size).toBe(creates.length);

  mock.defaultWorld().setFaults([{ id: "B4" }]);
  const half = await sandglass("replay", report, "--url", mock.url, "--ledger", join(folder, "replay-1.jsonl"));
  expect(half.out).toMatch(/^✗ recoup\/create\/malformed-json {2}MUST: /m);
  expect(half.out).toMatch(/^✓ recoup\/create\/account-id-format {2}MUST: it holds now$/m);
  expect(half.code).toBe(1);

  mock.defaultWorld().setFaults([]);
  const mended = await sandglass("replay", report, "--url", mock.url, "--ledger", join(folder, "replay-2.jsonl"));
  expect(mended).toMatchObject({ code: 0, err: "" });
  expect(mended.out).toContain("0 still stand, 2 are gone");
}, 60_000);

test.each([
  ["is not there", undefined, /there is no such file: check the path/],
  ["is no JSON", "{", /is no report: it is not JSON/],
  ["is something else", "{}", /is no report: /],
])("a report that %s: exit 2 and what to do", async (_, text, message) => {
  const file = join(folder, "other.json");
  if (text !== undefined) await writeFile(file, text);
  const { code, err } = await sandglass(
    "replay",
    text === undefined ? join(folder, "none.json") : file,
    "--url",
    mock.url,
  );
  expect(code).toBe(2);
  expect(err).toMatch(message);
});

test("a finding of a server that is gone cannot be judged: exit 2", async () => {
  const { code, err } = await sandglass("replay", report, "--url", "http://127.0.0.1:1");
  expect(code).toBe(2);
  expect(err).toMatch(/does not answer/);
});
