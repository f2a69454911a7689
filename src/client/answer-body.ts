import { ApiError, type ApiErrorDetails } from "./api-error.ts";
import { parseJson } from "./api-failure.ts";
import type { AnswerBody, OperationShape } from "./operation-types.ts";

/** What the answer to each operation is, as a whole. The compiler holds such a table to the contract's types. */
export type AnswerKinds<Shapes> = {
  readonly [Id in keyof Shapes]: Shapes[Id] extends OperationShape ? KindOf<AnswerBody<Shapes[Id]>> : never;
};

type KindOf<Body> = [Body] extends [void]
  ? "nothing"
  : [Body] extends [Uint8Array]
    ? "bytes"
    : null extends Body
      ? "object or null"
      : Body extends readonly unknown[]
        ? "list"
        : "object";

export type AnswerKind = "nothing" | "bytes" | "object" | "object or null" | "list";

/** A successful answer, read to its end. `details` go into the error. */
export type AnswerText = {
  readonly kind: Exclude<AnswerKind, "bytes">;
  readonly contentType: string | null;
  readonly text: string;
  readonly details: ApiErrorDetails;
  readonly advice: string; // what to do about a wrong one; "" where sending the request again does no harm
};

/**
 * Reads the body that the operation's type promises; `undefined` where it promises none, whatever there is.
 *
 * @throws {@link ApiError} `INVALID_ANSWER` for no body, one that is no JSON, and JSON of another kind. Its text is not
 *   shown: it may hold a token
 */
export function readAnswer({ kind, contentType, text, details, advice }: AnswerText): unknown {
  if (kind === "nothing") return undefined;
  const body = isJson(contentType) ? parseJson(text) : undefined;
  if (body !== undefined && kindsOf(body).includes(kind)) return body;
  const seen = isJson(contentType) ? describeText(text, body) : `a body of type ${contentType}`;
  const message = `${details.status} with ${seen} where JSON of ${nouns[kind]} is due${advice}`;
  throw new ApiError("INVALID_ANSWER", message, { ...details, pointer: "" });
}

/**
 * A list in an answer that is needed to go on.
 *
 * @throws {@link ApiError} `INVALID_ANSWER`, with its pointer
 */
export function listIn<Entry>(operation: string, answer: object, name: string): Entry[] {
  const value = (answer as Readonly<Record<string, unknown>>)[name];
  if (Array.isArray(value)) return value as Entry[];
  const message = `the answer breaks the contract at /${name}: it is ${describe(value)} where a list is due`;
  throw new ApiError("INVALID_ANSWER", message, { operation, pointer: `/${name}` });
}

/** A server that names no type is believed; the text tells. */
function isJson(contentType: string | null): boolean {
  return contentType === null || /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

const nouns = { object: "an object", "object or null": "an object or null", list: "a list" } as const;

function kindsOf(body: unknown): readonly AnswerKind[] {
  if (body === null) return ["object or null"];
  if (Array.isArray(body)) return ["list"];
  return typeof body === "object" ? ["object", "object or null"] : [];
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}

function describeText(text: string, body: unknown): string {
  if (text.trim() === "") return "an empty body";
  return body === undefined ? "a body that is not JSON, or not all of it," : `a body that is ${describe(body)}`;
}
