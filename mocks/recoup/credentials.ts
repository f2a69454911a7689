import type { Exchange, MockRequest, Outcome } from "../kit/exchange.ts";
import type { Tenant } from "../kit/world.ts";
import { refuse } from "./answers.ts";

const bearer = /^[Bb]earer (.*)$/;

/**
 * The one credential of a request: `x-api-key` or a bearer token. An empty header counts as absent.
 *
 * @returns undefined where there is none, or where there are two
 */
export function credentialOf(request: MockRequest): string | undefined {
  const key = request.header("x-api-key");
  const authorization = request.header("authorization");
  if (Boolean(key) === Boolean(authorization)) return undefined;
  return key || bearer.exec(authorization!)?.[1]?.trim();
}

/** Finds out who calls, or refuses with 401. */
export function authenticate({ world, request }: Exchange): Outcome<Tenant> {
  const key = credentialOf(request);
  const tenant = world.tenants.find((candidate) => candidate.contract === "recoup" && candidate.key === key);
  if (tenant !== undefined) return { value: tenant };
  const both = Boolean(request.header("x-api-key")) && Boolean(request.header("authorization"));
  if (key === undefined && (both || !request.header("authorization"))) {
    return {
      refusal: refuse(401, "Exactly one of x-api-key or Authorization must be provided", {
        rule: both ? "credentials-both" : "credentials-none",
        message: "send either x-api-key or Authorization: Bearer, and only one of them",
      }),
    };
  }
  if (key === undefined) {
    return {
      refusal: refuse(401, "Authorization header with Bearer token required", {
        rule: "credentials-scheme",
        message: "write the header as: Authorization: Bearer <key>",
      }),
    };
  }
  return {
    refusal: refuse(401, "Unauthorized", {
      rule: "credentials-unknown",
      message: "no account of this world has that key; the default world's keys are printed at start",
    }),
  };
}

/** The account that a call is about: its own, or one that it may name because they share an organisation. */
export function resolveAccount(
  world: Exchange["world"],
  caller: Tenant,
  accountId: string | undefined,
): Outcome<string> {
  const wanted = accountId?.toLowerCase() ?? caller.id;
  if (wanted === caller.id) return { value: wanted };
  const target = world.tenants.find((tenant) => tenant.contract === "recoup" && tenant.id === wanted);
  if (target?.organisationId === caller.organisationId) return { value: wanted };
  return {
    refusal: refuse(403, "Access denied to specified account_id", {
      rule: "account-out-of-reach",
      message: "name your own account, or one that shares an organisation with it",
      pointer: "/account_id",
    }),
  };
}
