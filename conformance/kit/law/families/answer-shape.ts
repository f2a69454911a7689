import { judgeAnswer } from "../answer.ts";
import type { Breach, Case } from "../case.ts";
import { isSuccess } from "../exchange.ts";
import type { Exchange } from "../exchange.ts";
import type { Law } from "../law.ts";
import type { LawRun } from "../law-run.ts";
import type { ApiCall } from "../call.ts";

/** A law without its check and without what the family says for it. */
export type LawHead = Omit<Law, "check" | "needs" | "operations">;

/** Valid requests are answered with a documented success, whose body fits its schema. */
export function answerShapeLaw({
  operation,
  call,
  ...head
}: LawHead & {
  readonly operation: string;
  readonly call: (run: LawRun) => Promise<Omit<ApiCall, "operation">>;
}): Law {
  return {
    ...head,
    operations: [operation],
    needs: [],
    check: async (run) => judgeSuccess(run, await run.send({ ...(await call(run)), operation })),
  };
}

/** The same for requests with a body that is generated. */
export function answersShapeLaw({
  operation,
  cases,
  ...head
}: LawHead & { readonly operation: string; readonly cases: readonly Case<unknown>[] }): Law {
  return {
    ...head,
    operations: [operation],
    needs: [],
    check: (run) => run.judgeCases(cases, async (json) => judgeSuccess(run, await run.send({ operation, json }))),
  };
}

/** What a valid request was answered with: a success, in the documented form. */
export function judgeSuccess(run: Pick<LawRun, "contract">, exchange: Exchange): Breach | undefined {
  const { status } = exchange.response;
  const wrong = judgeAnswer(run.contract, exchange);
  if (wrong !== undefined) return { reason: wrong, exchange };
  return isSuccess(exchange) ? undefined : { reason: `a valid request was answered ${status}`, exchange };
}
