import createClient, { type Client } from "openapi-fetch";
import type { Operation } from "../contract/operation.ts";
import { readAnswer, type AnswerKind, type AnswerKinds } from "./answer-body.ts";
import { assertAnswer, type AnswerSchemas, type ToleratedValues } from "./answer-check.ts";
import { answerDetails, failureOfAnswer, mayHaveTakenEffect } from "./api-failure.ts";
import { assertCallOptions, assertInteger, type CallOptions, type ResolvedOptions } from "./client-options.ts";
import type { SecretHeader } from "./credential.ts";
import { hideMembers } from "./hidden-members.ts";
import type { AnswerBody, OperationShape } from "./operation-types.ts";
import { assertParameters, assertQuery } from "./parameters.ts";
import { createRedact } from "./redaction.ts";
import { createTransport } from "./transport.ts";

/** All that a client needs to know about one contract. */
export type ContractBinding<Shapes> = {
  readonly operations: Readonly<Record<keyof Shapes & string, Operation>>;
  readonly repeatable: Readonly<Record<keyof Shapes & string, boolean>>;
  readonly answers: AnswerKinds<Shapes>;
  readonly ports: readonly string[]; // parameters that are port numbers; all others are strings
  readonly tolerated: ToleratedValues;
  readonly secretMembers: readonly string[]; // members of answers that are shown only to who asks for them by name
  readonly loadSchemas: () => Promise<AnswerSchemas>;
};

/** What goes into one request. `secrets` are texts of the body that no error may show. */
type CallParts = {
  readonly path?: Readonly<Record<string, string | number>>;
  readonly query?: object;
  readonly body?: unknown;
  readonly content?: string | Uint8Array | Blob; // bytes in the place of a body
  readonly secrets?: readonly (string | undefined)[];
};

/** Performs an operation by its id and gives the body of its answer. */
export type OperationCall<Shapes> = <Id extends keyof Shapes & string>(
  id: Id,
  parts: CallParts,
  options?: CallOptions,
) => Promise<Shapes[Id] extends OperationShape ? AnswerBody<Shapes[Id]> : never>;

export type Connection<Paths extends object, Shapes> = {
  readonly raw: Client<Paths>;
  readonly call: OperationCall<Shapes>;
};

/** Connects openapi-fetch, which knows URLs and bodies, with the transport, the error class and the schemas. */
export function createConnection<Paths extends object, Shapes>(
  options: ResolvedOptions,
  credential: { readonly header: SecretHeader; readonly secret: string },
  binding: ContractBinding<Shapes>,
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
    onRequest({ request, schemaPath, params }) {
      const method = request.method.toLowerCase();
      const operation = operations.find((one) => one.method === method && one.path === schemaPath);
      if (operation === undefined) return;
      assertParameters(operation, params, binding.ports);
      purposes.set(request, operation);
    },
  });

  async function call(id: keyof Shapes & string, parts: CallParts, callOptions: CallOptions = {}) {
    assertCallOptions(id, callOptions);
    if ("query" in parts) assertQuery(binding.operations[id], parts.query);
    const { signal: own, timeoutMs } = callOptions;
    const { method, path, statuses } = binding.operations[id];
    // Before openapi-fetch makes an URL of them, which fails in words of its own.
    assertParameters(binding.operations[id], parts, binding.ports);
    if (timeoutMs !== undefined) assertInteger("timeoutMs", timeoutMs, 1);
    const signals = [signal, own].filter((one) => one !== undefined);
    const kind = binding.answers[id] as AnswerKind;
    const { data, error, response } = await (raw.request as LooseRequest)(method, path, {
      params: { path: parts.path, query: parts.query },
      body: parts.content ?? parts.body,
      ...(parts.content !== undefined && { bodySerializer: asItIs, headers: bytesHeaders }),
      parseAs: kind === "bytes" ? "arrayBuffer" : "text", // JSON is read below, where a text that is none makes an error of ours
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (!response.ok) {
      const text = typeof error === "string" ? error : (JSON.stringify(error) ?? "");
      const redactAll = createRedact([credential.secret, ...(parts.secrets ?? [])]);
      throw failureOfAnswer(id, response, text, { redact: redactAll, nowMs: clock.now() });
    }
    if (kind === "bytes") return new Uint8Array((data as ArrayBuffer | undefined) ?? []);
    const { status } = response;
    const details = { ...answerDetails(id, response, redact), status };
    const contentType = response.headers.get("content-type");
    const advice = binding.repeatable[id] ? "" : mayHaveTakenEffect;
    const body = readAnswer({ kind, contentType, text: (data as string | undefined) ?? "", details, advice });
    if (validate) {
      const schemas = await binding.loadSchemas();
      assertAnswer(body, details, { schemas, statuses, tolerated: binding.tolerated });
    }
    hideMembers(body, binding.secretMembers);
    return body;
  }
  return { raw, call: call as OperationCall<Shapes> };
}

const asItIs = <T>(content: T): T => content;
const bytesHeaders = { "content-type": "application/octet-stream" };

/** `raw.request` without its types, which follow from literal paths; those of the named methods are as strict. */
type LooseRequest = (
  method: string,
  path: string,
  init: object,
) => Promise<{ readonly data?: unknown; readonly error?: unknown; readonly response: Response }>;
