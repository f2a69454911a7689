/** HTTP methods an OpenAPI path item can hold, in lower case as the specification spells them. */
export const httpMethods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
/** One of {@link httpMethods}. */
export type HttpMethod = (typeof httpMethods)[number];

/**
 * Where a statement of a contract comes from, strongest first: the seed document, the vendor's public documentation, or
 * what implementations were seen to do. A law takes its requirement level from it.
 */
export const evidences = ["seed", "docs", "observed"] as const;
/** One of {@link evidences}. */
export type Evidence = (typeof evidences)[number];

/** Where in a request a parameter is. */
export const parameterPlaces = ["path", "query", "header", "cookie"] as const;
/** One of {@link parameterPlaces}. */
export type ParameterPlace = (typeof parameterPlaces)[number];

/** One parameter of an operation; `name` is spelled as in the document, also for headers. */
export type OperationParameter = {
  readonly name: string;
  readonly in: ParameterPlace;
  readonly required: boolean;
};

/** One method and path template of a contract, as the generated `operations` table holds it. */
export type Operation = {
  readonly id: string; // the operationId: "createSandbox"
  readonly method: HttpMethod;
  readonly path: string; // the template: "/api/sandboxes/{id}"
  readonly tags: readonly string[];
  readonly statuses: readonly string[]; // documented status keys, numbers first and rising: "201", "404", "4XX", "default"
  readonly evidence: Evidence;
  readonly security: readonly (readonly string[])[]; // alternatives; within one, all schemes are needed; [] needs none
  readonly parameters: readonly OperationParameter[]; // the path item's and the operation's own
  readonly requestBodyRequired: boolean; // false, too, where there is no body
  readonly requestContentTypes: readonly string[]; // empty where there is no body
  readonly responseContentTypes: Readonly<Record<string, readonly string[]>>; // by status key; empty for an answer without body
};
