import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import type { ErrorObject } from "ajv";
import type { z } from "zod";
import { contractOptions, contracts } from "./contracts.ts";
import { documentFixture, writeDocuments } from "./document.fixture.ts";
import { generate, type Generated, type GenerateOptions } from "./generate.ts";
import type { JsonObject, JsonValue } from "./json.ts";

const root = join(import.meta.dirname, "../..");

type Validate = ((data: unknown) => boolean) & { errors?: readonly ErrorObject[] | null };
type OperationSchemas = {
  path?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  bodyRequired: boolean;
  responses: Record<string, z.ZodType>;
};
type Imported = {
  operations: Record<string, JsonObject>;
  schemas: Record<string, z.ZodType>;
  operationSchemas: Record<string, OperationSchemas>;
  components: Record<string, Validate>;
  requestBodies: Record<string, Validate>;
  responseBodies: Record<string, Record<string, Validate>>;
};

type Written = Generated & { readonly folder: string; readonly files: ReadonlyMap<string, string> };

async function generateText(text: string): Promise<Written> {
  const source = join(await writeDocuments({ "a.yaml": text }), "a.yaml");
  return generateFiles({ specPath: source, origin: { source: "a.yaml", overlays: [] }, typesFrom: "./types.ts" });
}

async function generateFiles(options: GenerateOptions): Promise<Written> {
  const folder = join(await writeDocuments({ "out/package.json": '{ "type": "module" }' }), "out");
  const generated = await generate(options, folder);
  const names = (await readdir(folder)).filter((name) => name !== "package.json").sort();
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
  );
  return { ...generated, folder, files: new Map(files) };
}

async function importGenerated(text: string): Promise<Imported & { warnings: readonly string[] }> {
  const { folder, warnings } = await generateText(text);
  const load = (name: string) => import(join(folder, name)) as Promise<Imported>;
  const modules = await Promise.all(["operations.ts", "schemas.ts", "validators.js"].map(load));
  return { ...Object.assign({}, ...modules), warnings } as Imported & { warnings: readonly string[] };
}

const shop = `openapi: 3.0.3
info: { title: Shop, version: "1" }
security: [{ Key: [] }, { Token: [], Tenant: [] }]
paths:
  /orders/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }
      - { name: X-Trace, in: header, schema: { type: string } }
    get:
      operationId: getOrder
      x-evidence: observed
      tags: [orders]
      security: []
      parameters:
        - { name: verbose, in: query, schema: { type: boolean, default: false } }
        - { name: part, in: query, schema: { type: array, items: { type: number } } }
        - { name: sort, in: query, explode: false, schema: { type: array, items: { type: string } } }
        - { name: filter, in: query, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses:
        default: { $ref: '#/components/responses/Fault' }
        "200":
          description: The order
          content:
            text/csv: { schema: { type: string } }
            application/json: { schema: { $ref: '#/components/schemas/Order' } }
        "404": { description: Not there }
    put:
      requestBody: { $ref: '#/components/requestBodies/Order' }
      responses:
        "200":
          description: Its first line
          content: { application/json: { schema: { $ref: '#/components/schemas/Order/properties/lines/items' } } }
components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: x-api-key }
    Token: { type: http, scheme: bearer }
    Tenant: { type: apiKey, in: header, name: x-tenant }
  requestBodies:
    Order: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
  responses:
    Fault:
      description: A fault
      content: { application/json: { schema: { type: object, required: [error], properties: { error: { type: string } } } } }
  schemas:
    Order:
      type: object
      required: [placed, lines]
      additionalProperties: false
      properties:
        placed: { type: string, format: date-time }
        parent: { nullable: true, allOf: [{ $ref: '#/components/schemas/Order' }] }
        note: { type: string, nullable: true, maxLength: 3, x-evidence: docs, example: abc }
        lines:
          type: array
          items: { type: object, required: [price], properties: { price: { type: number, minimum: 0, exclusiveMinimum: true } } }
`;

