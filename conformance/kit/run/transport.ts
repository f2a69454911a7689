import { systemSleep } from "../../../src/contract/clock.ts";
import type { Sleep } from "../../../src/contract/clock.ts";
import type { Budget } from "../money/budget.ts";
import type { ProfileName } from "../law/contract.ts";
import { createAccount } from "../money/account.ts";
import type { Account } from "../money/account-view.ts";
import { createCreates } from "../money/creates.ts";
import type { Creates } from "../money/creates.ts";
import { createCleanup } from "../money/cleanup.ts";
import type { Cleaning, Cleanup } from "../money/cleanup.ts";
import { noteEnding } from "../money/ending.ts";
import { isOfGateway, isSuccess } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { SkipCause } from "../law/verdict.ts";
import type { Ledger, LedgerKey } from "../money/ledger.ts";
import { receiptOf } from "../money/receipt.ts";
import type { Receipt } from "../money/receipt.ts";
import { isMissingOperation } from "./missing-operation.ts";
import { createCircuitBreaker } from "../target/circuit-breaker.ts";
import { createRetrier, holdMsAfter } from "../target/retry.ts";
import type { Retries, RetriableRequest } from "../target/retry.ts";
import type { OpenRecording, SentBy } from "../law/recording.ts";
import { requestOf, sendRequest } from "../target/request.ts";
import { findOperation } from "../law/contract.ts";
import type { RequestOptions } from "../target/request.ts";
import type { ApiCall, Credentials, PreviewSocketAnswer } from "../law/call.ts";
import { Unjudged, assertNotStopped } from "../law/unjudged.ts";

/** On whose behalf a request is sent. */
export type Sender = {
  readonly purpose: string; // the id of a law, "shared" or "cleanup"
  readonly shrinking?: boolean;
  /** Cleaning up, on the way or at the end, is neither held to the budget nor stopped by an interrupt. */
  readonly cleaning?: Cleaning;
  /** Whether an answer that says "not now" is what this is about: it is handed over, and not asked for again. */
  readonly expects?: (exchange: Exchange) => boolean;
};

export type RunTransport = {
  /**
   * Sends a request, unless it could do harm; again, after a transient failure, where nothing can come of that. A
   * create is sent once.
   *
   * @throws {@link TransientFailure} when no answer comes
   * @throws {@link Unjudged} when the budget is spent, the run was told to stop, or the profile or the ledger forbids it
   */
  readonly send: (call: ApiCall, sender?: Sender) => Promise<Exchange>;
  /** What the account has; looked at before the first create, and where creates are open. */
  readonly account: Account;
  readonly creates: Creates;
  /** Ends sandboxes that the run needs no more. */
  readonly release: Cleanup["release"];
  /** Ends all that is left, and says what became of everything. From here on only what cleans up is sent. */
  readonly close: () => Promise<Receipt>;
  /** @throws {@link Unjudged} `no-sandbox` unless the run made the sandbox, or made its id up */
  readonly assertOwn: (id: string, what: string) => void;
  /** Waits for its turn in the budget, as `send` does. */
  readonly admit: () => Promise<void>;
  /** Sends a request to a preview, again where that is refused for now, unless previews have been silent too often. */
  readonly sendPreview: (send: () => Promise<Exchange>) => Promise<Exchange>;
  /** Asks a preview for a WebSocket, again where a gateway answers, unless previews have been silent too often. */
  readonly connectPreview: (connect: () => Promise<PreviewSocketAnswer>) => Promise<PreviewSocketAnswer>;
  /** Operations that have answered with a 2xx at least once. */
  readonly answered: ReadonlySet<string>;
  readonly askedAgain: () => Retries;
};

export type TransportOptions = RequestOptions & {
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly profile: ProfileName;
  /** Ids that were made up, and so may be asked for though no sandbox has them. */
  readonly absentIds: ReadonlySet<string>;
  /** So many requests are sent at once where the run itself asks. Default 1. */
  readonly atOnceMax?: number;
  /** Ends sandboxes that the run needs no more, when too many run at once. */
  readonly makeRoom?: (purpose: string) => Promise<void>;
  /** The most sandboxes that may run at once on the target, where it is known by now. */
  readonly quota?: () => number | undefined;
  /** How far the target's clock is ahead of ours, in milliseconds. Default 0. */
  readonly aheadMs?: () => Promise<number>;
  /** Finds out what the target's clock shows, before the first create. */
  readonly prepareTime?: () => Promise<void>;
  /** Whether the run that sent the creates of the ledger is over: this one only cleans up. Default false. */
  readonly isOver?: boolean;
  /** Whether the target is known to make sandboxes of creates that it refuses. Default false. */
  readonly leavesStrays?: boolean;
  /** Keeps all that is sent. */
  readonly recording: OpenRecording;
  /** Sees every answer, before it is kept. */
  readonly observe?: (exchange: Exchange) => void;
  readonly signal?: AbortSignal | undefined;
  /** How it waits before it asks again. Default: by the machine's own time. */
  readonly sleep?: Sleep;
  /** The most that all such waits take together, cleaning up apart, in milliseconds. Default: no limit. */
  readonly waitsMsMax?: number;
};

