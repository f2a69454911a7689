import { expect, test } from "vitest";
import { z } from "zod";
import { accepts, findBodyIssues } from "./body-issues.ts";

test("an intersection that asks for more than its sides is judged as a whole", () => {
  const schema = z.intersection(z.looseObject({}), z.looseObject({})).refine(() => false);
  expect(accepts(schema, {})).toBe(false);
});

test("a body over whose length zod throws has issues all the same", () => {
  const schema = z.record(z.string(), z.string().max(3));
  const body = JSON.parse('{"a":{"length":{"toString":1}},"b":"four"}') as unknown;
  expect(() => schema.safeParse(body)).toThrow(TypeError);
  expect(findBodyIssues(schema, body).map(({ path }) => path)).toEqual([["a"], ["b"]]);
});

test("an intersection within an intersection is judged by all its sides", () => {
  const has = (name: string) => z.looseObject({ [name]: z.string() });
  const schema = z.intersection(has("a"), z.intersection(has("b"), has("c")));
  expect(accepts(schema, { a: "", b: "", c: "" })).toBe(true);
  expect(accepts(schema, { a: "", b: "" })).toBe(false);
});
