import type { Exchange, MockRequest, Parts } from "../exchange.ts";
import type { Fault } from "../fault.ts";
import type { Tenant } from "../world.ts";

/** A caller without a key is taken for the first tenant. */
export function anonymousIsAccepted<P extends Parts<P>>(contract: string): Fault<P> {
  return {
    id: "missing-key-accepted",
    alias: "E1",
    contract,
    summary: "accepts a call without credentials",
    shows: "call without a key",
    wrap: (parts, { fires }) => ({
      ...parts,
      authenticate: (exchange) => {
        const caller = parts.authenticate(exchange);
        if (!("refusal" in caller) || bringsCredentials(exchange.request)) return caller;
        const tenant = tenantsOf(exchange, contract)[0];
        return tenant !== undefined && fires(exchange.operation.id) ? { value: tenant } : caller;
      },
    }),
  };
}

export function almostRightKeyIsAccepted<P extends Parts<P>>(
  contract: string,
  credentialOf: (request: MockRequest) => string | undefined,
): Fault<P> {
  return {
    id: "almost-right-key-accepted",
    alias: "E8",
    contract,
    summary: "accepts a key in another letter case, cut short, or with something after it",
    shows: "call with a key in capitals",
    wrap: (parts, { fires }) => ({
      ...parts,
      authenticate: (exchange) => {
        const caller = parts.authenticate(exchange);
        const key = credentialOf(exchange.request);
        if (!("refusal" in caller) || key === undefined) return caller;
        const tenant = tenantsOf(exchange, contract).find((candidate) => isAlmost(key, candidate.key));
        return tenant !== undefined && fires(exchange.operation.id) ? { value: tenant } : caller;
      },
    }),
  };
}

function bringsCredentials(request: MockRequest): boolean {
  return Boolean(request.header("x-api-key")) || Boolean(request.header("authorization"));
}

function tenantsOf({ world }: Exchange, contract: string): readonly Tenant[] {
  return world.tenants.filter((tenant) => tenant.contract === contract);
}

const missingMax = 2; // characters of the real key: keys of one world begin alike

function isAlmost(presented: string, real: string): boolean {
  const [given, known] = [presented.toLowerCase(), real.toLowerCase()];
  return given.startsWith(known) || (known.startsWith(given) && given.length >= known.length - missingMax);
}
