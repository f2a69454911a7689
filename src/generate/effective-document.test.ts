import { join } from "node:path";
import { expect, test } from "vitest";
import { documentFixture, writeDocuments } from "./document.fixture.ts";
import { loadEffectiveDocument, type DocumentSource } from "./effective-document.ts";
import { valueAt, type JsonValue } from "./json.ts";

type Options = Omit<DocumentSource, "specPath" | "overlayPaths"> & { overlays?: readonly string[] };

async function load(files: Record<string, string>, { overlays = [], ...options }: Options = {}) {
  const folder = await writeDocuments(files);
  const [spec = ""] = Object.keys(files);
  const overlayPaths = overlays.map((overlay) => join(folder, overlay));
  return loadEffectiveDocument({ specPath: join(folder, spec), overlayPaths, ...options });
}

const responseSchema = ["paths", "/things", "get", "responses", "200", "content", "application/json", "schema"];

async function loadSchema(files: Record<string, string>): Promise<JsonValue | undefined> {
  return valueAt((await load(files)).document, responseSchema);
}

const overlayFixture = (target: string) =>
  `overlay: 1.0.0\ninfo: { title: Mends, version: "1" }\nactions:\n  - target: ${target}\n    update: { title: Mended }\n`;

type Refusal = {
  title: string;
  files: Record<string, string>;
  options?: Options;
  code?: string;
  message: string | RegExp;
};
const refusals: Refusal[] = [
  {
    title: "YAML with a broken line is refused with that line",
    files: { "a.yaml": "openapi: 3.1.0\ninfo:\n  title: A\n version: 1\n" },
    message: /a\.yaml:4:1: this is not valid YAML: /,
  },
  {
    title: "JSON with a broken line is refused with that line",
    files: { "a.json": '{\n  "openapi": "3.1.0",\n  "info": {\n}' },
    message: /a\.json:4:2: this is not valid JSON: /,
  },
  {
    title: "a key that is there twice is refused",
    files: { "a.yaml": "openapi: 3.1.0\nopenapi: 3.1.0\n" },
    message: /a\.yaml:2:1: this is not valid YAML: Map keys must be unique/,
  },
  {
    title: "a document without `openapi` is refused",
    files: { "a.yaml": "asyncapi: 3.0.0\n" },
    message: /a\.yaml:1:1: this is not an OpenAPI document: expected a document that starts with `openapi: 3\.0\.x`/,
  },
  {
    title: "an empty file is refused",
    files: { "a.yaml": "" },
    message: "a.yaml:1:1: this is not an OpenAPI document",
  },
  {
    title: "Swagger 2.0 is refused",
    files: { "a.yaml": 'info: {}\nswagger: "2.0"\n' },
    message: 'a.yaml:2:1 /swagger: this is Swagger "2.0": convert it to OpenAPI 3.0 or 3.1 first',
  },
  {
    title: "OpenAPI 3.2 is refused",
    files: { "a.yaml": documentFixture({ version: "3.2.0" }) },
    message: 'a.yaml:1:1 /openapi: OpenAPI "3.2.0" is not supported',
  },
  {
    title: "a broken structure is refused with line and pointer",
    files: { "a.yaml": documentFixture({ schema: "type: strin" }) },
    message:
      "a.yaml:12:17 /paths/~1things/get/responses/200/content/application~1json/schema/type: " +
      '`type` can be one of the following only: "object", "array", "string"',
  },
  {
    title: "a missing field is refused with the line of what lacks it where asked to be strict",
    files: { "a.yaml": "openapi: 3.0.3\ninfo:\n  title: A\npaths: {}\n" },
    options: { strict: true },
    message: "a.yaml:2:1 /info: The field `version` must be present on this level.",
  },
  {
    title: "a keyword that this version of OpenAPI does not have is refused where asked to be strict",
    files: { "a.yaml": documentFixture({ schema: "type: string\nnullable: true" }) },
    options: { strict: true },
    message:
      "a.yaml:13:17 /paths/~1things/get/responses/200/content/application~1json/schema/nullable: Property `nullable`",
  },
  {
    title: "a reference to a missing place is refused by name",
    files: { "a.yaml": documentFixture({ schema: "$ref: '#/components/schemas/Thing'" }) },
    message: /a\.yaml:11:15 \S+\/schema: \$ref #\/components\/schemas\/Thing leads nowhere: correct it/,
  },
  {
    title: "a reference to a missing file is refused by name",
    files: { "a.yaml": documentFixture({ schema: "$ref: ./thing.yaml" }) },
    message: /a\.yaml:11:15 \S+\/schema: \$ref \.\/thing\.yaml: there is no such file: correct the path/,
  },
  {
    title: "a reference into the network is refused, not followed",
    files: { "a.yaml": documentFixture({ schema: "$ref: https://127.0.0.1:1/thing.yaml" }) },
    message: /a\.yaml:11:15 \S+: \$ref https:\S+: references into the network are not followed: keep a copy/,
  },
  {
    title: "a broken line in a file that is referred to is refused with that line",
    files: { "a.yaml": documentFixture({ schema: "$ref: ./thing.yaml" }), "thing.yaml": "type: string\n  bad: x\n" },
    message: /thing\.yaml:1:7: this is not valid YAML/,
  },
  {
    title: "a broken structure in a file that is referred to is refused with its line",
    files: { "a.yaml": documentFixture({ schema: "$ref: ./thing.yaml" }), "thing.yaml": "title: Thing\ntype: strin\n" },
    message: /thing\.yaml:2:1 \/type: `type` can be one of/,
  },
  {
    title: "a file that refers on to a missing file is refused by that reference",
    files: {
      "a.yaml": documentFixture({ schema: "$ref: ./thing.yaml" }),
      "thing.yaml": "type: object\nproperties:\n  part: { $ref: ./part.yaml }\n",
    },
    message: /thing\.yaml:3:3 \/properties\/part: \$ref \.\/part\.yaml: there is no such file/,
  },
  {
    title: "two operations of one id are refused where asked to be strict",
    files: {
      "a.yaml": `openapi: 3.1.0
info: { title: A, version: "1" }
paths:
  /a:
    get: { operationId: same, responses: {} }
  /b:
    get: { operationId: same, responses: {} }
`,
    },
    options: { strict: true },
    code: "SPEC_UNSUPPORTED",
    message: /a\.yaml:7:5 \/paths\/~1b\/get: this operation and \/paths\/~1a\/get are both named same: give one/,
  },
  {
    title: "two operations whose derived ids are equal are refused where asked to be strict",
    files: {
      "a.yaml": `openapi: 3.1.0
info: { title: A, version: "1" }
paths:
  /a-b:
    get: { responses: {} }
  /a/b:
    get: { responses: {} }
`,
    },
    options: { strict: true },
    code: "SPEC_UNSUPPORTED",
    message: /a\.yaml:7:5 \/paths\/~1a~1b\/get: this operation and \/paths\/~1a-b\/get are both named getAB: give one/,
  },
  {
    title: "an overlay that matches nothing is refused where overlays are strict",
    files: { "a.yaml": documentFixture(), "mend.yaml": overlayFixture("$.nowhere") },
    options: { overlays: ["mend.yaml"], strictOverlays: true },
    message: /mend\.yaml:4:5 \/actions\/0: target \$\.nowhere matches nothing/,
  },
  {
    title: "a fault that an overlay brings in is refused with the nearest line of the document",
    files: {
      "a.yaml": documentFixture(),
      "mend.yaml": overlayFixture("$.paths").replace("{ title: Mended }", "{ /b: { get: { responses: [] } } }"),
    },
    options: { overlays: ["mend.yaml"] },
    message: /a\.yaml:3:1 \/paths\/~1b\/get\/responses: Expected type/,
  },
];

