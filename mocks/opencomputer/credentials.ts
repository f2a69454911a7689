import type { Exchange, MockRequest, Outcome } from "../kit/exchange.ts";
import type { Tenant } from "../kit/world.ts";
import { refuse } from "./answers.ts";

/** The key of a request. It is never taken from the query. */
export function credentialOf(request: MockRequest): string | undefined {
  return request.header("x-api-key") || undefined;
}

/**
 * The key by which a request selects its world: one in the query too, so that its refusal is noted where it belongs.
 */
export function worldCredentialOf(request: MockRequest): string | undefined {
  return credentialOf(request) ?? request.query("api_key");
}

/** Finds out who calls, or refuses with 401: the same answer for a missing key and for an unknown one. */
export function authenticate({
  world,
  request,
  operation,
}: Pick<Exchange, "world" | "request"> & Partial<Exchange>): Outcome<Tenant> {
  if (operation?.security.length === 0) return { value: holderOfUrl };
  const key = credentialOf(request);
  const tenant = world.tenants.find((candidate) => candidate.contract === "opencomputer" && candidate.key === key);
  if (tenant !== undefined) return { value: tenant };
  return {
    refusal: refuse(401, "missing or invalid API key", {
      rule: key === undefined ? "credentials-none" : "credentials-unknown",
      message:
        key === undefined
          ? "send the key in the X-API-Key header"
          : "no organisation of this world has that key; the default world's keys are printed at start",
    }),
  };
}

// A signed URL says itself what its holder may.
const holderOfUrl: Tenant = { contract: "opencomputer", id: "", name: "", organisationId: "", key: "" };
