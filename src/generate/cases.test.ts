import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { writeDocuments } from "./document.fixture.ts";
import { generate } from "./generate.ts";

/** A document that people brought, cut down to what went wrong with it, and what has to hold. */
type Case = {
  readonly title: string;
  readonly version: "3.0.3" | "3.1.0";
  readonly document: string; // what follows `info`
  readonly accepted?: readonly (readonly [component: string, value: unknown])[];
  readonly refused?: readonly (readonly [component: string, value: unknown])[];
  readonly code?: string; // has to compile beside the output
};

const cases: readonly Case[] = [
  {
    title: "a nullable enum may be null",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Held: { type: object, properties: { reason: { type: string, nullable: true, enum: [late, lost] } } }`,
    accepted: [
      ["Held", { reason: null }],
      ["Held", { reason: "late" }],
    ],
    refused: [["Held", { reason: "other" }]],
    code: `export const held: components["schemas"]["Held"] = { reason: null };`,
  },
  {
    title: "two defaults of one member are no error",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Base: { type: object, properties: { stream: { type: boolean, default: false } } }
    Chat: { allOf: [{ $ref: '#/components/schemas/Base' }, { type: object, properties: { stream: { type: boolean, default: true } } }] }`,
    accepted: [
      ["Chat", {}],
      ["Chat", { stream: false }],
    ],
    refused: [["Chat", { stream: 1 }]],
  },
  {
    title: "keywords without a type speak of their own type alone",
    version: "3.1.0",
    document: `paths: {}
components:
  schemas:
    Name: { type: object, required: [first], properties: { first: { type: string } } }
    User: { type: object, properties: { name: { $ref: '#/components/schemas/Name', maxLength: 80 } } }
    Left: { type: object, properties: { left: { anyOf: [{ type: integer, minimum: 0 }, { type: 'null' }], minimum: 0 } } }
    Port: { format: port-or-name, oneOf: [{ type: integer }, { type: string }] }`,
    accepted: [
      ["User", { name: { first: "Ada" } }],
      ["Left", { left: null }],
      ["Port", 8080],
      ["Port", "http"],
    ],
    refused: [
      ["User", { name: {} }],
      ["Left", { left: -1 }],
      ["Port", true],
    ],
  },
  {
    title: "any character may stand in an operation's id",
    version: "3.0.3",
    document: String.raw`paths:
  /a:
    post:
      operationId: "get_files#shared '\"\\\n*/ é __proto__"
      requestBody: { content: { application/json: { schema: { type: object, required: [id] } } } }
      responses: { "200": { description: ok, content: { application/json: { schema: { type: string } } } } }
  /b: { get: { operationId: __proto__, responses: { "200": { description: ok, content: { application/json: { schema: { type: string } } } } } } }`,
    code: String.raw`import { operationSchemas } from "./schemas.ts";
import { requestBodies, responseBodies } from "./validators.js";
const id = "get_files#shared '\"\\\n*/ é __proto__";
export const text: z.ZodType<string> = operationSchemas[id].responses[200];
export const other: z.ZodType<string> = operationSchemas["__proto__"].responses[200];
export const validate: (data: unknown) => data is string = responseBodies[id][200];
export const body = requestBodies[id];`,
  },
  {
    title: "the discriminator decides between alternatives that overlap",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Login:
      oneOf: [{ $ref: '#/components/schemas/Password' }, { $ref: '#/components/schemas/Oidc' }]
      discriminator: { propertyName: method, mapping: { password: '#/components/schemas/Password', oidc: Oidc } }
    Password: { type: object, required: [method, secret], properties: { method: { type: string }, secret: { type: string } } }
    Oidc: { type: object, required: [method], properties: { method: { type: string }, provider: { type: string } } }`,
    accepted: [
      ["Login", { method: "password", secret: "s" }],
      ["Login", { method: "oidc" }],
    ],
    refused: [
      ["Login", { method: "password" }],
      ["Login", { method: "other" }],
    ],
    code: `export const secretOf = (login: components["schemas"]["Login"]): string | undefined =>
  login.method === "password" ? login.secret : login.provider;`,
  },
  {
    title: "alternatives inherit from the schema that lists them",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Animal:
      type: object
      required: [kind]
      properties: { kind: { type: string } }
      oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }]
      discriminator: { propertyName: kind }
    Cat: { allOf: [{ $ref: '#/components/schemas/Animal' }, { type: object, properties: { mice: { type: integer } } }] }
    Dog: { allOf: [{ $ref: '#/components/schemas/Animal' }, { type: object, properties: { bark: { type: string } } }] }`,
    accepted: [
      ["Animal", { kind: "Cat", mice: 3 }],
      ["Cat", { kind: "Cat" }],
    ],
    refused: [
      ["Animal", { kind: "Cat", mice: "3" }],
      ["Animal", { kind: "Cow" }],
      ["Dog", {}],
    ],
    code: `export const miceOf = (animal: components["schemas"]["Animal"]): number | undefined =>
  animal.kind === "Cat" ? animal.mice : undefined;`,
  },
  {
    title: "a type may hold itself",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Json: { oneOf: [{ type: string }, { type: array, items: { $ref: '#/components/schemas/Json' } }] }
    Left: { anyOf: [{ type: number }, { type: array, items: { $ref: '#/components/schemas/Right' } }] }
    Right: { type: object, additionalProperties: { $ref: '#/components/schemas/Left' } }`,
    accepted: [
      ["Json", ["a", ["b", []]]],
      ["Left", [{ a: 1, b: [] }]],
    ],
    refused: [
      ["Json", ["a", [1]]],
      ["Left", [{ a: "1" }]],
    ],
    code: `export const json: components["schemas"]["Json"] = ["a", ["b", []]];
// @ts-expect-error a number is no such value
export const wrong: components["schemas"]["Json"] = ["a", [1]];`,
  },
  {
    title: "a closed object beside a part knows its own members alone",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Base: { type: object, required: [id], properties: { id: { type: string } } }
    Closed:
      type: object
      additionalProperties: false
      allOf: [{ $ref: '#/components/schemas/Base' }]
      properties: { id: {}, meta: { type: string } }`,
    accepted: [["Closed", { id: "a", meta: "b" }]],
    refused: [
      ["Closed", { id: "a", other: 1 }],
      ["Closed", { meta: "b" }],
    ],
  },
  {
    title: "decimal fractions and large integers are what they look like",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Price: { type: number, multipleOf: 0.01 }
    Big: { type: integer, format: int64 }
    Small: { type: integer, format: int32 }
    Plain: { type: integer }`,
    accepted: [
      ["Price", 19.99],
      ["Price", 1.15],
      ["Big", 2 ** 53 + 2],
      ["Small", 2 ** 31 - 1],
      ["Plain", 2 ** 53 - 1],
    ],
    refused: [
      ["Price", 19.999],
      ["Big", 1.5],
      ["Small", 2 ** 31],
      ["Plain", 2 ** 53],
    ],
  },
  {
    title: "members of a part that may be null are required where it is not",
    version: "3.0.3",
    document: `paths: {}
components:
  schemas:
    Base: { type: object, nullable: true, properties: { start: { type: string }, end: { type: string } } }
    Either: { type: object, properties: { start: { type: string } }, oneOf: [{ properties: { a: { type: string } } }, { required: [b] }] }
    Same: { allOf: [{ $ref: '#/components/schemas/Base' }], required: [start] }
    Narrow: { allOf: [{ $ref: '#/components/schemas/Base' }, { type: object }], required: [start] }
    Both: { allOf: [{ $ref: '#/components/schemas/Either' }, { $ref: '#/components/schemas/Base' }], required: [start, end] }`,
    accepted: [
      ["Same", null],
      ["Same", { start: "now" }],
      ["Narrow", { start: "now" }],
    ],
    refused: [
      ["Same", { end: "then" }],
      ["Narrow", null],
      ["Narrow", {}],
      ["Both", { start: "now", b: 1 }],
    ],
    code: `type Schemas = components["schemas"];
export const same: Schemas["Same"][] = [null, { start: "now" }];
export const narrow: Schemas["Narrow"] = { start: "now" };
// @ts-expect-error: a member is required
export const without: Schemas["Same"] = { end: "then" };
// @ts-expect-error: another part is for objects alone
export const none: Schemas["Narrow"] = null;
declare const both: Schemas["Both"];
export const ends: string = both.end;`,
  },
];

const outputs = new Map<string, string>();
beforeAll(async () => {
  for (const { title, version, document, code = "" } of cases) {
    const text = `openapi: ${version}\ninfo: { title: Case, version: "1" }\n${document}\n`;
    const folder = await writeDocuments({ "a.yaml": text });
    const origin = { source: "a.yaml", overlays: [] };
    await generate({ specPath: join(folder, "a.yaml"), origin, typesFrom: "./types.ts" }, folder);
    const imports = `import type { z } from "zod";\nimport type { components } from "./types.ts";\n`;
    await writeFile(join(folder, "main.ts"), `${imports}${code}\nexport type Used = z.ZodType<components>;\n`);
    outputs.set(title, folder);
  }
});

test.each(cases)("$title", async ({ title, accepted = [], refused = [] }) => {
  const folder = outputs.get(title) ?? "";
  const { schemas } = (await import(join(folder, "schemas.ts"))) as { schemas: Record<string, z.ZodType> };
  const { components } = (await import(join(folder, "validators.js"))) as {
    components: Record<string, (value: unknown) => boolean>;
  };
  const verdicts = [...accepted, ...refused].map(([name, value]) => {
    return [name, value, schemas[name]?.safeParse(value).success, components[name]?.(value)];
  });
  expect(verdicts).toEqual([
    ...accepted.map(([name, value]) => [name, value, true, true]),
    ...refused.map(([name, value]) => [name, value, false, false]),
  ]);
});

test("the output of all of them compiles", async () => {
  const tsc = join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  const flags = "--noEmit --strict --skipLibCheck --module nodenext --target es2024 --allowImportingTsExtensions";
  const mains = [...outputs.values()].flatMap((folder) => [
    join(folder, "main.ts"),
    join(folder, "schemas.ts"),
    join(folder, "operations.ts"),
  ]);
  const run = promisify(execFile)(process.execPath, [tsc, ...flags.split(" "), ...mains]).catch(
    (error: unknown) => error,
  );
  expect(((await run) as { stdout: string }).stdout).toBe("");
});
