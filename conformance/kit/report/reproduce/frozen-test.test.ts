import { stripTypeScriptTypes } from "node:module";
import { expect, test } from "vitest";
import { lawFixture } from "../../mini-contract.fixture.ts";
import type { Finding } from "../../law/law-outcome.ts";
import type { Law } from "../../law/law.ts";
import { formatFrozenTest } from "./frozen-test.ts";

const run = { contract: "mini", target: "http://mini.test", seed: 7 };

function frozen(finding: Partial<Finding>, law: Partial<Law> = {}): string {
  const outcome = { verdict: "fail", reason: "seen\nso", durationMs: 1, finding: { reason: "", seed: 7, ...finding } };
  return formatFrozenTest({ law: lawFixture(law), outcome: { ...outcome, verdict: "fail" }, run });
}

/** The options that the file hands over, by running it. */
function optionsIn(text: string): unknown {
  const body = stripTypeScriptTypes(text.replace(/^import .*$/m, ""));
  let options: unknown;
  const register = (_: string, given: unknown) => void (options = given);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the file is ours
  new Function("registerLaws", "process", body)(register, { env: {} });
  return options;
}

test("a counterexample that was generated stands in the file", () => {
  const text = frozen({ counterexample: { timeout: -1 }, path: "0:2" });
  expect(text).toMatch(/^\/\/ A server MUST keep the rule \(#\)\.\n\/\/ Seen: seen so\nimport/);
  expect(optionsIn(text)).toEqual({
    target: { baseUrl: "http://mini.test", key: "" },
    law: "mini/create/rule",
    failOn: "MUST",
    seed: 7,
    counterexample: { timeout: -1 },
  });
});

test.each([
  ["long", { text: "x".repeat(200), list: [1, null, "\u2028*/\n</script>`${a}"] }],
  ["with a member that literals take for the prototype", JSON.parse('{"a":{"__proto__":{"b":1}}}') as unknown],
  ["an empty text", ""],
  ["a lone surrogate", "\uD800"],
])("a counterexample that is %s comes out as it went in", (_, counterexample) => {
  const options = optionsIn(frozen({ counterexample, path: "0:2" })) as { counterexample: unknown };
  expect(JSON.stringify(options.counterexample)).toBe(JSON.stringify(counterexample));
});

test("a law that generates nothing is judged as it is", () => {
  const text = frozen({ counterexample: { port: 0 } });
  expect(text).toContain('// Counterexample: {"port":0}\n');
  expect(optionsIn(text)).not.toHaveProperty("counterexample");
  expect(optionsIn(text)).not.toHaveProperty("path");
});

test("a counterexample with a masked token is left to seed and path", () => {
  const text = frozen({ counterexample: { token: "$SANDGLASS_TOKEN" }, path: "0:2" });
  expect(text).toContain("// It holds a token, which is not written down");
  expect(optionsIn(text)).toMatchObject({ path: "0:2" });
});

test("what a law needs to be told is asked for", () => {
  const text = frozen({}, { needs: ["second-key", "foreign-account"] });
  expect(optionsIn(text)).toMatchObject({ target: { otherKey: "" } });
  expect(text).toContain("// foreignAccount: ");
});