const order = { placed: "2024-01-15T10:30:00.000+02:00", lines: [{ price: 1 }] };
const verdicts: { title: string; value: JsonValue; fits: boolean }[] = [
  { title: "an order fits", value: order, fits: true },
  { title: "an order in an order fits", value: { ...order, parent: order }, fits: true },
  { title: "null fits where it is allowed", value: { ...order, parent: null, note: null }, fits: true },
  { title: "a missing member does not fit", value: { placed: order.placed }, fits: false },
  { title: "a member too many does not fit", value: { ...order, extra: 1 }, fits: false },
  { title: "a broken date does not fit", value: { ...order, placed: "2024-01-15" }, fits: false },
  { title: "an excluded bound does not fit", value: { ...order, lines: [{ price: 0 }] }, fits: false },
  { title: "a broken order in an order does not fit", value: { ...order, parent: { lines: [] } }, fits: false },
  { title: "a text of three emoji is three characters long", value: { ...order, note: "😀😀😀" }, fits: true },
];

let imported: Awaited<ReturnType<typeof importGenerated>>;
beforeAll(async () => {
  imported = await importGenerated(shop);
});

test.each(verdicts)("$title, in zod schemas and ajv validators", ({ value, fits }) => {
  const { schemas, operationSchemas, components, requestBodies, responseBodies } = imported;
  expect({
    zod: schemas["Order"]?.safeParse(value).success,
    zodBody: operationSchemas["putOrdersById"]?.body?.safeParse(value).success,
    ajv: components["Order"]?.(value),
    ajvBody: requestBodies["putOrdersById"]?.(value),
    ajvResponse: responseBodies["getOrder"]?.["200"]?.(value),
  }).toEqual({ zod: fits, zodBody: fits, ajv: fits, ajvBody: fits, ajvResponse: fits });
});

test("one schema is one validator, wherever it is used", () => {
  expect(imported.requestBodies["putOrdersById"]).toBe(imported.components["Order"]);
  expect(imported.responseBodies["getOrder"]?.["200"]).toBe(imported.components["Order"]);
});

test("a validator lists every fault with its place", () => {
  const validate = imported.components["Order"] as Validate;
  expect(validate({ placed: 1, extra: 2 })).toBe(false);
  expect(validate.errors?.map(({ instancePath, keyword }) => [instancePath, keyword])).toEqual([
    ["", "required"],
    ["", "additionalProperties"],
    ["/placed", "type"],
  ]);
});

test("statuses without a body have no validator and no schema", () => {
  expect(Object.keys(imported.responseBodies["getOrder"] ?? {})).toEqual(["200", "default"]);
  expect(Object.keys(imported.operationSchemas["getOrder"]?.responses ?? {})).toEqual(["200", "default"]);
});

test("a reference into the middle of a schema has a schema of its own", () => {
  const zod = imported.operationSchemas["putOrdersById"]?.responses["200"];
  const ajv = imported.responseBodies["putOrdersById"]?.["200"];
  expect([zod?.safeParse({ price: 1 }).success, ajv?.({ price: 1 })]).toEqual([true, true]);
  expect([zod?.safeParse({ price: "1" }).success, ajv?.({ price: "1" })]).toEqual([false, false]);
});

test("the table of operations resolves what the document shares", () => {
  expect(imported.operations["getOrder"]).toEqual({
    id: "getOrder",
    method: "get",
    path: "/orders/{id}",
    tags: ["orders"],
    statuses: ["200", "404", "default"],
    security: [],
    parameters: [
      { name: "id", in: "path", required: true },
      { name: "X-Trace", in: "header", required: false },
      { name: "verbose", in: "query", required: false },
      { name: "part", in: "query", required: false },
      { name: "sort", in: "query", required: false },
      { name: "filter", in: "query", required: false },
    ],
    requestBodyRequired: false,
    requestContentTypes: [],
    responseContentTypes: { "200": ["text/csv", "application/json"], "404": [], default: ["application/json"] },
  });
  expect(imported.operations["putOrdersById"]).toMatchObject({
    security: [["Key"], ["Token", "Tenant"]],
    requestBodyRequired: true,
    requestContentTypes: ["application/json"],
  });
});

test("parameters are read from the texts of a URL", () => {
  const { path, query } = imported.operationSchemas["getOrder"] as OperationSchemas;
  expect(path?.parse({ id: "7" })).toEqual({ id: 7 });
  for (const id of ["0", "7.5", "0x7", "", " 7", "seven"])
    expect([id, path?.safeParse({ id }).success]).toEqual([id, false]);
  const texts = { verbose: "true", part: ["1", "2.5"], sort: "a,b", filter: JSON.stringify(order) };
  expect(query?.parse(texts)).toEqual({ verbose: true, part: [1, 2.5], sort: ["a", "b"], filter: order });
  expect(query?.parse({ part: "1" })).toEqual({ verbose: false, part: [1] });
  expect(query?.safeParse({ verbose: "yes" }).success).toBe(false);
  expect(query?.safeParse({ filter: "{" }).success).toBe(false);
});