/** Creates the only way out of a run. */
export function createTransport(options: TransportOptions): RunTransport {
  const { contract, target, ledger, budget, profile, signal, clock, isOver = false, leavesStrays = false } = options;
  const { atOnceMax = 1 } = options;
  const { sleep = systemSleep, aheadMs = () => Promise.resolve(0) } = options;
  const allowed = new Set(contract.profiles[profile]);
  const answered = new Set<string>();
  const breaker = createCircuitBreaker();
  // What could not be ended on the way may well be at the end of the run.
  const cleaningBreakers = { release: createCircuitBreaker(), cleanup: createCircuitBreaker() };
  const breakerFor = ({ cleaning }: Sender) => (cleaning === undefined ? breaker : cleaningBreakers[cleaning]);
  const leftMs = () => budget.left().minutes * 60_000;
  const retrier = createRetrier({ clock, sleep, signal, waitsMsMax: options.waitsMsMax ?? Infinity, leftMs });
  const refusals: string[] = [];
  let cleaning: Cleaning = isOver ? "cleanup" : "release";
  let createNotBeforeMs = 0;

  const refuse = (cause: SkipCause, reason: string): never => {
    refusals.push(reason);
    throw new Unjudged(cause, `not sent: ${reason}`);
  };
  const assertOwn = (id: string, what: string) => {
    if (options.absentIds.has(id) || (ledger.owns(id) && contract.isId(id))) return;
    refuse("no-sandbox", `${what} on ${JSON.stringify(id)}, which this run did not create`);
  };
  const assertHarmless = (call: ApiCall) => {
    const { operation, path } = call;
    if (!allowed.has(operation)) refuse("profile", `${operation} is not in the profile "${profile}"`);
    const { harmlessCommands = contract.programs.harmless } = target;
    const harmful = contract.programs.of(call).find((name) => !harmlessCommands.includes(name));
    if (profile === "deployment" && harmful !== undefined) {
      refuse("profile", `${operation} runs ${JSON.stringify(harmful)}, which is not named as harmless (--config)`);
    }
    if (path?.["id"] !== undefined) assertOwn(path["id"], operation);
  };
  const admit = async () => {
    assertNotStopped(signal);
    await budget.beforeRequest(signal);
  };
  const sendOnce = async (call: ApiCall, { purpose }: Sender) => {
    const { operation, path = {}, credentials = "own" } = call;
    const request = requestOf(options, call);
    const send = async () => {
      const exchange = await sendRequest(options, call, request);
      await noteEnding(options, call, exchange);
      if (isSuccess(exchange)) answered.add(operation);
      options.observe?.(exchange);
      return exchange;
    };
    const sent = { purpose, by: sentBy(credentials), operation, path, request };
    return options.recording.sending(sent, send, (exchange) => ({ kind: "exchange", exchange }));
  };
  /** A create that was turned away is not sent again, but holds back the next one. */
  const sendCreate = async (call: ApiCall, { purpose, shrinking = false }: Sender) => {
    const by = ledgerKey(call.credentials ?? "own");
    const delayedMs = (await retrier.pause()) + (await retrier.hold(createNotBeforeMs - clock.now()));
    const exchange = await creates.send({ by, purpose, shrinking }, async () => {
      const answer = await sendOnce(call, { purpose });
      return delayedMs === 0 ? answer : { ...answer, delayedMs };
    });
    if (contract.create.quotaIn?.(exchange) === undefined) {
      createNotBeforeMs = clock.now() + holdMsAfter(exchange, clock.now());
    }
    return exchange;
  };
  const send: RunTransport["send"] = async (call, sender = { purpose: "" }) => {
    assertHarmless(call);
    return sendGuarded(call, sender);
  };
  const sendGuarded = async (call: ApiCall, sender: Sender) => {
    const isCreate = [contract.create.operation, ...(contract.create.others ?? [])].includes(call.operation);
    const ask = async () => {
      if (sender.cleaning === undefined) await admit();
      return sendOnce(call, sender);
    };
    const sendAny = () =>
      isCreate
        ? sendCreate(call, sender)
        : retrier.ask({ ...repeatability(options, call), ...finality(options, sender), ask });
    const kind = findOperation(contract, call.operation).method;
    return breakerFor(sender).guard(call.operation, sendAny, { kind, isOfGateway });
  };
  const account = createAccount({
    ...{ contract, ledger, clock, sleep, aheadMs, isOver, atOnceMax },
    isOwn: target.ownAccount === true,
    refusalOf: leavesStrays ? (create) => creates.refusalOf(create) : undefined,
    keys: target.otherKey === undefined ? ["own"] : ["own", "other"],
    // In every profile: without it each refused create would have to be taken for one that made a sandbox.
    list: (by) =>
      sendGuarded({ operation: contract.list.operation, credentials: by }, { purpose: "account", cleaning }),
    prepare: options.prepareTime ?? (() => Promise.resolve()),
  });
  const creates = createCreates({
    ...{ contract, ledger, budget, account, aheadMs, admit },
    wait: async (ms) => void (await retrier.hold(ms)),
    makeRoom: options.makeRoom ?? (() => Promise.resolve()),
    quota: options.quota ?? (() => undefined),
    end: (sandboxes) => cleanup.release(sandboxes),
  });
  const cleanup = createCleanup({
    ...{ contract, ledger, sleep, atOnceMax, hasOther: target.otherKey !== undefined },
    send: (call, cleaning) => send(call, { purpose: "cleanup", cleaning }),
    maySend: (operation) => allowed.has(operation),
    isMissing: (exchange) => isMissingOperation(contract, exchange, answered),
  });
  const askGate = async <Answer>(ask: () => Promise<Answer>, isGateway: (answer: Answer) => boolean) => {
    const askOnce = () => breaker.guard("preview", ask);
    let answer = await askOnce();
    for (let asked = 1; asked < portRequestsMax && isGateway(answer); asked += 1) answer = await askOnce();
    return answer;
  };
  return {
    send,
    account,
    creates,
    release: cleanup.release,
    close: async () => {
      cleaning = "cleanup";
      await account.decide();
      const problems = await cleanup.endAll();
      return receiptOf({ ledger, account, problems, expires: contract.reap.by !== "delete", refusals });
    },
    assertOwn,
    admit,
    sendPreview: (send) => {
      const ask = () => retrier.ask({ ask: send, isRepeatable: true, isFinal: isOfGateway });
      return askGate(ask, isOfGateway);
    },
    connectPreview: (connect) => askGate(connect, (response) => isOfGateway({ response })),
    answered,
    askedAgain: retrier.total,
  };
}

