import { formatHeader, type Origin } from "./header.ts";

/**
 * Writes a client of the document: openapi-fetch with the document's types, which holds answers, and on demand requests,
 * against the validators. It is the same text for all documents, which it reads from the files beside it.
 *
 * @param typesFrom - the module that has the types: `./types.ts`; the others are named in the same way
 */
export function emitClient(origin: Origin, typesFrom: string): string {
  const operationsFrom = typesFrom.replace(/types(\.\w+)$/, "operations$1");
  return `${formatHeader(origin, ["Needs the packages openapi-fetch 0.17, ajv 8 and ajv-formats 3."])}
import createFetchClient, { type Client, type ClientOptions, type Middleware } from "openapi-fetch";
import { operations } from ${JSON.stringify(operationsFrom)};
import type { paths } from ${JSON.stringify(typesFrom)};
import { requestBodies, responseBodies, type Validate } from "./validators.js";
${clientText}`;
}

const clientText = `
/** What is checked at run time; types alone cannot know what a server sends. */
export type Checks = {
  /** Whether the JSON of answers has to be what the document says; by default it has. */
  readonly responses?: boolean;
  /** Whether the JSON of requests has to be, before anything is sent; by default only its type. */
  readonly requests?: boolean;
};

/** A request or an answer that breaks the document. */
export class MismatchError extends Error {
  override readonly name = "MismatchError";
  readonly operationId: string;
  /** The answer's status, or undefined for a request, which was not sent. */
  readonly status: number | undefined;
  /** Where the body is wrong, as a JSON pointer, and how. */
  readonly problems: readonly { readonly pointer: string; readonly message: string }[];

  constructor(operationId: string, status: number | undefined, problems: MismatchError["problems"]) {
    const what = status === undefined ? "the request" : \`the answer \${status}\`;
    const list = problems.map(({ pointer, message }) => \`\${pointer === "" ? "its root" : pointer} \${message}\`);
    super(\`\${operationId}: \${what} breaks the document: \${list.join("; ")}\`);
    this.operationId = operationId;
    this.status = status;
    this.problems = problems;
  }
}

/**
 * Creates a client of the document: \`client.GET("/path", { params, body })\` gives \`{ data, error, response }\`.
 *
 * @throws MismatchError from its calls, for bodies that break the document
 */
export function createClient(options: ClientOptions & { readonly checks?: Checks } = {}): Client<paths> {
  const { checks, ...rest } = options;
  const client = createFetchClient<paths>(rest);
  client.use(createChecks(checks));
  return client;
}

type Operation = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly responseContentTypes: Readonly<Record<string, readonly string[]>>;
};
type Table<T> = Readonly<Record<string, T | undefined>>;

const requestValidators: Table<Validate> = requestBodies;
const responseValidators: Table<Table<Validate>> = responseBodies;
const operationByRoute = new Map(
  Object.values<Operation>(operations).map((operation) => [\`\${operation.method} \${operation.path}\`, operation]),
);

function createChecks({ responses = true, requests = false }: Checks = {}): Middleware {
  const operationOf = (request: Request, path: string) =>
    operationByRoute.get(\`\${request.method.toLowerCase()} \${path}\`);
  return {
    async onRequest({ request, schemaPath }) {
      const operation = requests ? operationOf(request, schemaPath) : undefined;
      const validate = operation && requestValidators[operation.id];
      if (operation === undefined || validate === undefined || !isJson(request.headers)) return;
      assertBody(operation.id, undefined, validate, await request.clone().text());
    },
    async onResponse({ request, response, schemaPath }) {
      const operation = responses ? operationOf(request, schemaPath) : undefined;
      if (operation === undefined || request.method === "HEAD") return;
      const key = statusKey(operation, response.status);
      if (key === undefined) {
        if (!response.ok) return; // what gateways and outages answer is in no document
        throw new MismatchError(operation.id, response.status, [{ pointer: "", message: "is no documented status" }]);
      }
      const validate = responseValidators[operation.id]?.[key];
      const types = operation.responseContentTypes[key] ?? [];
      const type = mediaType(response.headers);
      if (validate === undefined || !types.some(isJsonType) || types.some((other) => !isJsonType(other) && other === type)) {
        return;
      }
      assertBody(operation.id, response.status, validate, await response.clone().text());
    },
  };
}

function assertBody(id: string, status: number | undefined, validate: Validate, text: string): void {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const message = text === "" ? "is missing: the document has JSON here" : "is no JSON";
    throw new MismatchError(id, status, [{ pointer: "", message }]);
  }
  if (validate(body)) return;
  const problems = (validate.errors ?? []).map(({ instancePath, message = "is wrong" }) => ({
    pointer: instancePath,
    message,
  }));
  throw new MismatchError(id, status, problems);
}

/** The exact status, else its class ("2XX"), else "default". */
function statusKey({ responseContentTypes }: Operation, status: number): string | undefined {
  const digit = String(status).charAt(0);
  return [String(status), \`\${digit}XX\`, \`\${digit}xx\`, "default"].find((key) => Object.hasOwn(responseContentTypes, key));
}

function isJson(headers: Headers): boolean {
  return isJsonType(mediaType(headers));
}

function mediaType(headers: Headers): string {
  return (headers.get("content-type") ?? "").replace(/;.*/, "").trim().toLowerCase();
}

function isJsonType(type: string): boolean {
  return /[/+]json\\b/i.test(type);
}
`;
