import type { MockRequest, Parts } from "./exchange.ts";
import { readJson } from "./faults/accept-bodies.ts";
import { isDeeperThan } from "./json-text.ts";

const levelsMax = 1_000;

/** Lets the body of some operations be read as if another text had been sent; undefined where it is read as it is. */
export function rewriteText<P extends Parts<P>>(
  parts: P,
  operations: readonly string[],
  rewrite: (request: MockRequest) => string | undefined,
): P {
  return {
    ...parts,
    readBody: (exchange) => {
      const body = operations.includes(exchange.operation.id) ? rewrite(exchange.request) : undefined;
      return parts.readBody(body === undefined ? exchange : { ...exchange, request: { ...exchange.request, body } });
    },
  };
}

/** The same for a body that is a JSON object. */
export function rewriteBody<P extends Parts<P>>(
  parts: P,
  operations: readonly string[],
  rewrite: (body: Readonly<Record<string, unknown>>) => unknown,
): P {
  return rewriteText(parts, operations, ({ body: text }) => {
    const body = isDeeperThan(text, levelsMax) ? undefined : readJson(text);
    if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
    const rewritten = rewrite(body as Record<string, unknown>);
    return rewritten === undefined ? undefined : JSON.stringify(rewritten);
  });
}