test.each(refusals)("$title", async ({ files, options, code = "SPEC_UNREADABLE", message }) => {
  const error = await load(files, options).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "ContractError", code });
  if (typeof message === "string") expect((error as Error).message).toContain(message);
  else expect((error as Error).message).toMatch(message);
});

test("a missing document is refused by its path", async () => {
  await expect(loadEffectiveDocument({ specPath: "nowhere/a.yaml" })).rejects.toEqual(
    expect.objectContaining({
      code: "SPEC_UNREADABLE",
      message: "nowhere/a.yaml: there is no such file: check the path",
    }),
  );
});

test("a folder instead of a document is refused", async () => {
  const folder = await writeDocuments({});
  await expect(loadEffectiveDocument({ specPath: folder })).rejects.toThrow("this is a folder, not a file");
});

test("extensions hold what they like, and a discriminator may name a component", async () => {
  const schema = `oneOf: [{ $ref: "#/components/schemas/T" }]
discriminator: { propertyName: kind, mapping: { one: T } }`;
  const components = "schemas:\n  T: { type: object, required: [kind], properties: { kind: { type: string } } }";
  const text = documentFixture({ schema, components }).replace(
    "    get:\n",
    "    get:\n      x-codeSamples: [{ nothing: 1 }]\n",
  );
  const { document } = await load({ "a.yaml": text });
  expect(valueAt(document, [...responseSchema, "discriminator", "mapping"])).toEqual({
    one: "#/components/schemas/T",
  });
});

