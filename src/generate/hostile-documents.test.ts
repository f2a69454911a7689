import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ContractError } from "../contract/contract-error.ts";
import { writeDocuments } from "./document.fixture.ts";
import { generate } from "./generate.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { parseSourceDocument } from "./source-document.ts";

const yaml = `openapi: 3.1.0
info: { title: Shop, version: "1", license: { name: MIT } }
servers: [{ url: "https://{host}/", variables: { host: { default: a } } }]
tags: [{ name: t }]
security: [{ Key: [] }]
paths:
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }, { $ref: "#/components/parameters/Page" }]
    get:
      operationId: getOrder
      parameters: [{ name: part, in: query, schema: { type: array, items: { type: integer } }, explode: false, example: [1] }]
      responses:
        "200": { description: It, content: { application/json: { schema: { $ref: "#/components/schemas/Order" }, examples: { a: { value: 1 } } } } }
        4XX: { $ref: "#/components/responses/Fault" }
    put:
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Order" } } } }
      responses: { default: { description: It, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } }
      callbacks: { done: { "{$request.body#/url}": { post: { responses: { "200": { description: ok } } } } } }
components:
  parameters: { Page: { name: page, in: query, schema: { type: integer, minimum: 1, default: 1 } } }
  responses: { Fault: { description: no, content: { application/problem+json: { schema: { type: object, required: [title] } } } } }
  securitySchemes: { Key: { type: apiKey, in: header, name: k } }
  schemas:
    Order: { type: object, additionalProperties: false, properties: { note: { type: string, maxLength: 3 }, kids: { type: array, items: { $ref: "#/components/schemas/Order" } } } }
    Pet: { oneOf: [{ $ref: "#/components/schemas/Dog" }], discriminator: { propertyName: kind, mapping: { dog: Dog } } }
    Dog: { type: object, required: [kind], properties: { kind: { type: string, enum: [dog] }, at: { type: string, format: date-time, example: x } } }
`;
const document = parseSourceDocument("/a.yaml", yaml).value as JsonObject;

function listPlaces(value: JsonValue, steps: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [steps];
  return [steps, ...Object.entries(value).flatMap(([step, inner]) => listPlaces(inner, [...steps, step]))];
}

const places = listPlaces(document).slice(1);
const values: JsonValue[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e300,
    "",
    "text",
    "\0",
    "*/",
    "%",
    [],
    [null],
    ["a", "a"],
    {},
    { "": 1 },
    { constructor: {} },
  ],
  ...[{ $ref: 3 }, { $ref: "#" }, { $ref: "%" }, { $ref: "#/%zz" }, { $ref: "a#b#c" }, { $ref: "#/nowhere" }],
  ...[
    { $ref: "#/components/schemas/Pet" },
    { $ref: "#/components/parameters/Page" },
    { $ref: "#/paths/~1orders~1{id}" },
  ],
];
const names = [
  ...["$ref", "type", "properties", "items", "allOf", "not", "enum", "const", "required", "nullable", "discriminator"],
  ...[
    "format",
    "pattern",
    "default",
    "example",
    "examples",
    "parameters",
    "responses",
    "content",
    "schema",
    "in",
    "name",
  ],
  ...[
    "$defs",
    "$id",
    "$anchor",
    "$dynamicRef",
    "if",
    "then",
    "prefixItems",
    "operationId",
    "get",
    "components",
    "200",
    "x-a",
  ],
];

