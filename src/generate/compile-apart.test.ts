import { expect, test } from "vitest";
import { compileApart } from "./compile-apart.ts";
import { compileValidators } from "./compile-validators.ts";
import type { Schema } from "./schema-keywords.ts";

const names = Array.from({ length: 400 }, (_, index) => `S${index}`);
const targets = new Map(names.map((name, index) => [name, `is${index}`]));

function schemasFixture(last: Schema): ReadonlyMap<string, Schema> {
  const schemas = new Map<string, Schema>(names.map((name, index) => [name, { type: "string", minLength: index }]));
  return schemas.set("S399", last);
}

test("many schemas compile on a thread of their own, to the same text", async () => {
  const schemas = schemasFixture({ type: "array", items: { $ref: "#/$defs/S1" } });
  const parts: string[] = [];
  const imports = await compileValidators(schemas, targets, (text) => parts.push(text));
  expect((await compileApart({ schemas, targets })).join("")).toBe(imports + parts.join(""));
});

test("what the thread refuses is refused as it would be here", async () => {
  const refused = {
    name: "ContractError",
    code: "SPEC_UNSUPPORTED",
    message: expect.stringContaining("schema S399: ajv") as string,
  };
  await expect(compileApart({ schemas: schemasFixture({ anyOf: [] }), targets })).rejects.toMatchObject(refused);
});
