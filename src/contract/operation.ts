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

/** Where a parameter stands in a request. */
export type ParameterPlace = "path" | "query" | "header" | "cookie";

/** One parameter of an operation. */
export type OperationParameter = {
  /** Its name as in the document, also for headers. */
  readonly name: string;
  /** Where in the request it is. */
  readonly in: ParameterPlace;
  /** Whether every request needs it. */
  readonly required: boolean;
};

/** One method and path template of a contract, as the generated `operations` table holds it. */
export type Operation = {
  /** The operationId, such as `createSandbox`. */
  readonly id: string;
  /** Its HTTP method. */
  readonly method: HttpMethod;
  /** Its path template, such as `/api/sandboxes/{id}`. */
  readonly path: string;
  /** The document's tags of it. */
  readonly tags: readonly string[];
  /** Documented status keys, numbers first and rising: `201`, `404`, `4XX`, `default`. */
  readonly statuses: readonly string[];
  /** Where the operation comes from. */
  readonly evidence: Evidence;
  /** Alternatives of credentials; within one, all schemes are needed; an empty one needs none. */
  readonly security: readonly (readonly string[])[];
  /** The path item's parameters and its own. */
  readonly parameters: readonly OperationParameter[];
  /** Whether every request needs a body; false, too, where there is none. */
  readonly requestBodyRequired: boolean;
  /** Content types of its body; empty where there is none. */
  readonly requestContentTypes: readonly string[];
  /** Content types of its answers by status key; empty for an answer without a body. */
  readonly responseContentTypes: Readonly<Record<string, readonly string[]>>;
};
