import { spawnSync } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeDocuments } from "./document.fixture.ts";

const count = 3_000;
const ref = (index: number) => ({ $ref: `#/components/schemas/Thing${index % count}` });

/** A schema with some of everything, whose validator takes fifteen times its text. */
function schemaFixture(index: number): object {
  return {
    type: "object",
    required: ["id", "kind", "created"],
    properties: {
      id: { type: "string", format: "uuid" },
      kind: { type: "string", enum: [`kind${index}`, "plain", "odd"] },
      created: { type: "string", format: "date-time" },
      amount: { type: "number", minimum: 0, maximum: 1_000_000 + index },
      label: { type: ["string", "null"], minLength: 1, maxLength: 80 },
      place: {
        type: "object",
        required: ["x"],
        properties: { x: { type: "integer" }, [`z${index}`]: { type: "boolean" } },
      },
      parts: { type: "array", items: ref(index ^ 1), maxItems: 100 },
      other: { anyOf: [ref(index - (index % 20)), { type: "null" }] },
      tags: { type: "object", additionalProperties: { type: "string" } },
    },
  };
}

/** 80 MB are enough; 112 MB are not where the text of one file is in memory whole. */
const heapMb = 112;

test(
  `a document whose output is 44 MB is generated from with a heap of ${heapMb} MB`,
  { timeout: 180_000 },
  async () => {
    const schemas = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`Thing${index}`, schemaFixture(index)]),
    );
    const document = { openapi: "3.1.0", info: { title: "Large", version: "1" }, paths: {}, components: { schemas } };
    const folder = await writeDocuments({ "a.json": JSON.stringify(document) });
    const options = { specPath: join(folder, "a.json"), origin: { source: "a.json", overlays: [] } };
    const script = `
    const { generate } = await import(${JSON.stringify(join(import.meta.dirname, "generate.ts"))});
    await generate(${JSON.stringify(options)}, ${JSON.stringify(folder)});`;
    await writeFile(join(folder, "main.mjs"), script);
    const flags = [`--max-old-space-size=${heapMb}`, join(folder, "main.mjs")];
    const { status, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
    expect([status, stderr.slice(-500)]).toEqual([0, ""]);
    expect((await stat(join(folder, "validators.js"))).size).toBeGreaterThan(30_000_000);
  },
);
