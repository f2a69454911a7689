import { systemSleep } from "../../src/contract/clock.ts";
import type { Sleep } from "../../src/contract/clock.ts";
import { ContractError } from "../../src/contract/contract-error.ts";
import type { Budget } from "./money/budget.ts";
import type { ProfileName } from "./contract.ts";
import { noteEnding } from "./money/ending.ts";
import { isSuccess } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import type { Ledger, LedgerKey } from "./money/ledger.ts";
import { createOutageWatch } from "./outage.ts";
import { createPatience, isLost } from "./patience.ts";
import type { AskedAgain, Question } from "./patience.ts";
import { findOperation, sendRequest } from "./request.ts";
import type { Call, Credentials, RequestOptions } from "./request.ts";
import { Unjudged } from "./unjudged.ts";

export { causeText, findOperation } from "./request.ts";
export type { Call, Credentials, WriteCredentials } from "./request.ts";

/** On whose behalf a request is sent. */
export type Sender = {
  readonly purpose: string; // the id of a law, "shared" or "cleanup"
  readonly shrinking?: boolean;
  /** Cleaning up, on the way or at the end, is neither held to the budget nor stopped by an interrupt. */
  readonly cleaning?: "release" | "cleanup";
  /** Whether an answer that says "not now" is what this is about: it is handed over, and not asked for again. */
  readonly expects?: (exchange: Exchange) => boolean;
};

export type Transport = {
  /**
   * Sends a request, unless it could do harm; again, where the target is not up to it and nothing can come of that.
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
  /** Sends a request to a preview, again where that is put off, unless previews have been silent too often. */
  readonly visit: (send: () => Promise<Exchange>) => Promise<Exchange>;
  /** Sends to a preview, under the name of "preview", unless previews have been silent too often. */
  readonly watchPreview: <Value>(send: () => Promise<Value>) => Promise<Value>;
  /** Calls that were not let out, in the words of their errors, one for each. */
  readonly refusals: () => readonly string[];
  /** Operations that have answered with a 2xx at least once. */
  readonly answered: ReadonlySet<string>;
  readonly askedAgain: () => AskedAgain;
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
  /** How it waits before it asks again. Default: by the machine's own time. */
  readonly sleep?: Sleep;
  /** The most that all such waits take together, cleaning up apart, in milliseconds. Default: no limit. */
  readonly waitsMsMax?: number;
};

/** A sandbox without an id is one that nobody can end: after so many, and none with one, no more are made. */
const namelessMax = 8;

/** Creates the only way out of a run. */
export function createTransport(options: TransportOptions): Transport {
  const { contract, ledger, budget, profile, signal } = options;
  const allowed = new Set(contract.profiles[profile]);
  const answered = new Set<string>();
  const outage = createOutageWatch();
  // What could not be ended on the way may well be at the end of the run.
  const cleaningOutages = { release: createOutageWatch(), cleanup: createOutageWatch() };
  const watchFor = ({ cleaning }: Sender) => (cleaning === undefined ? outage : cleaningOutages[cleaning]);
  const patience = createPatience({
    clock: options.clock,
    sleep: options.sleep ?? systemSleep,
    waitsMsMax: options.waitsMsMax ?? Infinity,
    leftMs: () => budget.left().minutes * 60_000,
    signal,
  });
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
    await budget.beforeRequest(signal);
  };
  let named = 0;
  let nameless = 0;
  const settle = async (create: number, exchange: Exchange) => {
    const ids = isSuccess(exchange) ? contract.create.idsIn(exchange) : [];
    if (ids.length > 0) {
      named += 1;
      await ledger.created(create, ids);
    } else if (isSuccess(exchange)) {
      nameless += 1;
      await ledger.unanswered(create);
    } else if (isLost(exchange)) await ledger.unanswered(create);
    else await ledger.refused(create, exchange.response.status);
  };
  const sendCreate = async (call: Call, { purpose, shrinking = false }: Sender) => {
    if (named === 0 && nameless >= namelessMax) {
      const reason = `${call.operation} succeeds without a sandbox id: is this the ${contract.name} API? No more are made`;
      throw new Unjudged("no-sandbox", reason);
    }
    if (budget.isFull()) await options.makeRoom?.();
    budget.admitCreate({ shrinking });
    const by = ledgerKey(call.credentials ?? "own");
    const create = await ledger.intend({ operation: call.operation, by, purpose });
    try {
      const exchange = await sendRequest(options, call);
      await settle(create, exchange);
      return exchange;
    } catch (cause) {
      await ledger.unanswered(create);
      throw cause;
    }
  };
  return {
    send: async (call, sender = { purpose: "" }) => {
      assertHarmless(call);
      const isCreate = call.operation === contract.create.operation;
      const ask = async () => {
        if (sender.cleaning === undefined) await admit();
        const exchange = await (isCreate ? sendCreate(call, sender) : sendRequest(options, call));
        await noteEnding(options, call, exchange);
        if (isSuccess(exchange)) answered.add(call.operation);
        options.observe?.(exchange);
        return exchange;
      };
      const send = () => patience.ask({ ...repeatability(options, call), ...finality(options, sender), ask });
      return watchFor(sender).watch(call.operation, send, findOperation(contract, call.operation).method);
    },
    assertOwn,
    admit,
    visit: async (send) => {
      const ask = () => patience.ask({ ask: send, isRepeatable: true, isFinal: isOfPort });
      const visit = () => outage.watch("preview", ask);
      let exchange = await visit();
      for (let visits = 1; visits < portVisitsMax && isOfPort(exchange); visits += 1) exchange = await visit();
      return exchange;
    },
    watchPreview: (send) => outage.watch("preview", send),
    refusals: () => refusals,
    answered,
    askedAgain: patience.total,
  };
}

/**
 * Whether a request may be sent again though nobody knows what came of it: it reads, it is to be refused, or the contract
 * says that doing it twice is as good as once. A create is not among them: it costs money each time.
 */
function repeatability(
  { contract, absentIds, ledger }: TransportOptions,
  { operation, path, credentials = "own", refusable = false }: Call,
): Pick<Question, "isRepeatable" | "onceDone"> {
  const isMadeUp = credentials === "none" || typeof credentials === "object";
  const id = path?.["id"] ?? "";
  const isForeign = absentIds.has(id) || (ledger.find(id)?.by ?? credentials) !== credentials;
  if (refusable || isMadeUp || isForeign) return { isRepeatable: true };
  if (findOperation(contract, operation).method === "get") return { isRepeatable: true };
  const onceDone = contract.repeatable[operation];
  return onceDone === undefined ? { isRepeatable: false } : { isRepeatable: true, onceDone };
}

/** To wait makes no room in a quota that is full: whoever asks has to end something. */
function finality(
  { contract }: TransportOptions,
  { expects, cleaning }: Sender,
): Pick<Question, "isFinal" | "cleaning"> {
  const isFinal = (exchange: Exchange) =>
    expects?.(exchange) === true || contract.create.quotaIn?.(exchange) !== undefined;
  return { isFinal, cleaning: cleaning !== undefined };
}

/**
 * What answers 502 or 503 behind the gate of a preview is a port that nothing listens on, which stays like that; or somebody
 * on the way to the gate, who does not. Asked so often at once, the gate has its say, if it has one.
 */
const portVisitsMax = 3;

function isOfPort({ response: { status } }: Exchange): boolean {
  return status === 502 || status === 503;
}

function ledgerKey(credentials: Credentials): LedgerKey {
  return credentials === "own" || credentials === "other" ? credentials : "made-up";
}
