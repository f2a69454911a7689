import { isEnvironmental, isSuccess } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import { TransientFailure, Unjudged } from "./unjudged.ts";

/**
 * Ends a check that rests on a step which the target did not take: that step is the business of a law of its own.
 *
 * @throws {@link Unjudged} where it was not taken, {@link TransientFailure} after a transient failure
 */
export function needsSuccess(exchange: Exchange): void {
  if (isSuccess(exchange)) return;
  const { operation, response } = exchange;
  const answered = `${operation} answered ${response.status}`;
  if (isEnvironmental(exchange)) throw new TransientFailure(answered);
  const isMissing = [404, 405, 501].includes(response.status);
  throw new Unjudged(isMissing ? "operation-missing" : "no-sandbox", `it rests on ${answered}`);
}

/** The same for a fact that the target did not show. */
export function needs(holds: boolean, fact: string): asserts holds {
  if (!holds) throw new Unjudged("no-sandbox", `it rests on ${fact}, which was not seen`);
}
