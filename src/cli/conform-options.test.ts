import { expect, test } from "vitest";
import { parseConformOptions } from "./conform-options.ts";
import type { RawConformOptions } from "./conform-options.ts";

const given: RawConformOptions = { url: ["http://h"], key: ["k"] };

test("one contract takes a bare URL and key", () => {
  expect(parseConformOptions("recoup", given, undefined)).toEqual({
    targets: [{ name: "recoup", target: { baseUrl: "http://h", key: "k" } }],
    json: undefined,
    seed: undefined,
    path: undefined,
    law: undefined,
  });
});

test("with all, a value named for a contract goes before a bare one", () => {
  const raw = { url: ["recoup=http://r", "opencomputer=http://o"], key: ["recoup=r", "other"] };
  expect(parseConformOptions("all", raw, undefined).targets).toEqual([
    { name: "recoup", target: { baseUrl: "http://r", key: "r" } },
    { name: "opencomputer", target: { baseUrl: "http://o", key: "other" } },
  ]);
});

test("the key of the environment stands in for the flag, and only then", () => {
  const keyOf = (raw: RawConformOptions) =>
    parseConformOptions("recoup", raw, "from-environment").targets[0]?.target.key;
  expect(keyOf({ url: ["http://h"] })).toBe("from-environment");
  expect(keyOf(given)).toBe("k");
});

test("a seed is a whole number that fits 31 bits", () => {
  expect(parseConformOptions("recoup", { ...given, seed: "2147483647" }, undefined).seed).toBe(2147483647);
});

test.each<[string, string, RawConformOptions, RegExp]>([
  ["no such contract", "other", given, /^there is no contract "other": it is recoup, opencomputer or all$/],
  ["no URL", "recoup", { key: ["k"] }, /^where does recoup listen\? Say --url URL$/],
  ["a URL for another contract", "recoup", { ...given, url: ["opencomputer=http://o"] }, /^where does recoup listen\?/],
  ["no key", "recoup", { url: ["http://h"] }, /^which key for recoup\? Say --key KEY, or set SANDGLASS_KEY$/],
  ["an empty key", "recoup", { ...given, key: [""] }, /^which key for recoup\?/],
  ["a seed that is no whole number", "recoup", { ...given, seed: "1.5" }, /"1\.5" is not a whole number/],
  ["a seed too large", "recoup", { ...given, seed: "2147483648" }, /is not a whole number from 0 to 2147483647/],
])("%s is said, with what to do", (_, contract, raw, message) => {
  expect(() => parseConformOptions(contract, raw, undefined)).toThrow(message);
});
