import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { contracts, recordWriters, runLaws } from "../conformance/command.ts";
import type { RecordingEntry, Report } from "../conformance/command.ts";
import { createMock } from "../mocks/index.ts";
import { runProgram } from "../src/cli/program.ts";
import { dayKeys, recordDay } from "./app-day.ts";

const folder = mkdtempSync(join(tmpdir(), "sandglass-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

let count = 0;

/** Judges recordings by the command; what it printed, its exit code, and all its reports. */
async function check(texts: readonly string[], ...flags: readonly string[]) {
  count += 1;
  const files = texts.map((text, index) => {
    const file = join(folder, `day-${count}-${index}`);
    writeFileSync(file, text);
    return file;
  });
  const report = (form: string) => join(folder, `${count}.${form}`);
  const forms = ["json", "junit", "md", "html", "sarif", "github"] as const;
  const reports = forms.map((form) => `${form}=${report(form)}`).join(",");
  const out: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  const code =
    (await runProgram(["check", "opencomputer", ...files, "--report", reports, ...flags])) ?? process.exitCode;
  vi.restoreAllMocks();
  const { laws, recording, conclusion } = JSON.parse(readFileSync(report("json"), "utf8")) as Report;
  const failed = laws.filter(({ verdict }) => verdict === "fail");
  const all = [out.join(""), ...forms.map((form) => readFileSync(report(form), "utf8"))].join("\n");
  return { code, out: out.join(""), failed, recording, conclusion, all, files };
}

/** The same entries, one on each line. */
function asLines(har: string): string {
  const { log } = JSON.parse(har) as { log: { entries: unknown[] } };
  return log.entries.map((entry) => JSON.stringify(entry)).join("\n");
}

describe("the day of an app", () => {
  test("is clean on a mock that keeps the contract, as an archive and line by line", async () => {
    const day = await recordDay();
    for (const text of [day, asLines(day)]) {
      const { code, failed, recording, out } = await check([text]);
      expect(failed.map(({ id, reason }) => [id, reason])).toEqual([]);
      expect({ code, out }).toMatchObject({
        code: 0,
        out: expect.stringMatching(/MUSTs that were judged is broken/) as string,
      });
      expect(recording).toMatchObject({ origins: ["http://api.cloud.test"], isGuessed: true, broken: { count: 0 } });
      expect(recording?.judged).toBe(recording?.entries);
    }
  });

  test.each([
    ["create-answers-200", "create/answer-shape"],
    ["unauthorized-says-message", "create/refusal-shape"],
    ["time-without-zone", "get/answer-shape"],
    ["timeout-in-wrong-unit", "set-timeout/restarts"],
    ["bad-request-is-html", "create/error-shape"],
    ["killed-reads-as-running", "kill/stops"],
    ["timeout-never-fires", "create/timeout-fires"],
    ["timeout-lost-on-wake", "wake/timeout-kept"],
    ["creation-time-drifts", "get/started-at-fixed"],
    ["other-tenant-can-read", "get/foreign"],
    ["other-tenant-can-kill", "kill/foreign"],
    ["list-shows-all-tenants", "list/foreign"],
    ["preview-gate-open", "preview/token-missing"],
    ["preview-old-token-accepted", "rotate-preview-token/old-token-dies"],
    ["preview-token-shown-again", "create/token-hidden"],
    ["killed-in-flight", "sandbox/unasked-change"],
  ])("shows the fault %s by %s, with its place", async (fault, law) => {
    const day = await recordDay([{ id: fault }]);
    const { failed, files } = await check([day], "--keys-apart");
    expect(failed.map(({ id }) => id)).toContain(`opencomputer/${law}`);
    const lines = day.split("\n");
    for (const { place, reason } of failed) {
      expect(place?.file).toBe(files[0]);
      expect(lines[place!.line - 1]).toMatch(/^\s*\{$/); // an entry begins there
      expect(reason).toContain(`${files[0]}:${place!.line}, entry ${place!.entry}`);
    }
  });

  test.each(["a file", "standard input"])(
    "shows a breach again by the command that is printed, from %s",
    async (from) => {
      const file = join(folder, "day of an app.har");
      writeFileSync(file, await recordDay([{ id: "list-shows-all-tenants" }]));
      const env = { ...process.env, RECORDING: file };
      const run = (command: string) =>
        spawnSync("sh", ["-c", command.replace(/^npx sandglass/, `${process.execPath} src/cli/sandglass.js`)], {
          ...{ env, encoding: "utf8" },
        });
      const recording = from === "a file" ? `'${file}'` : '- < "$RECORDING"';
      const first = run(`npx sandglass check opencomputer ${recording} --host api.cloud.test --keys-apart`);
      const again = /^ *again +(npx .*--law opencomputer\/list\/foreign)$/m.exec(first.stdout)?.[1];
      const second = run(again ?? "exit 9");
      expect([first.status, second.status, second.stderr]).toEqual([1, 1, ""]);
      expect(second.stdout).toMatch(/1 law\n[^]*✗ MUST opencomputer\/list\/foreign/);
    },
  );

  test("is no breach where its keys may be of one organisation", async () => {
    const day = await recordDay([{ id: "other-tenant-can-read" }]);
    const { code, failed, recording } = await check([day]);
    expect(failed.map(({ id, reason }) => [id, reason])).toEqual([]);
    expect({ code, apart: recording?.keysApart, callers: recording?.callers }).toEqual({
      code: 0,
      apart: false,
      callers: 3,
    });
  });

  test("is clean where its lists may lag behind, if they do", async () => {
    const { log } = JSON.parse(await recordDay()) as { log: { entries: Record<string, unknown>[] } };
    const [empty, created, next] = log.entries;
    const late = { ...empty, startedDateTime: next!["startedDateTime"], time: 1 };
    const text = JSON.stringify({ log: { ...log, entries: [empty, created, late, ...log.entries.slice(2)] } });
    const lagged = await check([text]);
    expect(lagged.failed.map(({ id }) => id)).toEqual(["opencomputer/list/read-back"]); // a SHOULD
    expect(await check([text], "--lists-lag", "500")).toMatchObject({ failed: [], code: 0 });
  });

  test("is clean where it begins in the middle, whatever was before", async () => {
    const lines = asLines(await recordDay()).split("\n");
    for (let from = 1; from < lines.length; from += 4) {
      const { failed } = await check([lines.slice(from).join("\n")], "--keys-apart");
      expect({ from, failed: failed.map(({ id, reason }) => [id, reason]) }).toEqual({ from, failed: [] });
    }
  });

  test("is clean where the recorder has left out credentials, bodies or answers", async () => {
    const day = JSON.parse(await recordDay()) as { log: { entries: { request: object; response: object }[] } };
    const { entries } = day.log;
    const variants = {
      "no credentials": entries.map(({ request, ...entry }) => ({ ...entry, request: { ...request, headers: [] } })),
      "no bodies of answers": entries.map(({ response, ...entry }) => ({
        ...entry,
        response: { ...response, content: { size: 9 } },
      })),
      "no bodies of requests": entries.map(({ request, ...entry }) => ({
        ...entry,
        request: { ...request, postData: undefined, bodySize: 9 },
      })),
      "every third answer lost": entries.map((entry, index) =>
        index % 3 === 1 ? { ...entry, response: { status: 0 } } : entry,
      ),
    };
    for (const [what, kept] of Object.entries(variants)) {
      const { failed } = await check([kept.map((entry) => JSON.stringify(entry)).join("\n")]);
      expect({ what, failed: failed.map(({ id, reason }) => [id, reason]) }).toEqual({ what, failed: [] });
    }
  });

  test("leaves no key and no token in what is told of it, whatever went wrong", async () => {
    const day = await recordDay(
      ["create-answers-200", "unauthorized-says-message", "time-without-zone", "bad-request-is-html"].map((id) => ({
        id,
      })),
    );
    const canary = "canary-0815-key-of-the-caller";
    const spoilt = day.replaceAll(dayKeys.own, canary).replaceAll('"team": "blue"', `"team": "${canary}"`);
    const { failed, all } = await check([spoilt]);
    const tokens = [...day.matchAll(/previewAuthToken[\\":\s]+([\w-]{20,})/g)].map(([, token]) => token!);
    expect(failed.length).toBeGreaterThan(3);
    expect(tokens.length).toBeGreaterThan(1);
    expect([canary, dayKeys.other, "wrong-key", ...tokens].filter((secret) => all.includes(secret))).toEqual([]);
    expect(all).toContain("$SANDGLASS_");
  });
});

test("a recording that begins in the middle, ends in the middle or holds something else is told as such", async () => {
  const day = await recordDay();
  const lines = asLines(day).split("\n");
  const noise = JSON.stringify({
    ...{ startedDateTime: "2026-01-06T08:00:00.000Z", time: 1 },
    request: { method: "GET", url: "https://elsewhere.test/app.js?key=k", headers: [] },
    response: { status: 200, headers: [], content: {} },
  });
  const unknown = noise.replace("https://elsewhere.test/app.js", "http://api.cloud.test/api/keys");
  const text = [...lines.slice(20), noise, unknown, "{"].join("\n");
  const { code, out, recording } = await check([text]);
  expect(code).toBe(0);
  expect(recording).toMatchObject({
    elsewhere: { count: 1, some: ["elsewhere.test"] },
    unknown: { count: 1, some: ["GET /api/keys"] },
    broken: { count: 1, some: [expect.stringMatching(/:\d+, entry \d+: the line is not a JSON object$/)] },
  });
  expect(out).toContain("1 went to other hosts: elsewhere.test");
});

test("of nothing that is about the API, nothing is judged, and that is no success", async () => {
  const { code, out } = await check([await recordDay()], "--base-url", "https://other.test");
  expect({ code, out }).toMatchObject({ code: 2, out: expect.stringContaining("Nothing was judged.") as string });
  expect(out).toContain("no request of it went to the API: say which is the API with --base-url or --host");
  const other = await check(["# A page", "<p>and no recording"].map((line) => `${line}\n`));
  expect(other.code).toBe(2);
  expect(other.out).toMatch(/2 cannot be read: \S+:1, entry 1: the line is not a JSON object/);
});

test("what a run has recorded is clean, too: keys stay apart by the names of their masks, tokens by theirs", async () => {
  const mock = createMock({ clockScale: 0, startMs: Date.UTC(2026, 0, 5) });
  const { clock } = mock.defaultWorld();
  const texts = { ndjson: [] as string[], har: [] as string[] };
  const record = (entry: RecordingEntry) => {
    for (const form of ["ndjson", "har"] as const) texts[form].push(recordWriters[form].format(entry) ?? "");
  };
  const target = { baseUrl: "http://127.0.0.1", key: dayKeys.own, otherKey: dayKeys.other, clock };
  const run = { clock, seed: 3, contract: contracts.opencomputer, record, sleep: () => Promise.resolve() };
  const fetch = (request: Request) => mock.fetch("opencomputer", request);
  for await (const event of runLaws({ ...run, target: { ...target, fetch } })) void event;
  const { begin, between, end } = recordWriters.har;
  const har = `${begin}${texts.har.filter((text) => text !== "").join(between)}${end}`;
  for (const text of [texts.ndjson.join("\n"), har]) {
    const { failed, recording, all } = await check([text]);
    expect(failed.map(({ id, reason }) => [id, reason])).toEqual([]);
    expect(recording).toMatchObject({ keysApart: true, broken: { count: 0 } });
    expect(recording!.judged).toBeGreaterThan(1_000);
    expect(all).not.toContain(dayKeys.own);
  }
}, 60_000);
