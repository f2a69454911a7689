import type { Operation } from "../../../src/contract/operation.ts";
import type { RunContract } from "../law/contract.ts";
import { judgeAnswer } from "../law/answer.ts";
import type { Exchange } from "../law/exchange.ts";
import { findOperation } from "../law/contract.ts";

/** What is known of a target's operations beyond the seed: whether it has each, and how it says that it has not. */
export type CompanionKnowledge = {
  readonly probed: Map<string, Exchange | undefined>; // by operationId; the answer of one that is missing
  /** The body with which the target answers an unknown path. */
  notFound?: Promise<string | undefined>;
};

/**
 * Whether an answer says that the target never had this operation, as servers of the seed alone do not have its
 * companions: 405, 501, or a 404 that is not the operation's own.
 *
 * An operation of a seed is never excused, nor one that has answered before.
 */
export function isMissingOperation(contract: RunContract, exchange: Exchange, answered: ReadonlySet<string>): boolean {
  if (!contract.operations.some(({ id }) => id === exchange.operation)) return false; // a preview
  const { evidence } = findOperation(contract, exchange.operation);
  if (evidence === "seed" || answered.has(exchange.operation)) return false;
  const { status } = exchange.response;
  return status === 405 || status === 501 || (status === 404 && judgeAnswer(contract, exchange) !== undefined);
}

/** The operations of a contract that no seed has. */
export function companionsOf(operations: Readonly<Record<string, Operation>>): readonly string[] {
  return Object.values(operations).flatMap(({ id, evidence }) => (evidence === "seed" ? [] : [id]));
}
