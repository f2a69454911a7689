import { expect, test } from "vitest";
import { parseConformOptions } from "./conform-options.ts";
import type { RawConformOptions } from "./conform-options.ts";

const uuid = "550e8400-e29b-41d4-a716-446655440000";
const given: RawConformOptions = { url: ["http://h"], key: ["k"] };

function targetOf(raw: RawConformOptions, context: Parameters<typeof parseConformOptions>[2] = {}) {
  return parseConformOptions("recoup", raw, context).targets[0]?.target;
}

test("one contract takes a bare URL and key, and all else has a default", () => {
  expect(parseConformOptions("recoup", given)).toMatchObject({
    targets: [{ name: "recoup", target: { baseUrl: "http://h", key: "k" } }],
    profile: "deployment",
    waivers: [],
    plan: false,
    failOn: "MUST",
    requireAll: false,
    reports: [],
  });
});

test("with all, a value named for a contract goes before a bare one", () => {
  const raw = { url: ["recoup=http://r", "opencomputer=http://o"], key: ["recoup=r", "other"] };
  expect(parseConformOptions("all", raw).targets).toMatchObject([
    { name: "recoup", target: { baseUrl: "http://r", key: "r" } },
    { name: "opencomputer", target: { baseUrl: "http://o", key: "other" } },
  ]);
});

test("the keys of the environment stand in for the flags, and only then", () => {
  const environment = { key: "from-environment", otherKey: "other-from-environment" };
  expect(targetOf({ url: ["http://h"] }, { environment })).toMatchObject({
    key: "from-environment",
    otherKey: "other-from-environment",
  });
  expect(targetOf({ ...given, otherKey: ["o"] }, { environment })).toMatchObject({ key: "k", otherKey: "o" });
});

test("a flag goes before the configuration", () => {
  const config = {
    recoup: {
      url: "http://c",
      quota: 3,
      memberAccount: "m",
      unsupported: ["listTaskRuns"],
      harmlessCommands: ["true"],
    },
  };
  expect(targetOf({ key: ["k"], memberAccount: uuid }, { config })).toMatchObject({
    baseUrl: "http://c",
    quota: 3,
    memberAccount: uuid,
    unsupported: ["listTaskRuns"],
    harmlessCommands: ["true"],
  });
});

test("limits are read, seconds as milliseconds", () => {
  const raw = { ...given, maxCreates: "9", maxAlive: "2", maxMinutes: "0.5", rate: "4", maxWait: "7", clock: "wait" };
  expect(parseConformOptions("recoup", raw).limits).toEqual({
    createsMax: 9,
    aliveMax: 2,
    minutesMax: 0.5,
    ratePerSecond: 4,
    waitMsMax: 7_000,
    clockMode: "wait",
  });
});

test("how many laws are judged side by side is said by a flag, or for a contract by the configuration", () => {
  const config = { recoup: { concurrency: 2 } };
  const said = (raw: object) => parseConformOptions("recoup", { ...given, ...raw }, { config }).targets[0]?.concurrency;
  expect([said({}), said({ concurrency: "1" })]).toEqual([2, 1]);
});

test("a seed is a whole number that fits 31 bits, a shard is one of several", () => {
  const options = parseConformOptions("recoup", { ...given, seed: "2147483647", shard: "2/3" });
  expect(options).toMatchObject({ seed: 2147483647, shard: { shard: 2, of: 3 } });
});

test("--json is the JSON report", () => {
  const reports = [{ format: "md", file: "a.md" }] as const;
  expect(parseConformOptions("recoup", { ...given, json: "b.json" }, { reports }).reports).toEqual([
    { format: "md", file: "a.md" },
    { format: "json", file: "b.json" },
  ]);
});

test.each<[string, string, RawConformOptions, RegExp]>([
  ["no such contract", "other", given, /^there is no contract "other": it is recoup, opencomputer or all$/],
  ["no URL", "recoup", { key: ["k"] }, /^where does recoup listen\? Say --url URL$/],
  ["a URL for another contract", "recoup", { ...given, url: ["opencomputer=http://o"] }, /^where does recoup listen\?/],
  ["no key", "recoup", { url: ["http://h"] }, /^which key for recoup\? Say --key KEY, or set SANDGLASS_KEY$/],
  ["an empty key", "recoup", { ...given, key: [""] }, /^which key for recoup\?/],
  ["a seed that is no whole number", "recoup", { ...given, seed: "1.5" }, /^--seed 1\.5: write a whole number/],
  ["a seed too large", "recoup", { ...given, seed: "2147483648" }, /write a whole number from 0 to 2147483647/],
  ["a profile that there is not", "recoup", { ...given, profile: "x" }, /--profile x: it is core, deployment or full/],
  ["a limit that is no number", "recoup", { ...given, maxCreates: "-1" }, /--max-creates -1: write a whole number/],
  ["a rate of nothing", "recoup", { ...given, rate: "0" }, /--rate 0: write a number above 0/],
  ["a level that there is not", "recoup", { ...given, failOn: "all" }, /--fail-on all: it is must, should or may/],
  ["a shard beyond the last", "recoup", { ...given, shard: "4/3" }, /--shard 4\/3: write which of how many/],
])("%s is said, with what to do", (_, contract, raw, message) => {
  expect(() => parseConformOptions(contract, raw)).toThrow(message);
});

test("headers for a gateway are read one by one, and one that cannot be sent is refused without its value", () => {
  expect(targetOf({ ...given, header: ["X-Gateway: a:b", "cf-access-client-id:c"] })?.headers).toEqual({
    "x-gateway": "a:b",
    "cf-access-client-id": "c",
  });
  for (const header of ["no colon, secret", "host: secret", ": secret", "a b: secret", "x: secret\u0000"]) {
    const parse = () => targetOf({ ...given, header: ["x-one: 1", header] });
    expect(parse).toThrow(/--header, number 2: write NAME:VALUE/);
    expect(parse).not.toThrow(/secret/);
  }
});
