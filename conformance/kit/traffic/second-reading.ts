import { isEnvironmental } from "../law/exchange.ts";
import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { operationPointer } from "../law/operation-pointer.ts";
import type { JudgedContract } from "../run/judge-recording.ts";
import type { ObservedCall } from "./observed-traffic.ts";
import { slugOf } from "./shape-clauses.ts";
import type { TrafficJudge } from "./traffic-judge.ts";

/** What another reader of the contract's document says of the form of exchanges. */
export type SecondReading = {
  /** "prism": part of the laws' ids. */
  readonly name: string;
  /** What is wrong with a request and its answer, in sentences. */
  readonly read: (call: ObservedCall) => { readonly request: readonly string[]; readonly answer: readonly string[] };
};

/**
 * Creates a judge that tells of another reader's findings as laws, two for each operation. None is a MUST: our own laws judge the
 * same by what they read, and a request that does not fit is the app's.
 */
export function createSecondJudge(contract: JudgedContract, { name, read }: SecondReading): TrafficJudge {
  const pairs = contract.operations.map((operation) => {
    const { id } = operation;
    const common = { operations: [id], needs: [], sandboxes: noSandboxes };
    const slug = `${contract.name}/${slugOf(contract, id)}/${name}`;
    const request: Law = {
      ...{ ...common, id: `${slug}-request`, requirement: "MAY", source: operationPointer(operation) },
      statement: `expect of ${id} that requests fit the document, as ${name} reads it`,
    };
    const answer: Law = {
      ...{ ...common, id: `${slug}-answer`, requirement: "SHOULD", source: operationPointer(operation, "responses") },
      statement: `give ${id} answers that fit the document, as ${name} reads it`,
    };
    return [id, { request, answer }] as const;
  });
  const laws = new Map(pairs);
  const judged = new Set<Law>();
  return {
    laws: pairs.flatMap(([, { request, answer }]) => [request, answer]),
    take: (call) => {
      const { operation, exchange, isRequestWhole, isAnswerWhole } = call;
      const own = laws.get(operation);
      if (own === undefined || exchange === undefined) return [];
      const seen = read(call);
      const isOfServer = isAnswerWhole && !isEnvironmental(exchange);
      return [
        { law: own.request, reasons: isRequestWhole ? seen.request : undefined },
        { law: own.answer, reasons: isOfServer ? seen.answer : undefined },
      ].flatMap(({ law, reasons }) => {
        if (reasons === undefined) return [];
        judged.add(law);
        return reasons.length === 0 ? [] : [{ law: law.id, reason: reasons.join("; "), call }];
      });
    },
    finish: () => [],
    isJudged: (law) => judged.has(law),
  };
}
