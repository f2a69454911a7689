import type { Answer, MockRequest } from "./exchange.ts";

/** Headers of an answer that pages of any origin may read, with all of its headers; none where no page asks. */
export function corsHeaders(request: MockRequest): Readonly<Record<string, string>> {
  if (request.header("origin") === undefined) return {};
  return { "access-control-allow-origin": "*", "access-control-expose-headers": "*" };
}

/** What a browser is told that asks beforehand: every method, and the headers that it means to send. */
export function answerPreflight(request: MockRequest): Answer {
  const headers = {
    "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
    "access-control-allow-headers": request.header("access-control-request-headers") ?? "*",
  };
  return { status: 204, headers };
}
