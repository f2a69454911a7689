import fc from "fast-check";
import type { Operation } from "../../../../src/contract/operation.ts";
import { isDocumentedRefusal } from "../answer.ts";
import type { Breach, Case } from "../case.ts";
import { brokenValues, nullMembers } from "../../input/broken-value.ts";
import type { Broken } from "../../input/broken-value.ts";
import type { BodyValidator } from "../contract.ts";
import type { Exchange } from "../exchange.ts";
import { noSandboxes } from "../law.ts";
import type { Law } from "../law.ts";
import { requestBodySchema } from "../schema.ts";
import type { JsonObject } from "../schema.ts";
import { schemaSites } from "../../input/schema-site.ts";
import type { SchemaSite } from "../../input/schema-site.ts";
import { Unjudged } from "../unjudged.ts";
import { malformedBodyLaw } from "./malformed-body.ts";

/** A law about some of the rules that a body can break. */
export type BodyRule = Pick<Law, "id" | "requirement" | "statement" | "source"> & {
  readonly holds: (site: SchemaSite) => boolean;
};

type BodyOptions = {
  readonly document: JsonObject;
  readonly operation: Operation;
  /** Every rule of the body; each belongs to exactly one of `rules`. */
  readonly sites: readonly SchemaSite[];
  /** A valid body, into which each broken part is set. */
  readonly base: JsonObject;
  readonly validate: BodyValidator;
};

/** Every rule that a body of the operation can break. */
export function bodySites(document: JsonObject, operation: Operation): readonly SchemaSite[] {
  const body = requestBodySchema(document, operation);
  return body === undefined ? [] : schemaSites(document, { ...body, evidence: operation.evidence });
}

/** What the operation refuses of bodies: what is not JSON, what breaks a rule, and null for a member that may be left out. */
export function brokenCreateLaws({
  prefix,
  rules,
  malformedSource,
  nullSource,
  ...options
}: BodyOptions & {
  readonly prefix: string; // of the laws' ids: "opencomputer/create"
  readonly rules: readonly BodyRule[];
  readonly malformedSource: string;
  readonly nullSource: string;
}): readonly Law[] {
  return [
    malformedBodyLaw({
      id: `${prefix}/malformed-json`,
      operation: options.operation.id,
      requirement: "MUST",
      statement: "refuse a create whose body is not JSON with a documented 4xx",
      source: malformedSource,
      sandboxes: noSandboxes,
    }),
    ...rules.map(({ holds, ...rule }) => brokenInputLaw(rule, { ...options, sites: options.sites.filter(holds) })),
    nullMemberLaw(
      {
        id: `${prefix}/null-member`,
        // Types are the seed's; that null is no value of them is what many servers do not read there.
        requirement: "SHOULD",
        statement: "refuse a create with null for a member that may be left out with a documented 4xx",
        source: nullSource,
      },
      options,
    ),
  ];
}

type RuleHead = Omit<BodyRule, "holds">;

/** Each keyword broken one at a time, in each way that there is, is refused with a documented 4xx that is not about the key. */
function brokenInputLaw(head: RuleHead, { operation, document, sites, base, validate }: BodyOptions): Law {
  const isRequired = requestBodySchema(document, operation)?.required === true;
  // Where a body may be left out, servers read null as none.
  const isValid = (value: unknown) => (value === null && !isRequired) || validate(value);
  const cases = sites.map((site): Case<Broken> => {
    const { each, chance } = brokenValues(document, { base, site, isValid });
    if (chance === undefined) return fixedCase(site.pointer, each);
    return { name: site.pointer, always: each, arbitrary: chance };
  });
  return refusedLaw(head, { operation: operation.id, isValid, cases });
}

/** Null for a member that may be left out is refused like any other value of a wrong type. */
function nullMemberLaw(head: RuleHead, { operation, sites, base, validate }: BodyOptions): Law {
  const isValid = (value: unknown) => validate(value);
  const cases = nullMembers(sites, { base, isValid }).map((broken) => fixedCase(broken.pointer, [broken]));
  return refusedLaw(head, { operation: operation.id, isValid, cases });
}

function fixedCase(name: string, values: readonly Broken[]): Case<Broken> {
  return { name, always: values, arbitrary: fc.constantFrom(...values), runs: 0 };
}

function refusedLaw(
  head: RuleHead,
  {
    operation,
    cases,
    isValid,
  }: {
    readonly operation: string;
    readonly cases: readonly Case<Broken>[];
    readonly isValid: (value: unknown) => boolean;
  },
): Law {
  if (cases.length === 0) throw new RangeError(`${head.id} has nothing to break`);
  const refused = cases.reduce((sum, { always = [], runs = 1 }) => sum + always.length + runs, 0);
  return {
    ...head,
    operations: [operation],
    needs: [],
    sandboxes: { ...noSandboxes, refused },
    check: (run) =>
      run.judgeCases(cases, async (broken) => {
        // One that was written down may have become valid since.
        if (isValid(broken.value)) throw new Unjudged("input-missing", `${broken.pointer} allows this value now`);
        const exchange = await run.send({ operation, json: broken.value, refusable: true });
        return isDocumentedRefusal(run.contract, exchange) ? undefined : breachOf(broken, exchange);
      }),
  };
}

function breachOf({ pointer }: Broken, exchange: Exchange): Breach {
  const { status } = exchange.response;
  return {
    reason: `a body that breaks ${pointer} was answered ${status}, not refused with a documented 4xx`,
    exchange,
  };
}
