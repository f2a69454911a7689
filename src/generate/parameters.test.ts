import { join } from "node:path";
import { expect, test } from "vitest";
import type { z } from "zod";
import { writeDocuments } from "./document.fixture.ts";
import { generate } from "./generate.ts";

type Imported = {
  operationSchemas: Record<string, { query?: z.ZodType; body?: z.ZodType; responses: Record<string, z.ZodType> }>;
  requestBodies: Record<string, (value: unknown) => boolean>;
  webhooks: Record<string, { path: string; method: string }>;
};

async function importGenerated(text: string): Promise<Imported> {
  const folder = await writeDocuments({ "a.yaml": text });
  const origin = { source: "a.yaml", overlays: [] };
  await generate({ specPath: join(folder, "a.yaml"), origin, typesFrom: "./types.ts" }, folder);
  const modules = ["operations.ts", "schemas.ts", "validators.js"].map(
    (name) => import(join(folder, name)) as Promise<Imported>,
  );
  return Object.assign({}, ...(await Promise.all(modules))) as Imported;
}

const point = "{ type: object, properties: { x: { type: integer }, tags: { type: array, items: { type: number } } } }";
const readings: { title: string; parameter: string; texts: object; value: unknown }[] = [
  { title: "an enum of numbers", parameter: "schema: { enum: [1, 2] }", texts: { p: "1" }, value: { p: 1 } },
  { title: "a constant", parameter: "schema: { const: true }", texts: { p: "true" }, value: { p: true } },
  {
    title: "a boolean or an integer",
    parameter: "schema: { anyOf: [{ type: boolean }, { type: integer }] }",
    texts: { p: "7" },
    value: { p: 7 },
  },
  {
    title: "a word or a number",
    parameter: "schema: { anyOf: [{ enum: [all] }, { type: integer }] }",
    texts: { p: "all" },
    value: { p: "all" },
  },
  {
    title: "a text or a number",
    parameter: "schema: { type: [string, number] }",
    texts: { p: "7" },
    value: { p: "7" },
  },
  {
    title: "an object by deepObject",
    parameter: `style: deepObject\n          schema: ${point}`,
    texts: { "p[x]": "1", "p[tags]": ["2", "3"] },
    value: { p: { x: 1, tags: [2, 3] } },
  },
  {
    title: "an object that was parsed before",
    parameter: `style: deepObject\n          schema: ${point}`,
    texts: { p: { x: "1" } },
    value: { p: { x: 1 } },
  },
  {
    title: "an exploded object",
    parameter: `schema: ${point}`,
    texts: { x: "1", y: "2" },
    value: { p: { x: 1 }, y: "2" },
  },
  {
    title: "an object in one text",
    parameter: `explode: false\n          schema: ${point}`,
    texts: { p: "x,1" },
    value: { p: { x: 1 } },
  },
  {
    title: "a list between pipes",
    parameter: "style: pipeDelimited\n          schema: { type: array, items: { type: integer } }",
    texts: { p: "1|2" },
    value: { p: [1, 2] },
  },
  {
    title: "a list between spaces",
    parameter: "style: spaceDelimited\n          schema: { type: array, items: { type: boolean } }",
    texts: { p: "true false" },
    value: { p: [true, false] },
  },
  {
    title: "a number that has to be no three, which zod cannot say",
    parameter: "schema: { type: integer, not: { const: 3 } }",
    texts: { p: "4" },
    value: { p: 4 },
  },
];
const refusals: { title: string; parameter: string; texts: object }[] = [
  { title: "a number outside of an enum", parameter: "schema: { enum: [1, 2] }", texts: { p: "3" } },
  {
    title: "a member of a wrong type",
    parameter: `style: deepObject\n          schema: ${point}`,
    texts: { "p[x]": "zz" },
  },
  { title: "half a pair", parameter: `explode: false\n          schema: ${point}`, texts: { p: "x,1,y" } },
  { title: "a forbidden number", parameter: "schema: { type: integer, not: { const: 3 } }", texts: { p: "3" } },
];

function documentOf(parameters: readonly { parameter: string }[]): string {
  const paths = parameters.map(
    ({ parameter }, index) => `  /p${index}:
    get:
      operationId: p${index}
      parameters:
        - name: p
          in: query
          ${parameter}
      responses: { "200": { description: ok } }
`,
  );
  return `openapi: 3.1.0\ninfo: { title: Things, version: "1" }\npaths:\n${paths.join("")}`;
}

test("the texts of a query become what its schemas describe", async () => {
  const { operationSchemas } = await importGenerated(documentOf(readings));
  const found = readings.map(({ title, texts }, index) => [
    title,
    operationSchemas[`p${index}`]?.query?.safeParse(texts).data,
  ]);
  expect(found).toEqual(readings.map(({ title, value }) => [title, value]));
});

test("texts that are nothing of the kind are refused", async () => {
  const { operationSchemas } = await importGenerated(documentOf(refusals));
  const found = refusals.map(({ title, texts }, index) => [
    title,
    operationSchemas[`p${index}`]?.query?.safeParse(texts).success,
  ]);
  expect(found).toEqual(refusals.map(({ title }) => [title, false]));
});

test("webhooks have schemas, validators and a table of their own", async () => {
  const { webhooks, operationSchemas, requestBodies } = await importGenerated(`openapi: 3.1.0
info: { title: Things, version: "1" }
webhooks:
  thing made:
    post:
      requestBody: { content: { application/json: { schema: { type: object, required: [id] } } } }
      responses: { "200": { description: ok } }
`);
  expect(webhooks).toMatchObject({ postThingMade: { method: "post", path: "thing made" } });
  expect([requestBodies["postThingMade"]?.({ id: 1 }), requestBodies["postThingMade"]?.({})]).toEqual([true, false]);
  const body = operationSchemas["postThingMade"]?.body;
  expect([body?.safeParse({ id: 1 }).success, body?.safeParse({}).success]).toEqual([true, false]);
});
