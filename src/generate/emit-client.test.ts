import { execFile } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { writeDocuments } from "./document.fixture.ts";
import { generate } from "./generate.ts";

const root = join(import.meta.dirname, "../..");

const shop = `openapi: 3.0.3
info: { title: Shop, version: "1" }
paths:
  /orders/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: get_order#one
      parameters: [{ name: full, in: query, schema: { type: boolean } }]
      responses:
        "200": { description: It, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
        "202": { description: Later }
        4XX: { description: Not, content: { application/problem+json: { schema: { $ref: '#/components/schemas/Fault' } } } }
    put:
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses:
        default: { description: It, content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
  /export:
    get:
      responses:
        "200": { description: All, content: { application/json: { schema: { type: array } }, text/csv: { schema: { type: string } } } }
components:
  schemas:
    Order: { type: object, required: [price], properties: { price: { type: number, minimum: 0 }, note: { type: string } } }
    Fault: { type: object, required: [title], properties: { title: { type: string } } }
`;

type Reply = { status?: number; type?: string; body?: string };
type Result = { data?: unknown; error?: unknown; response: Response };
type Client = {
  GET: (path: string, init?: object) => Promise<Result>;
  PUT: (path: string, init?: object) => Promise<Result>;
};
type ClientModule = { createClient: (options: object) => Client; MismatchError: new () => Error };

const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`);
  const { status = 200, type = "application/json", body = '{"price":1}' } = reply;
  response.writeHead(status, body === "" ? {} : { "content-type": type }).end(body);
});
let reply: Reply = {};
let seen: string[] = [];
let baseUrl = "";
let imported: ClientModule;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  imported = (await import(join(await generated(shop, "./types.ts"), "client.ts"))) as ClientModule;
});
beforeEach(() => {
  reply = {};
  seen = [];
});
afterAll(() => {
  server.close().closeAllConnections();
});

async function generated(text: string, typesFrom?: string): Promise<string> {
  const folder = await writeDocuments({ "a.yaml": text });
  const origin = { source: "a.yaml", overlays: [] };
  await generate({ specPath: join(folder, "a.yaml"), origin, ...(typesFrom && { typesFrom }) }, folder);
  return folder;
}

const getOrder = (checks?: object) =>
  imported
    .createClient({ baseUrl, ...(checks && { checks }) })
    .GET("/orders/{id}", { params: { path: { id: "a b" } } });

test("a call reaches the server and gives what it answers", async () => {
  const { data, response } = await getOrder();
  expect([data, response.status, seen]).toEqual([{ price: 1 }, 200, ["GET /orders/a%20b"]]);
});

test.each<{ title: string; reply: Reply; problem: object }>([
  {
    title: "a wrong member",
    reply: { body: '{"price":"1"}' },
    problem: { pointer: "/price", message: "must be number" },
  },
  {
    title: "a missing body",
    reply: { body: "" },
    problem: { pointer: "", message: "is missing: the document has JSON here" },
  },
  {
    title: "what is no JSON",
    reply: { body: "<html>", type: "text/html" },
    problem: { pointer: "", message: "is no JSON" },
  },
  {
    title: "a success that is not documented",
    reply: { status: 206 },
    problem: { message: "is no documented status" },
  },
  {
    title: "a wrong error",
    reply: { status: 404, body: "{}" },
    problem: { pointer: "", message: "must have required property 'title'" },
  },
])("$title in an answer is an error with its place", async ({ reply: given, problem }) => {
  reply = given;
  const error = await getOrder().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(imported.MismatchError);
  expect(error).toMatchObject({
    name: "MismatchError",
    operationId: "get_order#one",
    status: given.status ?? 200,
    problems: [problem],
  });
  expect((error as Error).message).toContain(`get_order#one: the answer ${given.status ?? 200} breaks the document: `);
});

test.each<{ title: string; reply: Reply }>([
  { title: "a documented error", reply: { status: 404, type: "application/problem+json", body: '{"title":"No"}' } },
  { title: "an error that no document has", reply: { status: 502, type: "text/html", body: "<html>" } },
  { title: "a status without a body", reply: { status: 202, body: "" } },
])("$title is an answer like any other", async ({ reply: given }) => {
  reply = given;
  expect((await getOrder()).response.status).toBe(given.status);
});

test("another documented media type is not read as JSON", async () => {
  reply = { type: "text/csv; charset=utf-8", body: "a,b" };
  const { data } = await imported.createClient({ baseUrl }).GET("/export", { parseAs: "text" });
  expect(data).toBe("a,b");
});

test("checks can be left out, and requests are checked on demand, before they are sent", async () => {
  reply = { body: '{"price":-1}' };
  expect((await getOrder({ responses: false })).data).toEqual({ price: -1 });
  const put = (checks: object) =>
    imported
      .createClient({ baseUrl, checks })
      .PUT("/orders/{id}", { params: { path: { id: "1" } }, body: { price: -1 } });
  await expect(put({ requests: true })).rejects.toMatchObject({
    operationId: "putOrdersById",
    status: undefined,
    problems: [{ pointer: "/price", message: "must be >= 0" }],
  });
  expect(seen).toEqual(["GET /orders/a%20b"]);
  await expect(put({})).rejects.toMatchObject({ status: 200, problems: [{ pointer: "/price" }] });
});

const user = `import { createClient, MismatchError } from "./client.js";
const client = createClient({ baseUrl: "http://127.0.0.1", checks: { requests: true } });
const { data, error } = await client.GET("/orders/{id}", { params: { path: { id: "1" }, query: { full: true } } });
export const price: number | undefined = data?.price;
export const title: string | undefined = error?.title;
export const pointers = (reason: MismatchError): string[] => reason.problems.map(({ pointer }) => pointer);
// @ts-expect-error there is no such path
await client.GET("/nothing");
// @ts-expect-error the path needs its parameter
await client.GET("/orders/{id}");
// @ts-expect-error a price is a number
await client.PUT("/orders/{id}", { params: { path: { id: "1" } }, body: { price: "1" } });
// @ts-expect-error there is no such check
createClient({ checks: { answers: true } });
`;

const empty = 'openapi: 3.1.0\ninfo: { title: A, version: "1" }\n';
test.each([
  { title: "a document", text: shop, program: user },
  { title: "a document without operations", text: `${empty}paths: {}\n`, program: "" },
  {
    title: "a document of webhooks",
    text: `${empty}webhooks: { made: { post: { requestBody: { content: { application/json: { schema: { type: object } } } }, responses: {} } } }\n`,
    program: "",
  },
])("the client of $title compiles under all strict flags, and a wrong call does not", async ({ text, program }) => {
  const folder = await generated(text);
  await writeFile(join(folder, "main.ts"), program === "" ? 'export { createClient } from "./client.js";\n' : program);
  const flags =
    "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --noPropertyAccessFromIndexSignature " +
    "--noUnusedLocals --noImplicitOverride --verbatimModuleSyntax --skipLibCheck --module nodenext --target es2024";
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [tsc, ...flags.split(" "), "main.ts"], { cwd: folder });
  await expect(run.catch((error: { stdout: string }) => error)).resolves.toMatchObject({ stdout: "" });
});
