import type { ApiCall } from "../law/call.ts";
import { isEnvironmental, isOfGateway } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import { releasing } from "../money/cleanup.ts";
import type { Budget } from "../money/budget.ts";
import type { Ledger, OwnedSandbox } from "../money/ledger.ts";
import type { RunContract } from "../law/contract.ts";
import { TransientFailure, Unjudged } from "../law/unjudged.ts";

/** Tells a gateway's answer to one input from one that an outage gives to all. */
type SteadyFailures = {
  /**
   * Takes note of an answer.
   *
   * @returns answers that belong to the input, this one as the last; empty where it says "not now", or says something else
   */
  readonly note: (call: ApiCall, exchange: Exchange, purpose: string) => Promise<readonly Exchange[]>;
};

/** So many such answers in a row to one input are its answer, where other inputs are answered meanwhile. */
const failuresMin = 3;

/** Creates what knows of no failure. */
export function createSteadyFailures({
  contract,
  transport,
  ledger,
  budget,
}: {
  readonly contract: RunContract;
  /** The run's own way out. */
  readonly transport: {
    readonly send: (call: ApiCall, sender: { readonly purpose: string }) => Promise<Exchange>;
    readonly release: (sandboxes: readonly OwnedSandbox[]) => Promise<void>;
    readonly answered: ReadonlySet<string>;
  };
  readonly ledger: Ledger;
  readonly budget: Budget;
}): SteadyFailures {
  const rows = new Map<string, Exchange[]>();
  const isAnswered = (call: ApiCall, purpose: string) =>
    releasing(ledger, transport, purpose, async () => {
      const exchange = await budget.optional(() => transport.send(call, { purpose }));
      return !isEnvironmental(exchange);
    });
  /** Whether the operation answers other inputs now, as far as that can be found out without harm. */
  const answersOthers = async (call: ApiCall, purpose: string) => {
    if (!transport.answered.has(call.operation)) return false;
    const { operation, body: json } = contract.create;
    const usual: ApiCall = call.operation === operation ? { operation, json } : { operation: contract.list.operation };
    return inputOf(usual) !== inputOf(call) && (await isAnswered(usual, purpose).catch(falseIfUnjudged));
  };
  return {
    note: async (call, exchange, purpose) => {
      // A valid create may find no room, as the contract's 503 says.
      if (exchange.response.status === 503 && call.operation === contract.create.operation && call.refusable !== true)
        return [];
      if (rows.size === 0 && !isOfGateway(exchange)) return [];
      const input = inputOf(call);
      const row = [...(rows.get(input) ?? []), exchange];
      const { status } = exchange.response;
      if (!isOfGateway(exchange) || row.some(({ response }) => response.status !== status)) {
        rows.delete(input);
        return [];
      }
      rows.set(input, row);
      if (row.length < failuresMin) return [];
      if (row.length === failuresMin && !(await answersOthers(call, purpose))) {
        rows.delete(input);
        return [];
      }
      return row;
    },
  };
}

/** The same for any sandbox, and for any key of one kind. */
function inputOf({ path: { id: _, ...path } = {}, ...call }: ApiCall): string {
  return JSON.stringify({ ...call, path });
}

function falseIfUnjudged(error: unknown): false {
  if (error instanceof Unjudged || error instanceof TransientFailure) return false;
  throw error;
}