test("nothing is left out of a document of known keywords", () => {
  expect(imported.warnings).toEqual([]);
});

test("what zod cannot express is asked of the validator, with the place of each fault", async () => {
  const components = `schemas:
  Odd: { type: number, not: { multipleOf: 2 } }
  Holder: { type: object, properties: { odd: { type: array, items: { $ref: '#/components/schemas/Odd' } }, on: { type: boolean, default: true } } }`;
  const { schemas, components: validators, warnings } = await importGenerated(documentFixture({ components }));
  expect([warnings, schemas["Odd"]?.safeParse(2).success, validators["Odd"]?.(2)]).toEqual([[], false, false]);
  expect(schemas["Holder"]?.parse({ odd: [1] })).toEqual({ odd: [1], on: true });
  const issues = schemas["Holder"]?.safeParse({ odd: [1, 2] }).error?.issues;
  expect(issues?.map(({ path, message }) => [path, message])).toEqual([[["odd", 1], "must NOT be valid"]]);
});

test("a format or pattern that cannot be checked is left out with a warning", async () => {
  const schema =
    "type: object\nproperties:\n  a: { type: string, format: bin }\n  b: { type: string, pattern: '(?i)x' }";
  const { files, warnings } = await generateText(documentFixture({ schema }));
  expect(warnings).toEqual([
    "getThings 200: format bin is unknown and not checked",
    expect.stringContaining("pattern (?i)x is no regular expression of JSON Schema"),
  ]);
  for (const name of ["schemas.ts", "validators.js"]) expect(files.get(name)?.split("*/")[0]).toContain(warnings[0]);
});

const badBody = "{ content: { application/json: { schema: { anyOf: [] } } } }";
const badObject = `{ type: object, properties: { first: { anyOf: [] }, second: { type: string, pattern: "^${"a".repeat(100)}" } } }`;
const refusals: { title: string; text: string; code: string; message: string | RegExp }[] = [
  {
    title: "a dynamic reference",
    text: documentFixture({ schema: "$dynamicRef: '#thing'" }),
    code: "SPEC_UNSUPPORTED",
    message: "/schema/$dynamicRef: dynamic references are not supported: use $ref",
  },
  {
    title: "another dialect of JSON Schema",
    text: `jsonSchemaDialect: http://json-schema.org/draft-07/schema#\n${documentFixture()}`,
    code: "SPEC_UNSUPPORTED",
    message: '/jsonSchemaDialect: "http://json-schema.org/draft-07/schema#" is not supported',
  },
  {
    title: "a schema that ajv refuses",
    text: documentFixture({ components: "schemas:\n  Bad: { anyOf: [] }" }),
    code: "SPEC_UNSUPPORTED",
    message: "schema Bad: ajv refuses it: schema is invalid: data/anyOf must NOT have fewer than 1 items",
  },
  {
    title: "a webhook's schema that ajv refuses",
    text: `${documentFixture()}webhooks:\n  made: { post: { operationId: onMade, requestBody: ${badBody}, responses: {} } }\n`,
    code: "SPEC_UNSUPPORTED",
    message: /a\.yaml:\d+:11 \/webhooks\/made\/post: schema onMade body: ajv refuses it/,
  },
  {
    title: "a schema that ajv refuses in a place that has it twice",
    text: documentFixture({ components: `schemas:\n  Box: { allOf: [${badObject}, { items: ${badObject} }] }` }),
    code: "SPEC_UNSUPPORTED",
    message: /a\.yaml:\d+:\d+ \/components\/schemas\/Box: schema Box \d+: ajv refuses it/,
  },
];

test.each(refusals)("$title is refused", async ({ text, code, message }) => {
  const error = await generateText(text).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: "ContractError", code });
  if (typeof message === "string") expect((error as Error).message).toContain(message);
  else expect((error as Error).message).toMatch(message);
});

