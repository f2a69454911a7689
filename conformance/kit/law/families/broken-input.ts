import fc from "fast-check";
import { isDocumentedRefusal } from "../answer.ts";
import type { Breach, Case } from "../case.ts";
import { brokenValues, nullMembers } from "../../input/broken-value.ts";
import type { Broken } from "../../input/broken-value.ts";
import type { BodyValidator } from "../contract.ts";
import type { Exchange } from "../exchange.ts";
import type { Law } from "../law.ts";
import type { JsonObject } from "../schema.ts";
import type { SchemaSite } from "../../input/schema-site.ts";
import { Unjudged } from "../unjudged.ts";
import type { LawHead } from "./answer-shape.ts";

export type BrokenInputOptions = LawHead & {
  readonly operation: string;
  readonly document: JsonObject;
  readonly sites: readonly SchemaSite[];
  /** A valid body, into which each broken part is set. */
  readonly base: JsonObject;
  readonly validate: BodyValidator;
  readonly bodyRequired: boolean;
  /** Values to draw for each site, beside each way that there is to break it. Default 1. */
  readonly runsPerSite?: number;
};

/** Each keyword broken one at a time, in each way that there is, is refused with a documented 4xx that is not about the key. */
export function brokenInputLaw(options: BrokenInputOptions): Law {
  const { operation, document, sites, base, validate, bodyRequired, runsPerSite = 1, ...head } = options;
  // Where a body may be left out, servers read null as none.
  const isValid = (value: unknown) => (value === null && !bodyRequired) || validate(value);
  return refusedLaw(head, {
    operation,
    isValid,
    cases: sites.map((site) => {
      const { each, chance } = brokenValues(document, { base, site, isValid });
      if (chance === undefined) return fixedCase(site.pointer, each);
      return { name: site.pointer, always: each, arbitrary: chance, runs: runsPerSite };
    }),
  });
}

/** Null for a member that may be left out is refused like any other value of a wrong type. */
export function nullMemberLaw(options: Omit<BrokenInputOptions, "document" | "bodyRequired" | "runsPerSite">): Law {
  const { operation, sites, base, validate, ...head } = options;
  const isValid = (value: unknown) => validate(value);
  const cases = nullMembers(sites, { base, isValid }).map((broken) => fixedCase(broken.pointer, [broken]));
  return refusedLaw(head, { operation, isValid, cases });
}

function fixedCase(name: string, values: readonly Broken[]): Case<Broken> {
  return { name, always: values, arbitrary: fc.constantFrom(...values), runs: 0 };
}

function refusedLaw(
  head: LawHead,
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
  return {
    ...head,
    operations: [operation],
    needs: [],
    check: (run) =>
      run.explore(cases, async (broken) => {
        // One that was written down may have become valid since.
        if (isValid(broken.value)) throw new Unjudged("input-missing", `${broken.pointer} allows this value now`);
        const exchange = await run.send({ operation, json: broken.value, refusable: true });
        return isRefused(exchange) && isDocumentedRefusal(run.contract, exchange)
          ? undefined
          : breachOf(broken, exchange);
      }),
  };
}

function isRefused({ response }: Exchange): boolean {
  return response.status >= 400 && response.status !== 401;
}

function breachOf({ pointer }: Broken, exchange: Exchange): Breach {
  const { status } = exchange.response;
  return {
    reason: `a body that breaks ${pointer} was answered ${status}, not refused with a documented 4xx`,
    exchange,
  };
}
