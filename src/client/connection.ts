import createClient, { type Client } from "openapi-fetch";
import type { Operation } from "../contract/operation.ts";
import { assertAnswer, type AnswerSchemas } from "./answer-check.ts";
import { ApiError } from "./api-error.ts";
import { failureOfAnswer, parseJson } from "./api-failure.ts";
import { assertInteger, type CallOptions, type ResolvedOptions } from "./client-options.ts";
import type { SecretHeader } from "./credential.ts";
import { hideMembers } from "./hidden-members.ts";
import type { Answer, OperationShape } from "./operation-types.ts";
import { createRedact } from "./redaction.ts";
import { createTransport } from "./transport.ts";

/** All that a client needs to know about one contract. */
export type ContractBinding<Id extends string> = {
  readonly operations: Readonly<Record<Id, Operation>>;
  readonly repeatable: Readonly<Record<Id, boolean>>;
  readonly secretMembers: readonly string[]; // members of answers that are shown only to who asks for them by name
  readonly loadSchemas: () => Promise<AnswerSchemas>;
};

/** What goes into one request. `secrets` are texts of the body that no error may show. */
export type CallParts = {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: object;
  readonly body?: unknown;
  readonly secrets?: readonly (string | undefined)[];
};

/** Performs an operation by its id and gives the body of its answer. */
export type Call<Shapes> = <Id extends keyof Shapes & string>(
  id: Id,
  parts: CallParts,
  options?: CallOptions,
) => Promise<Shapes[Id] extends OperationShape ? Answer<Shapes[Id]> : never>;

export type Connection<Paths extends object, Shapes> = { readonly raw: Client<Paths>; readonly call: Call<Shapes> };

/** Connects openapi-fetch, which knows URLs and bodies, with the transport, the error class and the schemas. */
export function createConnection<Paths extends object, Shapes>(
  options: ResolvedOptions,
  credential: { readonly header: SecretHeader; readonly secret: string },
  binding: ContractBinding<keyof Shapes & string>,
): Connection<Paths, Shapes> {
  const { baseUrl, signal, clock, validate } = options;
  const redact = createRedact([credential.secret]);
  const transport = createTransport(options, credential.header, redact);
  const operations = Object.values<Operation>(binding.operations);
  const purposes = new WeakMap<Request, Operation>();

  const raw = createClient<Paths>({
    baseUrl,
    redirect: "manual",
    ...(signal && { signal }),
    fetch: (request) => {
      // openapi-fetch puts members of a call's options that it does not know on the request.
      const { timeoutMs = options.timeoutMs } = request as CallOptions;
      const operation = purposes.get(request);
      const isRepeatable = operation !== undefined && binding.repeatable[operation.id as keyof Shapes & string];
      return transport(request, { operation: operation?.id ?? request.method, isRepeatable, timeoutMs });
    },
  });
  raw.use({
    onRequest({ request, schemaPath }) {
      const method = request.method.toLowerCase();
      const operation = operations.find((one) => one.method === method && one.path === schemaPath);
      if (operation !== undefined) purposes.set(request, operation);
    },
  });

  async function call(id: keyof Shapes & string, parts: CallParts, { signal: own, timeoutMs }: CallOptions = {}) {
    const { method, path, statuses } = binding.operations[id];
    if (timeoutMs !== undefined) assertInteger("timeoutMs", timeoutMs, 1);
    assertPathParts(id, parts.path ?? {});
    const signals = [signal, own].filter((one) => one !== undefined);
    const { data, error, response } = await (raw.request as LooseRequest)(method, path, {
      params: { path: parts.path, query: parts.query },
      body: parts.body,
      parseAs: "text", // JSON is read below, where a text that is none makes an error of ours
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (!response.ok) {
      const text = typeof error === "string" ? error : (JSON.stringify(error) ?? "");
      const redactAll = createRedact([credential.secret, ...(parts.secrets ?? [])]);
      throw failureOfAnswer(id, response, text, { redact: redactAll, nowMs: clock.now() });
    }
    const body = data ? parseJson(data) : undefined;
    if (data && body === undefined) {
      const { status } = response;
      throw new ApiError("INVALID_ANSWER", `${status} with a body that is not JSON`, {
        operation: id,
        status,
        pointer: "",
      });
    }
    if (validate) assertAnswer({ operation: id, status: response.status, statuses }, body, await binding.loadSchemas());
    hideMembers(body, binding.secretMembers);
    return body;
  }
  return { raw, call: call as Call<Shapes> };
}

/** `raw.request` without its types, which follow from literal paths; those of the named methods are as strict. */
type LooseRequest = (
  method: string,
  path: string,
  init: object,
) => Promise<{ readonly data?: string; readonly error?: unknown; readonly response: Response }>;

/** An empty part, or dots, would make the URL that of another operation: a kill without an id, say, of all. */
function assertPathParts(operation: string, parts: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(parts)) {
    if (!["", ".", ".."].includes(String(value))) continue;
    const message = `${name} is ${JSON.stringify(value)}, which names nothing. Nothing was sent`;
    throw new ApiError("INVALID_REQUEST", message, { operation });
  }
}
