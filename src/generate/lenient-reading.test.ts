import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentFixture, writeDocuments } from "./document.fixture.ts";
import { loadEffectiveDocument, type EffectiveDocument } from "./effective-document.ts";
import { valueAt, type JsonValue } from "./json.ts";

async function load(text: string, strict = false): Promise<EffectiveDocument> {
  const folder = await writeDocuments({ "a.yaml": text });
  return loadEffectiveDocument({ specPath: join(folder, "a.yaml"), strict });
}

const schemaPath = ["paths", "/things", "get", "responses", "200", "content", "application/json", "schema"];
const minimal = (rest: string) => `openapi: 3.1.0\ninfo: { title: A, version: "1" }\n${rest}`;
const operation = (members: string, path = "/a") =>
  minimal(`paths:\n  ${path}:\n    get:\n      responses: {}\n${members}`);

/** Faults that touch no type: each is a warning, and the document is read all the same. */
const faults: {
  title: string;
  text: string;
  warning: RegExp;
  path?: readonly string[];
  read?: JsonValue | undefined;
}[] = [
  {
    title: "a missing `info`",
    text: "openapi: 3.0.3\npaths: {}\n",
    warning: /a\.yaml:1:1: The field `info` must be present on this level\. \(rule struct\)$/,
  },
  {
    title: "an answer without a description",
    text: operation("").replace("responses: {}", 'responses: { "200": {} }'),
    warning: /a\.yaml:6:20 \/paths\/~1a\/get\/responses\/200: The field `description` must be present/,
  },
  {
    title: "a description that is no text",
    text: documentFixture({ schema: "type: string\ndescription:" }),
    warning:
      /a\.yaml:13:17 .*\/schema\/description: Expected type `string` but got `null`\. \(rule struct\): left out$/,
    path: schemaPath,
    read: { type: "string" },
  },
  {
    title: "a keyword that nothing knows",
    text: documentFixture({ schema: "type: string\noptional: true" }),
    warning:
      /a\.yaml:13:17 .*\/schema\/optional: Property `optional` is not expected here\. \(rule struct\): left out$/,
    path: schemaPath,
    read: { type: "string" },
  },
  {
    title: "a bound that is no number",
    text: documentFixture({ schema: 'type: string\nminLength: "3"' }),
    warning: /a\.yaml:13:17 .*\/minLength: Expected type `integer` but got `string`\. \(rule struct\): left out$/,
    path: schemaPath,
    read: { type: "string" },
  },
  {
    title: "`required` as in JSON Schema of old",
    text: documentFixture({ schema: "type: string\nrequired: true" }),
    warning: /a\.yaml:13:17 .*\/required: Expected type `array` but got `boolean`\. \(rule struct\): left out$/,
    path: schemaPath,
    read: { type: "string" },
  },
  {
    title: "an empty enum",
    text: documentFixture({ schema: "type: string\nenum: []" }),
    warning:
      /a\.yaml:13:17 .*\/schema\/enum: `enum` is empty, so that no value fits\. \(rule sandglass\/no-empty-enum\): left out$/,
    path: schemaPath,
    read: { type: "string" },
  },
  {
    title: "a keyword of 3.1 in a document of 3.0, which means the same there",
    text: documentFixture({ version: "3.0.3", schema: "type: string\nconst: a" }),
    warning: /a\.yaml:13:17 .*\/const: Property `const` is not expected here\. .*\(rule struct\)$/,
    path: schemaPath,
    read: { type: "string", const: "a" },
  },
  {
    title: "a list of types in a document of 3.0",
    text: documentFixture({ version: "3.0.3", schema: 'type: [string, "null"]' }),
    warning: /a\.yaml:12:17 .*\/type: `type` can be one of the following only/,
    path: schemaPath,
    read: { type: ["string", "null"] },
  },
  {
    title: "a security scheme of no kind",
    text: minimal("paths: {}\ncomponents: { securitySchemes: { A: { type: magic } } }\n"),
    warning: /a\.yaml:4:39 \/components\/securitySchemes\/A\/type: `type` can be one of .*: left out$/,
  },
  {
    title: "a path parameter that no operation has",
    text: operation("", "/a/{id}"),
    warning: /a\.yaml:5:5 \/paths\/~1a~1{id}\/get.*: The operation does not define the path parameter `{id}`/,
  },
  {
    title: "a parameter that is there twice",
    text: operation("      parameters: [&p { name: q, in: query, schema: { type: string } }, *p]\n"),
    warning: /a\.yaml:7:\d+ \/paths\/~1a\/get\/parameters\/1: Operations must have unique .*: left out$/,
    path: ["paths", "/a", "get", "parameters"],
    read: [{ name: "q", in: "query", schema: { type: "string" } }],
  },
  {
    title: "two operations of one id",
    text: minimal(
      "paths:\n  /a: { get: { operationId: x, responses: {} } }\n  /b/{c}: { get: { operationId: x, responses: {} } }\n",
    ),
    warning:
      /a\.yaml:5:13 \/paths\/~1b~1{c}\/get: this operation and \/paths\/~1a\/get are both named x: it is generated as getBByC/,
    path: ["paths", "/b/{c}", "get", "operationId"],
    read: "getBByC",
  },
  {
    title: "two operations whose derived ids are equal",
    text: minimal("paths:\n  /a-b: { get: { responses: {} } }\n  /a/b: { get: { responses: {} } }\n"),
    warning: /are both named getAB: it is generated as getAB2, until/,
    path: ["paths", "/a/b", "get", "operationId"],
    read: "getAB2",
  },
  {
    title: "a version of two parts",
    text: "openapi: 3.1\ninfo: { title: A, version: '1' }\npaths: {}\n",
    warning: /a\.yaml:1:1 \/openapi: `openapi: 3.1` is taken for 3\.1\.0/,
  },
];

