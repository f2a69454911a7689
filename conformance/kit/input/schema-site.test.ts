import { expect, test } from "vitest";
import { schemaSites } from "./schema-site.ts";

const document = {
  schemas: {
    box: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, "x-evidence": "docs", "x-constraint-evidence": { minimum: "observed" } },
        "a/b": { type: "array", items: { $ref: "#/schemas/text" } },
        notes: { type: "object", additionalProperties: { type: "string" } },
      },
      allOf: [{ type: "object", anyOf: [{ properties: { size: false } }, { properties: { notes: false } }] }],
    },
    text: { type: "string", maxLength: 3, description: "words", "x-evidence": "seed" },
  },
};

const sites = schemaSites(document, { schema: { $ref: "#/schemas/box" }, pointer: "/body", evidence: "seed" });

test("every keyword that a value can break is found, with the place of the value and its evidence", () => {
  expect(sites.map(({ pointer, path, evidence }) => [pointer, path.join("."), evidence])).toEqual([
    ["/schemas/box/type", "", "seed"],
    ["/schemas/box/required", "", "seed"],
    ["/schemas/box/properties/size/type", "size", "docs"],
    ["/schemas/box/properties/size/minimum", "size", "observed"],
    ["/schemas/box/properties/a~1b/type", "a/b", "seed"],
    ["/schemas/text/type", "a/b.*", "seed"],
    ["/schemas/text/maxLength", "a/b.*", "seed"],
    ["/schemas/box/properties/notes/type", "notes", "seed"],
    ["/schemas/box/properties/notes/additionalProperties/type", "notes.**", "seed"],
    ["/schemas/box/allOf/0/anyOf", "", "seed"],
  ]);
});

test("a keyword inside allOf knows the members of what it stands in", () => {
  expect(sites.at(-1)?.owner).toBe(sites[0]?.schema);
});

test("a schema that contains itself ends", () => {
  const loop = { loop: { type: "object", properties: { again: { $ref: "#/loop" } } } };
  const found = schemaSites(loop, { schema: { $ref: "#/loop" }, pointer: "", evidence: "seed" });
  expect(found.length).toBe(7);
});

test("the largest integer that all JSON readers agree on is no bound that a server has to keep", () => {
  const count = { type: "integer", maximum: Number.MAX_SAFE_INTEGER };
  const found = schemaSites({}, { schema: count, pointer: "", evidence: "seed" });
  expect(found.map(({ keyword }) => keyword)).toEqual(["type"]);
});
