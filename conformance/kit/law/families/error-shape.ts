import { judgeAnswer } from "../answer.ts";
import type { Law } from "../law.ts";
import type { LawRun } from "../law-run.ts";
import type { ApiCall } from "../call.ts";
import type { LawHead } from "./answer-shape.ts";

/** Whatever is refused, the answer is a documented one with the documented body. */
export function errorShapeLaw({
  operation,
  calls,
  ...head
}: LawHead & {
  readonly operation: string;
  /** Requests that a server has reason to refuse. One that it does not refuse is another law's business. */
  readonly calls: (run: LawRun) => Promise<readonly Omit<ApiCall, "operation">[]>;
}): Law {
  return {
    ...head,
    operations: [operation],
    needs: [],
    check: async (run) => {
      const sent = (await calls(run)).map((call) => () => run.send({ ...call, operation }));
      for (const exchange of await run.beside(sent)) {
        if (exchange.response.status < 400) continue;
        const reason = judgeAnswer(run.contract, exchange);
        if (reason !== undefined) return { reason, exchange };
      }
      return undefined;
    },
  };
}