test.each(faults)(
  "$title is a warning, and refused where asked to be strict",
  async ({ text, warning, path, read }) => {
    const { document, warnings } = await load(text);
    expect(warnings).toContainEqual(expect.stringMatching(warning));
    if (path !== undefined) expect(valueAt(document, path)).toEqual(read);
    await expect(load(text, true)).rejects.toMatchObject({ name: "ContractError" });
  },
);

test("unused components, extensions and missing descriptions are no fault at all", async () => {
  const { warnings } = await load(
    minimal("paths: { x-a: 1 }\ncomponents: { schemas: { Unused: { type: string, x-b: {} } } }\n"),
    true,
  );
  expect(warnings).toEqual([]);
});

/** Faults without which something else would be described. */
const refused = [
  ["type: strin", /\/schema\/type: `type` can be one of/],
  ["type: [string, null]", /\/schema\/type\/1: `type` can be one of/],
  ["properties: []", /\/schema\/properties: Expected type/],
  ["allOf: [text]", /\/allOf\/0: Expected type `Schema` \(object\) but got `string`/],
  ["type: array\nitems: [{ type: string }]", /\/schema\/items: Expected type `Schema` \(object\) but got `array`/],
  ["enum: a", /\/schema\/enum: Expected type `array` but got `string`/],
  ["$ref: '#/nowhere'", /\/schema: \$ref #\/nowhere leads nowhere/],
] as const;

test.each(refused)("a schema of `%s` is refused with its place", async (schema, message) => {
  await expect(load(documentFixture({ schema }))).rejects.toMatchObject({
    code: "SPEC_UNREADABLE",
    message: expect.stringMatching(/a\.yaml:1[1-3]:\d+ \/paths/) as string,
  });
  await expect(load(documentFixture({ schema }))).rejects.toThrow(message);
});

test("a parameter without a name or a place is refused", async () => {
  await expect(load(operation("      parameters: [{ name: a, schema: {} }]\n"))).rejects.toThrow(
    "/parameters/0: The field `in` must be present",
  );
});

test("`true` is a schema in 3.1", async () => {
  const { document, warnings } = await load(minimal("paths: {}\ncomponents: { schemas: { Any: true } }\n"), true);
  expect([warnings, valueAt(document, ["components", "schemas"])]).toEqual([[], { Any: true }]);
});

test("what is left out of a file that is referred to is named there", async () => {
  const folder = await writeDocuments({
    "a.yaml": documentFixture({ schema: "$ref: ./thing.yaml" }),
    "thing.yaml": "type: object\noptional: [1, 2]\nproperties:\n  b: { type: string, minLength: x }\n",
  });
  const { document, warnings } = await loadEffectiveDocument({ specPath: join(folder, "a.yaml") });
  expect(warnings).toEqual([
    expect.stringMatching(/thing\.yaml:2:1 \/optional: .*left out$/),
    expect.stringMatching(/thing\.yaml:4:22 \/properties\/b\/minLength: .*left out$/),
  ]);
  expect(valueAt(document, ["components", "schemas", "thing"])).toEqual({
    type: "object",
    properties: { b: { type: "string" } },
  });
});

test("what has no place in a document stays where something refers to it", async () => {
  const text = documentFixture({ schema: "$ref: '#/definitions/A%20b/properties/c'" });
  const { document, warnings } = await load(
    `${text}definitions: { "A b": { properties: { c: { type: boolean } } } }\nodd: 1\n`,
  );
  expect(warnings).toEqual([
    expect.stringMatching(/\/definitions: Property `definitions` is not expected here\.[^:]*$/),
    expect.stringMatching(/\/odd: Property `odd` is not expected here\.[^:]*: left out$/),
  ]);
  expect(valueAt(document, ["components", "schemas"])).toEqual({ definitions_A_b_properties_c: { type: "boolean" } });
});

test("what is used as two kinds of thing keeps what either needs", async () => {
  const body = "{ required: true, content: { text/plain: { schema: { type: string } } } }";
  const text = operation("      requestBody: { $ref: '#/components/requestBodies/B' }\n").replace(
    "responses: {}",
    "responses: { 200: { $ref: '#/components/requestBodies/B' } }",
  );
  const { document, warnings } = await load(`${text}components: { requestBodies: { B: ${body} } }\n`);
  expect(warnings).toContainEqual(expect.stringMatching(/requestBodies\/B: This is used as \w+ and as \w+: a \$ref/));
  expect(valueAt(document, ["components", "requestBodies", "B", "required"])).toBe(true);
});

test("only what is at fault is left out of a list", async () => {
  const { document } = await load(documentFixture({ schema: "type: object\nrequired: [a, 1, b, 2, c]" }));
  expect(valueAt(document, [...schemaPath, "required"])).toEqual(["a", "b", "c"]);
});

test("120 YAML aliases are read", async () => {
  const schemas = Array.from(
    { length: 60 },
    (_, index) => `    S${index}: { type: object, properties: { a: *id, b: *id } }\n`,
  );
  const { document } = await load(
    `x-id: &id { type: string }\n${minimal(`paths: {}\ncomponents:\n  schemas:\n${schemas.join("")}`)}`,
  );
  expect(valueAt(document, ["components", "schemas", "S59", "properties", "b"])).toEqual({ type: "string" });
});

test("the reading of a document leaves the file as it was", async () => {
  const folder = await writeDocuments({ "a.yaml": documentFixture({ schema: "optional: true" }) });
  await loadEffectiveDocument({ specPath: join(folder, "a.yaml") });
  expect(await readFile(join(folder, "a.yaml"), "utf8")).toContain("optional: true");
});
