/** HTTP methods an OpenAPI path item can hold, in lower case as the specification spells them. */
export const httpMethods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
export type HttpMethod = (typeof httpMethods)[number];

/**
 * Where a statement of a contract comes from, strongest first: the seed document, the vendor's public documentation, or
 * what implementations were seen to do. A law takes its requirement level from it.
 */
export const evidences = ["seed", "docs", "observed"] as const;
export type Evidence = (typeof evidences)[number];

/** One method and path template of a contract, as the generated `operations` table holds it. */
export type Operation = {
  readonly id: string; // the operationId: "createSandbox"
  readonly method: HttpMethod;
  readonly path: string; // the template: "/api/sandboxes/{id}"
  readonly statuses: readonly string[]; // documented status keys, in document order: "201", "404", "4XX", "default"
  readonly evidence: Evidence;
  readonly security: readonly (readonly string[])[]; // alternatives; within one, all schemes are needed; [] needs none
};
