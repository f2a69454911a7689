import { isDocumentedRefusal } from "../answer.ts";
import type { Law } from "../law.ts";
import type { LawHead } from "./answer-shape.ts";

/** Texts that are labelled as JSON and are none: cut off, not quoted, with a comma too many, and no JSON at all. */
const malformed = ['{"', "{a:1}", '{"a":1,}', "sandbox"] as const;

/** A body that is not JSON is refused with a documented 4xx, whatever a lenient parser could make of it. */
export function malformedBodyLaw({ operation, ...head }: LawHead & { readonly operation: string }): Law {
  return {
    ...head,
    operations: [operation],
    needs: [],
    check: async (run) => {
      for (const text of malformed) {
        const exchange = await run.send({ operation, text, refusable: true });
        const { status } = exchange.response;
        if (isDocumentedRefusal(run.contract, exchange)) continue;
        const reason = `the body ${JSON.stringify(text)}, which is not JSON, was answered ${status}, not with a documented 4xx`;
        return { reason, exchange, counterexample: text };
      }
      return undefined;
    },
  };
}