/** Puts a value in a place, takes the place away, adds a member, copies another place into it, or gives it another name. */
const change = fc.record({
  at: fc.constantFrom(...places),
  value: fc.constantFrom(...values),
  name: fc.constantFrom(...names),
  from: fc.constantFrom(...places),
  kind: fc.constantFrom("put", "take", "add", "copy", "rename"),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(root: JsonValue, { at, value, name, from, kind }: Change): void {
  const find = (steps: readonly string[]) =>
    steps.reduce<JsonValue | undefined>((inner, step) => (inner as JsonObject | null | undefined)?.[step], root);
  const parent = find(at.slice(0, -1)) as JsonObject | undefined;
  const step = at.at(-1) ?? "";
  if (typeof parent !== "object" || parent === null) return;
  const old = parent[step] ?? null;
  if (kind === "put") parent[step] = structuredClone(value);
  else if (kind === "copy") parent[step] = structuredClone(find(from) ?? null);
  else if (kind === "add" && typeof old === "object" && old !== null)
    (old as JsonObject)[name] = structuredClone(value);
  else delete parent[step];
  if (kind === "rename") parent[name] = old;
}

/** Whether what is generated, or why it is not, is told as it should be. */
async function outcome(path: string): Promise<string> {
  try {
    await generate({ specPath: path, origin: { source: "a", overlays: [] } }, dirname(path));
    return "generated";
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.message.includes("\n    at ") ? "a stack trace" : "refused";
  }
}

test("a document that is changed anywhere is generated from or refused, and nothing else (seed 9)", async () => {
  const folder = await writeDocuments({});
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.constantFrom("3.0.3", "3.1.0"),
      async (changes, version) => {
        const changed = { ...structuredClone(document), openapi: version };
        for (const one of changes) apply(changed, one);
        await writeFile(join(folder, "a.json"), JSON.stringify(changed));
        seen.add(await outcome(join(folder, "a.json")));
      },
    ),
    { seed: 9, numRuns: 250 },
  );
  expect([...seen].sort()).toEqual(["generated", "refused"]);
}, 120_000);

test("so is a text that is damaged anywhere (seed 11)", async () => {
  const folder = await writeDocuments({});
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(yaml, JSON.stringify(document, null, 2)),
      fc.array(
        fc.tuple(
          fc.nat(4000),
          fc.nat(6),
          fc.constantFrom(
            "",
            "\0",
            "\t",
            "&a ",
            "*a",
            "{",
            "]",
            "- ",
            ": ",
            '"',
            "\ufeff",
            "<<: ",
            "!!x ",
            "%",
            "---\n",
            "\ud800",
          ),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      async (text, damages) => {
        const damaged = damages.reduce(
          (rest, [at, length, put]) => rest.slice(0, at) + put + rest.slice(at + length),
          text,
        );
        await writeFile(join(folder, "a.yaml"), damaged);
        seen.add(await outcome(join(folder, "a.yaml")));
      },
    ),
    { seed: 11, numRuns: 250 },
  );
  expect([...seen].sort()).toEqual(["generated", "refused"]);
}, 120_000);

test("a document whose schemas nest without end by $ref is generated from, and one that only refers is refused", async () => {
  const folder = await writeDocuments({});
  const schemas = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `S${index}`,
      { properties: { a: { $ref: `#/components/schemas/S${(index + 1) % 300}` } } },
    ]),
  );
  const base = { openapi: "3.1.0", info: { title: "A", version: "1" }, paths: {} };
  await writeFile(join(folder, "a.json"), JSON.stringify({ ...base, components: { schemas } }));
  expect(await outcome(join(folder, "a.json"))).toBe("generated");
  const circle = { A: { $ref: "#/components/schemas/B" }, B: { $ref: "#/components/schemas/A" } };
  await writeFile(join(folder, "b.json"), JSON.stringify({ ...base, components: { schemas: circle } }));
  expect(await outcome(join(folder, "b.json"))).toBe("refused");
});

test("a chain of references that is too long to follow is refused in words", async () => {
  const schemas = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [
      `S${index}`,
      { items: { $ref: `#/components/schemas/S${index + 1}` } },
    ]),
  );
  const text = JSON.stringify({
    openapi: "3.1.0",
    info: { title: "A", version: "1" },
    paths: {},
    components: { schemas: { ...schemas, S20000: {} } },
  });
  const folder = await writeDocuments({ "a.json": text });
  const options = { specPath: join(folder, "a.json"), origin: { source: "a", overlays: [] } };
  await expect(generate(options, folder)).rejects.toThrow(
    "a.json: thousands of schemas refer to each other in a row, which is too deep to check",
  );
});
