/** What openapi-typescript writes for one operation, as far as it is looked at here. */
export type OperationShape = {
  readonly parameters: { readonly query?: unknown; readonly path?: unknown };
  readonly requestBody?: unknown;
  readonly responses: object;
};

/** The JSON body that an operation takes. */
export type RequestBody<Shape extends OperationShape> =
  NonNullable<Shape["requestBody"]> extends { content: { "application/json": infer Body } } ? Body : never;

/** The query parameters that an operation takes. */
export type Query<Shape extends OperationShape> = NonNullable<Shape["parameters"]["query"]>;

type SuccessStatus = 200 | 201 | 202 | 203 | 204;
type ContentOf<Response> = Response extends { content: { "application/json": infer Body } }
  ? Body
  : Response extends { content: { "application/octet-stream": unknown } | { "text/event-stream": unknown } }
    ? Uint8Array
    : void;

/** The JSON or the bytes that an operation answers with when it succeeds; `void` where there is neither. */
export type AnswerBody<Shape extends OperationShape> = {
  [Status in keyof Shape["responses"]]: Status extends SuccessStatus ? ContentOf<Shape["responses"][Status]> : never;
}[keyof Shape["responses"]];

/**
 * What may be sent, with `undefined` for what is left out at any depth: JSON and query strings leave it out as well.
 * Under `exactOptionalPropertyTypes` that is a difference.
 */
export type Loose<Sent> = Sent extends readonly unknown[] | string | number | boolean | null | undefined
  ? Sent
  : {
      readonly [Name in keyof Sent]: string extends Name
        ? Sent[Name]
        : object extends Pick<Sent, Name>
          ? Loose<Sent[Name]> | undefined
          : Loose<Sent[Name]>;
    };