test("a discriminator that names no component is refused", async () => {
  const schema = "oneOf: [{ type: object }]\ndiscriminator: { propertyName: kind, mapping: { one: Nothing } }";
  await expect(load({ "a.yaml": documentFixture({ schema }) })).rejects.toThrow("mapping/one: $ref Nothing");
});

test("what 3.0 calls nullable is an alternative in 3.1, whatever it stands beside", async () => {
  const schema = `type: object
properties:
  ref: { nullable: true, allOf: [{ $ref: "#/components/schemas/T" }] }
  one: { nullable: true, oneOf: [{ $ref: "#/components/schemas/T" }] }
  any: { nullable: true, anyOf: [{ type: string }, { type: number }] }
  none: { nullable: true, description: Says nothing }
  no: { nullable: false, type: string }`;
  const components = "schemas:\n  T: { type: string }";
  const { document } = await load({ "a.yaml": documentFixture({ version: "3.0.3", schema, components }) });
  const T = { $ref: "#/components/schemas/T" };
  expect(valueAt(document, [...responseSchema, "properties"])).toEqual({
    ref: { anyOf: [T, { type: "null" }] },
    one: { anyOf: [{ oneOf: [T] }, { type: "null" }] }, // T might allow null itself
    any: { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
    none: { description: "Says nothing" },
    no: { type: "string" },
  });
});

test("no more than ten faults are listed", async () => {
  const schema = `type: object\nproperties:\n${Array.from({ length: 13 }, (_, index) => `  p${index}: { type: strin }\n`).join("")}`;
  const error = await load({ "a.yaml": documentFixture({ schema }) }).catch((reason: unknown) => reason);
  const lines = (error as Error).message.split("\n");
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toBe("and 3 more like these");
});

test("3.0 is upgraded to 3.1: nullable, exclusive bounds and example", async () => {
  const schema = "type: number\nnullable: true\nminimum: 0\nexclusiveMinimum: true\nexample: 1";
  const { document } = await load({ "a.yaml": documentFixture({ version: "3.0.3", schema }) });
  expect(document["openapi"]).toBe("3.1.1");
  expect(valueAt(document, responseSchema)).toEqual({ type: ["number", "null"], exclusiveMinimum: 0, examples: [1] });
});

test("the same document in YAML and JSON is the same document", async () => {
  const yaml = documentFixture({
    schema: "$ref: '#/components/schemas/T'",
    components: "schemas:\n  T: { type: string }",
  });
  const fromYaml = await load({ "a.yaml": yaml });
  const { document } = await load({ "a.json": JSON.stringify(fromYaml.document) });
  expect(document).toEqual(fromYaml.document);
});

test("schemas of other files become components, once each, also where they refer to each other", async () => {
  const { document } = await load({
    "a.yaml": documentFixture({ schema: "$ref: ./schemas/node.yaml" }),
    "schemas/node.yaml":
      "type: object\nproperties:\n  next: { $ref: ./node.yaml }\n  leaf: { $ref: 'leaf.json#/Leaf' }\n",
    "schemas/leaf.json": '{ "Leaf": { "type": "object", "properties": { "root": { "$ref": "./node.yaml" } } } }',
  });
  expect(valueAt(document, responseSchema)).toEqual({ $ref: "#/components/schemas/node" });
  expect(document["components"]).toEqual({
    schemas: {
      node: {
        type: "object",
        properties: { next: { $ref: "#/components/schemas/node" }, leaf: { $ref: "#/components/schemas/Leaf" } },
      },
      Leaf: { type: "object", properties: { root: { $ref: "#/components/schemas/node" } } },
    },
  });
});

test("path items of other files are put in place", async () => {
  const { document } = await load({
    "a.yaml": 'openapi: 3.1.0\ninfo: { title: A, version: "1" }\npaths:\n  /b: { $ref: ./b.yaml }\n',
    "b.yaml": "get: { responses: { '204': { description: Done } } }\n",
  });
  expect(document["paths"]).toEqual({
    "/b": { get: { operationId: "getB", responses: { "204": { description: "Done" } } } },
  });
});

test("path items that the document itself keeps are put in place", async () => {
  const components = "pathItems:\n  B: { get: { responses: { '204': { description: Done } } } }";
  const source = documentFixture({ components }).replace(
    "paths:\n",
    "paths:\n  /b: { $ref: '#/components/pathItems/B' }\n",
  );
  const { document } = await load({ "a.yaml": source });
  expect(valueAt(document, ["paths", "/b", "get", "operationId"])).toBe("getB");
  expect(valueAt(document, ["components", "pathItems", "B", "get", "operationId"])).toBeUndefined();
});

test("values behind a YAML anchor change on their own", async () => {
  const schema = "type: object\nproperties:\n  a: &part { type: string }\n  b: *part";
  const files = {
    "a.yaml": documentFixture({ schema }),
    "mend.yaml": overlayFixture("$..properties.a"),
  };
  const { document } = await load(files, { overlays: ["mend.yaml"] });
  expect(valueAt(document, [...responseSchema, "properties"])).toEqual({
    a: { type: "string", title: "Mended" },
    b: { type: "string" },
  });
});

test("an overlay that matches nothing is a warning by default", async () => {
  const files = { "a.yaml": documentFixture(), "mend.yaml": overlayFixture("$.nowhere") };
  const { warnings } = await load(files, { overlays: ["mend.yaml"] });
  expect(warnings).toEqual([expect.stringMatching(/mend\.yaml:4:5 \/actions\/0: target \$\.nowhere matches nothing/)]);
});

test("overlays apply in their order, before references are followed", async () => {
  const files = {
    "a.yaml": documentFixture(),
    "one.yaml": overlayFixture(`$.paths['/things'].get.responses['200'].content.*`).replace(
      "{ title: Mended }",
      "{ schema: { $ref: ./thing.yaml } }",
    ),
    "two.yaml": `overlay: 1.0.0\ninfo: { title: T, version: "1" }\nactions:\n  - target: $..schema.type\n    remove: true\n`,
    "thing.yaml": "type: boolean\n",
  };
  const { document } = await load(files, { overlays: ["one.yaml", "two.yaml"] });
  expect(valueAt(document, responseSchema)).toEqual({ $ref: "#/components/schemas/thing" });
});

test("a response schema in place stays in place", async () => {
  expect(await loadSchema({ "a.yaml": documentFixture({ schema: "type: boolean" }) })).toEqual({ type: "boolean" });
});
