import type { Exchange } from "../kit/law/exchange.ts";
import { isEnvironmental, isSuccess } from "../kit/law/exchange.ts";
import { TransientFailure, Unjudged } from "../kit/law/unjudged.ts";
import { answered } from "./readings.ts";

/**
 * Ends a check that rests on a step which the target did not take: that step is the business of a law of its own.
 *
 * @throws {@link Unjudged} where it was not taken, {@link TransientFailure} after a transient failure
 */
export function needsSuccess(exchange: Exchange): void {
  if (isSuccess(exchange)) return;
  if (isEnvironmental(exchange)) throw new TransientFailure(answered(exchange));
  const isMissing = [404, 405, 501].includes(exchange.response.status);
  throw new Unjudged(isMissing ? "operation-missing" : "no-sandbox", `it rests on ${answered(exchange)}`);
}

/** The same for a fact that the target did not show. */
export function needs(holds: boolean, fact: string): void {
  if (!holds) throw new Unjudged("no-sandbox", `it rests on ${fact}, which was not seen`);
}