/**
 * Whether a request may be sent again though it is not known what came of it: it reads, it is to be refused, or the contract
 * says that doing it twice is as good as once.
 */
function repeatability(
  { contract, absentIds, ledger }: TransportOptions,
  { operation, path, credentials = "own", refusable = false }: ApiCall,
): Pick<RetriableRequest, "isRepeatable" | "onceDone"> {
  const isMadeUp = credentials === "none" || typeof credentials === "object";
  const id = path?.["id"] ?? "";
  const isForeign = absentIds.has(id) || (ledger.find(id)?.by ?? credentials) !== credentials;
  if (refusable || isMadeUp || isForeign) return { isRepeatable: true };
  if (findOperation(contract, operation).method === "get") return { isRepeatable: true };
  const onceDone = contract.repeatable[operation];
  return onceDone === undefined ? { isRepeatable: false } : { isRepeatable: true, onceDone };
}

/** Waiting makes no room in a full quota: the run has to end something. */
function finality(
  { contract }: TransportOptions,
  { expects, cleaning }: Sender,
): Pick<RetriableRequest, "isFinal" | "cleaning"> {
  const isFinal = (exchange: Exchange) =>
    expects?.(exchange) === true || contract.create.quotaIn?.(exchange) !== undefined;
  return { isFinal, cleaning: cleaning !== undefined };
}

/**
 * What answers 502 to 504 behind the gate of a preview is a port that nothing listens on, which stays like that; or a proxy
 * on the way to the gate, which does not. Asked so often at once, the gate has its say, if it has one.
 */
const portRequestsMax = 3;

function sentBy(credentials: Credentials): SentBy {
  return typeof credentials === "string" ? credentials : "written";
}

function ledgerKey(credentials: Credentials): LedgerKey {
  return credentials === "own" || credentials === "other" ? credentials : "made-up";
}