test("names that are no identifiers work as names of schemas, operations and members", async () => {
  const text = documentFixture({
    schema: "type: object\nproperties:\n  '*/ x': { $ref: '#/components/schemas/A-b.c' }",
    components: "schemas:\n  A-b.c: { type: string }\n  constructor: { type: number }",
  }).replace("    get:\n", "    get:\n      operationId: things/get all\n");
  const { schemas, components, responseBodies, operationSchemas } = await importGenerated(text);
  expect([schemas["A-b.c"]?.safeParse("x").success, components["A-b.c"]?.(1)]).toEqual([true, false]);
  expect([schemas["constructor"]?.safeParse("x").success, components["constructor"]?.(1)]).toEqual([false, true]);
  expect(responseBodies["things/get all"]?.["200"]?.({ "*/ x": 1 })).toBe(false);
  expect(operationSchemas["things/get all"]?.responses["200"]?.safeParse({ "*/ x": "1" }).success).toBe(true);
});

test("generated code runs in plain Node, without require", async () => {
  const { folder } = await generateText(shop);
  const script = `
    import { components } from "./validators.js";
    import { schemas } from "./schemas.ts";
    import { operations } from "./operations.ts";
    const value = ${JSON.stringify(order)};
    console.log(typeof require, components.Order(value), schemas.Order.safeParse(value).success, Object.keys(operations));`;
  await writeFile(join(folder, "main.mjs"), script);
  const { stdout } = await promisify(execFile)(process.execPath, ["main.mjs"], { cwd: folder });
  expect(stdout.trim()).toBe("undefined true true [ 'getOrder', 'putOrdersById' ]");
});

test("generated types are exact: a wrong field does not compile", async () => {
  const { folder } = await generateText(shop);
  const script = `
    import { schemas, operationSchemas } from "./schemas.ts";
    import { components as validators, requestBodies } from "./validators.js";
    import { operations } from "./operations.ts";
    const order = schemas.Order.parse(null);
    export const placed: string = order.placed;
    export const path: { id: number } = operationSchemas.getOrder.path.parse(null);
    const unknown: unknown = null;
    export const note: string | null | undefined = requestBodies.putOrdersById(unknown) ? unknown.note : undefined;
    export const method: "get" = operations.getOrder.method;
    // @ts-expect-error there is no such member
    order.nothing;
    // @ts-expect-error nor such a schema
    validators.Nothing;`;
  await writeFile(join(folder, "main.ts"), script);
  const flags =
    "--noEmit --strict --skipLibCheck --module nodenext --target es2024 --allowImportingTsExtensions --exactOptionalPropertyTypes";
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [tsc, ...flags.split(" "), "main.ts"], { cwd: folder });
  await expect(run).resolves.toMatchObject({ stdout: "" });
});

test("the same document gives the same bytes", async () => {
  const [first, second] = [await generateText(shop), await generateText(shop)];
  expect([...second.files]).toEqual([...first.files]);
});

test("every file says what made it, from what, and that it is not for editing", async () => {
  const { files } = await generateText(shop);
  expect([...files.keys()]).toEqual([
    "client.ts",
    "openapi.json",
    "operations.ts",
    "schemas.ts",
    "types.ts",
    "validators.d.ts",
    "validators.js",
  ]);
  for (const [name, text] of files) {
    expect([name, text.slice(0, 200)]).toEqual([
      name,
      expect.stringContaining("Generated by `sandglass generate` from a.yaml. Never edit"),
    ]);
  }
});

test.each(contracts)(
  "what is committed for $name is what its documents give, zod reading all of it",
  async (contract) => {
    const { files, warnings } = await generateFiles(contractOptions(contract, root));
    expect(warnings).toEqual([]);
    // The mock's reading of a contract is to differ from the laws'.
    expect(files.get("schemas.ts")).not.toContain("validators.js");
    for (const [name, text] of files) {
      const path = `generated/${contract.name}/${name}`;
      const committed = await readFile(join(root, path), "utf8");
      expect(committed === text, `${path} is outdated: run npm run generate`).toBe(true);
    }
  },
);

test.each(contracts)("the examples in the schemas of $name fit them, to zod and to ajv", async ({ name }) => {
  const folder = join(root, "generated", name);
  const { schemas } = (await import(join(folder, "schemas.ts"))) as Imported;
  const { components } = (await import(join(folder, "validators.js"))) as Imported;
  const document = JSON.parse(await readFile(join(folder, "openapi.json"), "utf8")) as {
    components: { schemas: Record<string, { examples?: unknown[] }> };
  };
  for (const [component, { examples = [] }] of Object.entries(document.components.schemas)) {
    for (const example of examples) {
      expect([component, schemas[component]?.safeParse(example).error, components[component]?.(example)]).toEqual([
        component,
        undefined,
        true,
      ]);
    }
  }
  expect(Object.keys(schemas)).toEqual(Object.keys(components));
});
