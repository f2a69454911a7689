import type { Contract } from "../law/contract.ts";
import { answerText, isEnvironmental } from "../target/exchange.ts";
import type { Exchange } from "../target/exchange.ts";
import { EnvironmentTrouble, Unjudged } from "../run/unjudged.ts";

/** A sandbox that was made for a law, with the answer that told its id. */
export type Created = { readonly id: string; readonly exchange: Exchange; readonly json: unknown };

/** Makes a sandbox, or ends the check: a create that fails is the business of the laws about creating. */
export async function createSandbox(contract: Contract, send: () => Promise<Exchange>): Promise<Created> {
  const exchange = await send();
  const { status, json } = exchange.response;
  const { operation, idsIn } = contract.create;
  if (isEnvironmental(exchange)) throw notUpToIt(exchange, contract);
  const id = idsIn(exchange)[0];
  if (id === undefined) throw new Unjudged("no-sandbox", `${operation} answered ${status} without a sandbox id`);
  return { id, exchange, json };
}

/** Trouble that the target told of: it says "not now". */
export function notUpToIt(exchange: Exchange, { create }: Contract): EnvironmentTrouble {
  const quota = create.quotaIn?.(exchange);
  const hint = quota === undefined ? "" : `: all ${quota} places are taken; end some, or lower --max-alive`;
  return new EnvironmentTrouble(`the target was not up to it: ${answerText(exchange)}${hint}`, { exchange });
}
