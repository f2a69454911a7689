import { isEnvironmental } from "../law/exchange.ts";
import { noSandboxes } from "../law/law.ts";
import type { Law } from "../law/law.ts";
import { operationPointer } from "../law/operation-pointer.ts";
import type { JudgedContract } from "../run/judged-contract.ts";
import type { ObservedCall } from "./observed-traffic.ts";
import { slugOf } from "./shape-clauses.ts";
import type { TrafficJudge } from "./traffic-breach.ts";

/** What another reader of the contract's document says of the form of exchanges. */
export type SecondReading = {
  /** "prism": part of the laws' ids. */
  readonly name: string;
  /** What is wrong with a request and its answer, in sentences. */
  readonly read: (call: ObservedCall) => { readonly request: readonly string[]; readonly answer: readonly string[] };
};

/**
 * What another reader's findings are told as: two laws for each operation. None is a MUST: our own laws judge the same by what they
 * read, and a request that does not fit is the app's.
 */
export function secondLaws(contract: JudgedContract, name: string): readonly Law[] {
  return contract.operations.flatMap((operation): readonly Law[] => {
    const { id } = operation;
    const common = { operations: [id], needs: [], sandboxes: noSandboxes };
    const slug = `${contract.name}/${slugOf(contract, id)}/${name}`;
    return [
      {
        ...{ ...common, id: `${slug}-request`, requirement: "MAY", source: operationPointer(operation) },
        statement: `expect of ${id} that requests fit the document, as ${name} reads it`,
      },
      {
        ...{ ...common, id: `${slug}-answer`, requirement: "SHOULD", source: operationPointer(operation, "responses") },
        statement: `give ${id} answers that fit the document, as ${name} reads it`,
      },
    ];
  });
}

/** Creates a judge that tells of another reader's findings as laws. */
export function createSecondJudge(contract: JudgedContract, { name, read }: SecondReading): TrafficJudge {
  const all = secondLaws(contract, name);
  const pairs = Map.groupBy(all, ({ operations: [operation] }) => operation);
  const judged = new Set<Law>();
  return {
    laws: all,
    take: (call) => {
      const { operation, exchange, isRequestWhole, isAnswerWhole } = call;
      const [ofRequest, ofAnswer] = pairs.get(operation) ?? [];
      if (ofRequest === undefined || ofAnswer === undefined || exchange === undefined) return [];
      const seen = read(call);
      const isOfServer = isAnswerWhole && !isEnvironmental(exchange);
      return [
        { law: ofRequest, reasons: isRequestWhole ? seen.request : undefined },
        { law: ofAnswer, reasons: isOfServer ? seen.answer : undefined },
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
