import type { ServerResponse } from "node:http";

/**
 * What a browser lets a page of a preview do that was reached by its path. Such a page comes from the host and port of
 * the API: without `allow-same-origin` the browser gives it an origin of its own all the same, one that equals no other.
 */
const sandboxPolicy = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts";

/** Adds the policy to an answer, whichever part writes it and whatever policies it has already: a browser obeys all of them. */
export function sandbox(outgoing: ServerResponse): void {
  // The one call that every answer goes through, whether a proxy copies it or we write it.
  const writeHead = outgoing.writeHead.bind(outgoing) as (...args: unknown[]) => ServerResponse;
  outgoing.writeHead = (...args: unknown[]) => {
    outgoing.appendHeader("content-security-policy", sandboxPolicy);
    return writeHead(...args);
  };
}

/** The same for an answer of this process. */
export function sandboxed(response: Response): Response {
  response.headers.append("content-security-policy", sandboxPolicy);
  return response;
}
