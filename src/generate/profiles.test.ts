import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { emitProfiles } from "./profiles.ts";

const row = `id: a-row, profiles: [edge], facts: [D-1], statement: does so, evidence: a run, laws: [create/rule]`;
const table = (...rows: readonly string[]) =>
  `profiles: { edge: an edge }\ndifferences:\n${rows.map((one) => `  - { ${one} }\n`).join("")}`;

test("a table becomes a module that both sides can import", () => {
  const text = emitProfiles(table(row), "specs/x/profiles.yaml");
  expect(text).toContain("from specs/x/profiles.yaml. Never edit");
  expect(text).toContain('"facts": [\n      "D-1"\n    ]');
  expect(text).toContain("as const satisfies readonly Difference[];");
});

test.each(["recoup", "opencomputer"])("the module of %s is the one that its table gives", (contract) => {
  const source = `specs/${contract}/profiles.yaml`;
  expect(readFileSync(`generated/${contract}/profiles.ts`, "utf8")).toBe(
    emitProfiles(readFileSync(source, "utf8"), source),
  );
});

test.each<[string, string, RegExp]>([
  ["two rows of one id", table(row, row), /differences\/1\/id: "a-row" is there twice/],
  [
    "an unknown profile",
    table(row.replace("[edge]", "[egde]")),
    /differences\/0\/profiles: there is no profile "egde"/,
  ],
  ["a row named like a profile", table(row.replace("a-row", "edge")), /differences\/0\/id: "edge" is a profile's name/],
  ["a finding without a number", table(row.replace("D-1", "seen")), /differences\/0\/facts\/0: a finding's number/],
  ["no finding at all", table(row.replace("[D-1]", "[]")), /differences\/0\/facts: /],
  ["a law with its contract's name", table(row.replace("create/rule", "x/create/rule")), /differences\/0\/laws\/0: /],
  ["a member that no row has", table(`${row}, law: create/rule`), /Unrecognized key: "law"/],
  ["the name of the contract itself", "profiles: { contract: x y }\ndifferences: []", /has the profile "contract"/],
  ["an empty file", "", /\(all\): /],
  ["no YAML", "{", /f is no YAML: /],
])("%s is refused", (_, text, message) => {
  expect(() => emitProfiles(text, "f")).toThrow(message);
});
