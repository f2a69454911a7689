import { expect, test } from "vitest";
import { pinnedValue } from "./pinned-value.ts";

test("a counterexample that was generated is pinned", () => {
  expect(pinnedValue({ path: "0:1", counterexample: { timeout: -1 } })).toEqual({ timeout: -1 });
  expect(pinnedValue({ path: "0:1", counterexample: "" })).toBe("");
});

test.each([
  ["of a law that generates nothing", { path: null, counterexample: { port: 0 } }],
  ["that was not written down", { path: "0:1", counterexample: null }],
  ["with a masked secret", { path: "0:1", counterexample: { token: "$SANDGLASS_TOKEN" } }],
])("a counterexample %s is not", (_, finding) => {
  expect(pinnedValue(finding)).toBeUndefined();
});
