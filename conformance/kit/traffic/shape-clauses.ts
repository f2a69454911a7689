import type { Evidence } from "../../../src/contract/operation.ts";
import { judgeAnswer } from "../law/answer.ts";
import type { JudgedContract } from "../run/judged-contract.ts";
import type { Law, Requirement } from "../law/law.ts";
import { noSandboxes } from "../law/law.ts";
import { operationPointer } from "../law/operation-pointer.ts";
import { isEnvironmental } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { findOperation } from "../law/contract.ts";

/** The laws about the form of answers, and the one among them that an answer is about. */
type ShapeClauses = {
  readonly laws: readonly Law[];
  /** The law that an answer is about; undefined where it says "not now", which no law is about. */
  readonly lawOf: (exchange: Exchange) => Law | undefined;
  /** What is wrong with the answer: status, content type, body. */
  readonly judge: (exchange: Exchange) => string | undefined;
};

/** Which answers a law is about: those of success, those that turn a stranger away, and all others. */
const kinds = ["answer-shape", "refusal-shape", "error-shape"] as const;
type Kind = (typeof kinds)[number];

const levels: Readonly<Record<Evidence, Requirement>> = { seed: "MUST", docs: "SHOULD", observed: "MAY" };

/**
 * The laws about the form of answers, for every operation of a contract. Those that a run judges by requests of its own keep
 * their ids; an operation that has none of a kind gets one, whose level is that of the operation.
 */
export function shapeClauses(contract: JudgedContract): ShapeClauses {
  const laws = new Map<string, Law>();
  for (const { id } of contract.operations) {
    for (const kind of kinds) {
      const law = ownLaw(contract, id, kind) ?? madeLaw(contract, id, kind);
      if (law !== undefined) laws.set(`${id} ${kind}`, law);
    }
  }
  return {
    laws: [...laws.values()],
    lawOf: (exchange) => {
      if (isEnvironmental(exchange) || exchange.operation === "preview") return undefined;
      const { operation, response } = exchange;
      const kind = kindOf(response.status);
      return laws.get(`${operation} ${kind}`) ?? laws.get(`${operation} error-shape`);
    },
    judge: (exchange) => judgeAnswer(contract, exchange),
  };
}

function kindOf(status: number): Kind {
  if (status >= 200 && status < 300) return "answer-shape";
  return status === 401 || status === 403 ? "refusal-shape" : "error-shape";
}

function ownLaw({ laws }: JudgedContract, operation: string, kind: Kind): Law | undefined {
  return laws.find((law) => law.operations[0] === operation && law.id.endsWith(`/${kind}`));
}

function madeLaw(contract: JudgedContract, id: string, kind: Kind): Law | undefined {
  if (kind === "refusal-shape") return undefined; // what turns a stranger away is an error as well
  const operation = findOperation(contract, id);
  const what = kind === "answer-shape" ? "with success" : "with an error";
  return {
    id: `${contract.name}/${slugOf(contract, id)}/${kind}`,
    requirement: levels[operation.evidence],
    statement: `answer ${id} ${what} as documented: status, content type and body`,
    source: operationPointer(operation, "responses"),
    operations: [id],
    needs: [],
    sandboxes: noSandboxes,
  };
}

/** The part of an id that names the operation, as the other laws about it have it. */
export function slugOf(contract: JudgedContract, operation: string): string {
  const known = kinds.map((kind) => ownLaw(contract, operation, kind)).find((law) => law !== undefined);
  return known?.id.split("/")[1] ?? operation.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
