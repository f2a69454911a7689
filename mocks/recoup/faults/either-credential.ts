import type { MockRequest } from "../../kit/exchange.ts";
import type { Fault } from "../../kit/fault.ts";
import type { RecoupParts } from "../parts.ts";

export const eitherCredentialSuffices: Fault<RecoupParts> = {
  id: "either-credential-accepted",
  alias: "E9",
  contract: "recoup",
  summary: "accepts a call with two credentials where one of them is right",
  shows: "call with a right `x-api-key` and a wrong bearer token",
  wrap: (parts, { fires }) => ({
    ...parts,
    authenticate: (exchange) => {
      const caller = parts.authenticate(exchange);
      const { request } = exchange;
      if (!("refusal" in caller) || !request.header("x-api-key") || !request.header("authorization")) return caller;
      for (const left of ["authorization", "x-api-key"]) {
        const alone = parts.authenticate({ ...exchange, request: without(request, left) });
        if ("value" in alone && fires(exchange.operation.id)) return alone;
      }
      return caller;
    },
  }),
};

function without(request: MockRequest, name: string): MockRequest {
  return { ...request, header: (asked) => (asked === name ? undefined : request.header(asked)) };
}
