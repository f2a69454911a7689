import { expect, test } from "vitest";
import { emitTypes } from "./emit-types.ts";
import type { JsonObject } from "./json.ts";

const origin = { source: "a.yaml", overlays: [] };

async function typesOf(document: JsonObject): Promise<string> {
  const pieces: string[] = [];
  await emitTypes(document, { origin, write: (text) => pieces.push(text) });
  return pieces.join("");
}

const names = Array.from({ length: 2_500 }, (_, index) => `S${index}`);
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test("schemas of several batches are typed once and in order, also where they refer to one another", async () => {
  const schemas = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
  const first = { type: "array", items: { oneOf: [{ type: "string" }, ref("S2400")] } };
  const last = { type: "array", items: ref("S1") };
  const responses = { Gone: { description: "gone", content: { "application/json": { schema: ref("S7") } } } };
  const text = await typesOf({
    openapi: "3.1.0",
    info: { title: "a", version: "1" },
    paths: {},
    components: { schemas: { ...schemas, S1: first, S2400: last }, responses },
  });
  expect([...text.matchAll(/^ {8}(S\d+): /gm)].map(([, name]) => name)).toEqual(names);
  expect(text).toContain("        S1: Recursive1_S1;\n");
  expect(text).toContain("type Recursive1_S1 = (string | Recursive2_S2400)[];\n");
  expect(text).toContain("type Recursive2_S2400 = Recursive1_S1[];\n");
  expect(text).toContain("        Gone: {\n");
});

test("a document without schemas has none in its types", async () => {
  const document = { openapi: "3.1.0", info: { title: "a", version: "1" }, paths: {}, components: {} };
  expect(await typesOf(document)).toContain("    schemas: never;\n");
});
