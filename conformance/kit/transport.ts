import { ContractError } from "../../src/contract/contract-error.ts";
import type { Budget } from "./budget.ts";
import type { ProfileName } from "./contract.ts";
import { noteEnding } from "./ending.ts";
import { isSuccess } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import type { Ledger, LedgerKey } from "./ledger.ts";
import { createOutageWatch } from "./outage.ts";
import { sendRequest } from "./request.ts";
import type { Call, Credentials, RequestOptions } from "./request.ts";
import { Unjudged } from "./unjudged.ts";

export { causeText, findOperation } from "./request.ts";
export type { Call, Credentials, WriteCredentials } from "./request.ts";

/** On whose behalf a request is sent. */
export type Sender = {
  readonly purpose: string; // the id of a law, "shared" or "cleanup"
  readonly shrinking?: boolean;
  /** Cleaning up is neither held to the budget nor stopped by an interrupt. */
  readonly cleaning?: boolean;
};

export type Transport = {
  /**
   * Sends a request, unless it could do harm.
   *
   * @throws {@link EnvironmentTrouble} when no answer comes
   * @throws {@link Unjudged} when the budget is spent, or the run was told to stop
   * @throws {@link ContractError} `OPERATION_UNKNOWN` when the profile or the ledger forbids it
   */
  readonly send: (call: Call, sender?: Sender) => Promise<Exchange>;
  /** @throws {@link ContractError} `OPERATION_UNKNOWN` unless the run made the sandbox, or made its id up */
  readonly assertOwn: (id: string, what: string) => void;
  /** Waits for its turn in the budget, as `send` does. */
  readonly admit: () => Promise<void>;
  /** Sends to a preview, under the name of "preview", unless previews have been silent too often. */
  readonly watchPreview: <Value>(send: () => Promise<Value>) => Promise<Value>;
  /** Calls that were not let out, in the words of their errors, one for each. */
  readonly refusals: () => readonly string[];
  /** Operations that have answered with a 2xx at least once. */
  readonly answered: ReadonlySet<string>;
};

export type TransportOptions = RequestOptions & {
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly profile: ProfileName;
  /** Ids that were made up, and so may be asked for though nobody created them. */
  readonly absentIds: ReadonlySet<string>;
  /** Ends sandboxes that nobody needs any more, when too many run at once. */
  readonly makeRoom?: () => Promise<void>;
  /** Sees every answer. */
  readonly observe?: (exchange: Exchange) => void;
  readonly signal?: AbortSignal | undefined;
};

/** Creates the only way out of a run. */
export function createTransport(options: TransportOptions): Transport {
  const { contract, ledger, budget, profile, signal } = options;
  const allowed = new Set(contract.profiles[profile]);
  const answered = new Set<string>();
  const outage = createOutageWatch();
  const refusals: string[] = [];

  const refuse = (reason: string): never => {
    refusals.push(reason);
    throw new ContractError("OPERATION_UNKNOWN", `not sent: ${reason}`);
  };
  const assertOwn = (id: string, what: string) => {
    if (!ledger.owns(id) && !options.absentIds.has(id)) refuse(`${what} on ${id}, which this run did not create`);
  };
  const assertHarmless = ({ operation, path }: Call) => {
    if (!allowed.has(operation)) refuse(`${operation} is not in the profile "${profile}"`);
    if (path?.["id"] !== undefined) assertOwn(path["id"], operation);
  };
  const admit = async () => {
    if (signal?.aborted === true) throw new Unjudged("interrupted", "the run was told to stop");
    await budget.beforeRequest();
  };
  const sendCreate = async (call: Call, { purpose, shrinking = false }: Sender) => {
    if (budget.isFull()) await options.makeRoom?.();
    budget.admitCreate({ shrinking });
    const by = ledgerKey(call.credentials ?? "own");
    const create = await ledger.intend({ operation: call.operation, by, purpose });
    try {
      const exchange = await sendRequest(options, call);
      if (isSuccess(exchange)) await ledger.created(create, contract.create.idsIn(exchange));
      else await ledger.refused(create, exchange.response.status);
      return exchange;
    } catch (cause) {
      await ledger.unanswered(create);
      throw cause;
    }
  };
  return {
    send: async (call, sender = { purpose: "" }) => {
      assertHarmless(call);
      if (sender.cleaning !== true) await admit();
      const isCreate = call.operation === contract.create.operation;
      const send = () => (isCreate ? sendCreate(call, sender) : sendRequest(options, call));
      const exchange = await (sender.cleaning === true ? send() : outage.watch(call.operation, send));
      await noteEnding(options, call, exchange);
      if (isSuccess(exchange)) answered.add(call.operation);
      options.observe?.(exchange);
      return exchange;
    },
    assertOwn,
    admit,
    watchPreview: (send) => outage.watch("preview", send),
    refusals: () => refusals,
    answered,
  };
}

function ledgerKey(credentials: Credentials): LedgerKey {
  return credentials === "own" || credentials === "other" ? credentials : "made-up";
}
