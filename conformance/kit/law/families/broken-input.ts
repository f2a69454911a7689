import { isDocumentedRefusal } from "../answer.ts";
import type { Breach } from "../breach.ts";
import { brokenValue } from "../../input/broken-value.ts";
import type { Broken } from "../../input/broken-value.ts";
import type { BodyValidator } from "../contract.ts";
import type { Exchange } from "../../target/exchange.ts";
import type { Case } from "../../input/explore.ts";
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
  /** Values to draw for each site. Default 2. */
  readonly runsPerSite?: number;
};

/** Each keyword broken one at a time is refused with a documented 4xx that is not about the key. */
export function brokenInputLaw(options: BrokenInputOptions): Law {
  const { operation, document, sites, base, validate, bodyRequired, runsPerSite = 2, ...head } = options;
  if (sites.length === 0) throw new RangeError(`${head.id} has nothing to break`);
  // Where a body may be left out, servers read null as none.
  const isValid = (value: unknown) => (value === null && !bodyRequired) || validate(value);
  const cases: readonly Case<Broken>[] = sites.map((site) => ({
    name: site.pointer,
    arbitrary: brokenValue(document, { base, site, isValid }),
    runs: runsPerSite,
  }));
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
