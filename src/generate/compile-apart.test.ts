import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileApart } from "./compile-apart.ts";
import { compileValidators } from "./compile-validators.ts";
import { writeDocuments } from "./document.fixture.ts";
import type { Schema } from "./schema-keywords.ts";

const names = Array.from({ length: 400 }, (_, index) => `S${index}`);
const targets = new Map(names.map((name, index) => [name, `is${index}`]));

function schemasFixture(last: Schema): Map<string, Schema> {
  const schemas = new Map<string, Schema>(names.map((name, index) => [name, { type: "string", minLength: index }]));
  return schemas.set("S399", last);
}

test("many schemas compile on a thread of their own, to the same text", async () => {
  const last = { type: "array", items: { $ref: "#/$defs/S1" } };
  const parts: string[] = [];
  const imports = await compileValidators(schemasFixture(last), targets, (text) => parts.push(text));
  const path = join(await writeDocuments({}), "functions.js");
  expect(await compileApart({ schemas: schemasFixture(last), targets, path })).toBe(imports);
  expect(await readFile(path, "utf8")).toBe(parts.join(""));
});

test("what the thread refuses is refused as it would be here", async () => {
  const refused = {
    name: "ContractError",
    code: "SPEC_UNSUPPORTED",
    message: expect.stringContaining("schema S399: ajv") as string,
  };
  const path = join(await writeDocuments({}), "functions.js");
  await expect(compileApart({ schemas: schemasFixture({ anyOf: [] }), targets, path })).rejects.toMatchObject(refused);
});
