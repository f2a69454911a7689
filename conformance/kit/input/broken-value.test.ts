import { expect, test } from "vitest";
import { brokenValues, nullMembers } from "./broken-value.ts";
import { schemaSites } from "./schema-site.ts";

function waysOf(schema: object, isValid: (value: unknown) => boolean = () => false) {
  const sites = schemaSites({}, { schema, pointer: "", evidence: "seed" });
  const values = sites.flatMap((site) => brokenValues({}, { base: {}, site, isValid }).each.map(({ value }) => value));
  return { values, nulls: nullMembers(sites, { base: {}, isValid }).map(({ value }) => value) };
}

test("every wrong type is among the values of each seed, null for a member that may be left out apart", () => {
  const { values, nulls } = waysOf({ required: ["b"], properties: { a: { type: "integer" }, b: { type: "string" } } });
  expect(values).toEqual([
    {}, // without the member that has to be there
    ...[true, 0.5, "text", ["text"], { a: 1 }].map((a) => ({ a })),
    ...[null, true, 7, 0.5, ["text"], { a: 1 }].map((b) => ({ b })),
  ]);
  expect(nulls).toEqual([{ a: null }]);
});

test("so are the neighbours of each bound, and what 32 bits make of a bound", () => {
  expect(waysOf({ minimum: 0, maximum: 10 }).values).toEqual([
    ...[-1, -1e9, -(2 ** 32)],
    ...[11, 10 + 1e9, 10 + 2 ** 32],
  ]);
  expect(waysOf({ enum: [1, 2, 4] }).values).toEqual([-1, 3, 5, 8]);
  expect(waysOf({ minLength: 2 }).values).toEqual(["x", "🔑"]);
});

test("so is each combination of members that no branch allows", () => {
  const properties = { cores: { enum: [1, 2] }, memory: { enum: [5] } };
  const allOf = [{ anyOf: [{ properties: { cores: false } }, { properties: { memory: false } }] }];
  const isValid = (value: unknown) => Object.keys(value as object).length < 2;
  const both = [1, 2].map((cores) => ({ cores, memory: 5 }));
  expect(waysOf({ properties, allOf }, isValid).values.filter((value) => !isValid(value))).toEqual(both);
});
