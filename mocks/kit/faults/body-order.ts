import type { Parts } from "../exchange.ts";
import type { Fault } from "../fault.ts";
import { acceptBodies, readJson } from "./accept-bodies.ts";

export function malformedJsonIsEmpty<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "malformed-json-accepted",
    alias: "B4",
    contract,
    summary: "takes malformed JSON for `{}` and creates a sandbox",
    shows: 'create with the body `{"command":`',
    wrap: (parts, { fires }) =>
      acceptBodies(parts, fires, "createSandbox", (text) =>
        readJson(text) === undefined ? { judged: {}, taken: {} } : undefined,
      ),
  };
}

export function bodyBeforeCredentials<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "body-judged-before-key",
    alias: "B8",
    contract,
    summary: "judges the body before the credentials, so that an anonymous caller gets 400",
    shows: "create with a bad body and no key",
    wrap: (parts, { fires }) => ({
      ...parts,
      authenticate: (exchange) => {
        const caller = parts.authenticate(exchange);
        if (!("refusal" in caller)) return caller;
        const body = parts.readBody(exchange);
        return "refusal" in body && fires(exchange.operation.id) ? body : caller;
      },
    }),
  };
}
