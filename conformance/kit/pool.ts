import type { Contract } from "./contract.ts";
import { isEnvironmental } from "./exchange.ts";
import type { Transport } from "./transport.ts";
import { EnvironmentTrouble, Unjudged } from "./unjudged.ts";

/** Sandboxes for laws to look at. Those that only look share; those that change one get their own. */
export type Pool = {
  /** The id of the shared sandbox with this number, created when first asked for. */
  readonly shared: (index: number) => Promise<string>;
  readonly fresh: () => Promise<string>;
  /** Forgets the shared ones, after a law saw the target misbehave: who knows what became of them. */
  readonly discard: () => void;
};

export function createPool({
  contract,
  transport,
}: {
  readonly contract: Contract;
  readonly transport: Transport;
}): Pool {
  const shared: string[] = [];
  const fresh = async (): Promise<string> => {
    const { operation, body, idsIn } = contract.create;
    const exchange = await transport.send({ operation, json: body });
    const { status } = exchange.response;
    if (isEnvironmental(exchange)) throw new EnvironmentTrouble(`${operation} answered ${status}`);
    const id = idsIn(exchange)[0];
    if (id === undefined) throw new Unjudged("no-sandbox", `${operation} answered ${status} without a sandbox id`);
    return id;
  };
  return {
    shared: async (index) => {
      while (shared.length <= index) shared.push(await fresh());
      return shared[index]!;
    },
    fresh,
    discard: () => void (shared.length = 0),
  };
}
