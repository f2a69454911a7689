import type { RunContract } from "../law/contract.ts";
import { answerText, isEnvironmental } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";
import type { Created } from "../law/call.ts";

/** Makes a sandbox, or ends the check: a create that fails is the business of the laws about creating. */
export async function createSandbox(contract: RunContract, send: () => Promise<Exchange>): Promise<Created> {
  const exchange = await send();
  const { status, json } = exchange.response;
  const { operation, idsIn } = contract.create;
  if (isEnvironmental(exchange)) throw notUpToIt(exchange, contract);
  const id = idsIn(exchange)[0];
  if (id === undefined) throw new Unjudged("no-sandbox", `${operation} answered ${status} without a sandbox id`);
  return { id, exchange, json };
}

/** A transient failure that the target reports: it says "not now". */
export function notUpToIt(exchange: Exchange, { create }: RunContract): TransientFailure {
  const quota = create.quotaIn?.(exchange);
  const hint = quota === undefined ? "" : `: all ${quota} places are taken; end some, or lower --max-alive`;
  return new TransientFailure(`a transient failure: ${answerText(exchange)}${hint}`, { exchange });
}
