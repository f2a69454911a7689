import type { RunContract } from "../law/contract.ts";
import { isSuccess } from "../law/exchange.ts";
import type { Exchange } from "../law/exchange.ts";
import type { Account } from "./account-view.ts";
import type { Budget } from "./budget.ts";
import type { Ledger, LedgerKey, OwnedSandbox } from "./ledger.ts";
import type { Stray } from "../law/call.ts";
import { Unjudged } from "../law/unjudged.ts";

/** A create that is to be sent: with which key, for which law, and whether to make a counterexample smaller. */
type WantedCreate = { readonly by: LedgerKey; readonly purpose: string; readonly shrinking: boolean };

/** The only way in which creates leave a run. Each is sent once, and counts until it is proven to have made nothing. */
export type Creates = {
  /** @throws Unjudged `budget` or `no-sandbox` where it must not be sent */
  readonly send: (wanted: WantedCreate, request: () => Promise<Exchange>) => Promise<Exchange>;
  /** Looks at the account's list where creates are open that it may settle. */
  readonly settle: () => Promise<void>;
  /** The words in which a create was refused. */
  readonly refusalOf: (create: number) => string | undefined;
  /** What refused creates have made, as far as is known by now. */
  readonly strays: () => readonly Stray[];
};

type CreatesOptions = {
  readonly contract: RunContract;
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly account: Account;
  readonly aheadMs: () => Promise<number>;
  /** Waits for the run's turn. @throws Unjudged where the run has no time left, or was told to stop */
  readonly admit: () => Promise<void>;
  /** Waits, unless the run is told to stop or may not wait for so long: then it does nothing. */
  readonly wait: (ms: number) => Promise<void>;
  /** Ends sandboxes that the run needs no more, when too many run at once. */
  readonly makeRoom: (purpose: string) => Promise<void>;
  /** The most sandboxes of one key that the target lets run at once, where it is known. */
  readonly quota: () => number | undefined;
  /** Ends sandboxes that no law knows of. */
  readonly end: (sandboxes: readonly OwnedSandbox[]) => Promise<void>;
};

/** So many creates may be refused between two looks at the list: as many sandboxes may run that are not known yet. */
const groupMax = 4;
/** Sandboxes that no answer names: after so many, and none that an answer names, no more are made. */
const namelessMax = 8;

export function createCreates(options: CreatesOptions): Creates {
  const { contract, ledger, budget, account } = options;
  const exchanges = new Map<number, Exchange>(); // of refused creates
  let named = 0;
  let nameless = 0;
  let isTransient = false; // a create had no answer to be believed: from then on the list is read around each

  /** Creates that are under way, with what each is for. */
  const underWay = new Map<Promise<unknown>, string>();
  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: what decides whether a create may be sent, and what looks at the list. */
  const inTurn = <Value>(act: () => Promise<Value>): Promise<Value> => {
    const next = turn.then(act);
    turn = next.catch(() => undefined);
    return next;
  };
  const othersUnderWay = (purpose: string) => [...underWay].filter(([, by]) => by !== purpose).map(([sent]) => sent);

  /** Once no create is under way, since the list would show what it has made before its answer says whose that is. */
  const look = async () => {
    await Promise.all(underWay.keys());
    const adopted = await account.look();
    nameless += adopted.length;
    await options.end(adopted);
  };
  const isOpen = (create: number, state = "open") =>
    ledger.unsettled().some((each) => each.create === create && each.state === state);
  const refusedCount = () => ledger.unsettled().filter(({ state }) => state === "refused").length;
  /** What has no answer to be believed is looked at right away, and so is everything once a create that named none has made one. */
  const isLookedAtAfter = (create: number) =>
    account.isReadable() && (isOpen(create, "unanswered") || account.isSuspicious());
  const lookAfter = async (create: number) => {
    if (isLookedAtAfter(create)) await look();
  };
  const isLookedAtAlone = () => account.isReadable() && (isTransient || account.isSuspicious());
  /** Settles what it can where one more create would be one too many as things stand. */
  const makeWay = async (purpose: string) => {
    await account.open();
    const others = () => othersUnderWay(purpose);
    // What is under way may come to a refusal as well, or give back its place.
    while (others().length > 0 && (refusedCount() + others().length >= groupMax || budget.isFull())) {
      await Promise.race(others());
    }
    if (!account.isReadable()) {
      if (budget.isFull()) await options.makeRoom(purpose);
      return;
    }
    if (isLookedAtAlone() || refusedCount() >= groupMax) await look();
    const isShort = () => budget.isFull() || budget.left().creates === 0;
    if (isShort() && ledger.unsettled().length > 0) await look();
    if (isShort() && account.settledInMs() > 0) {
      await options.wait(account.settledInMs());
      await look();
    }
    if (budget.isFull()) await options.makeRoom(purpose);
  };
  const note = async (create: number, exchange: Exchange) => {
    const { status } = exchange.response;
    const all = isSuccess(exchange) ? contract.create.idsIn(exchange) : [];
    const ids = all.filter(isNew);
    if (all.length > 0) named += 1;
    if (ids.length > 0) {
      await ledger.note({ type: "created", create, ids });
    } else if ((status >= 400 && status < 500) || contract.create.isRefusal?.(exchange) === true) {
      exchanges.set(create, exchange);
      await ledger.note({ type: "refused", create, status });
      // Without a list the word of a quota is proof enough: what is full makes nothing.
      const isFull = contract.create.quotaIn?.(exchange) !== undefined;
      if (isFull && !account.isReadable()) await ledger.note({ type: "nothing", create });
    } else {
      if (isSuccess(exchange) && all.length === 0) nameless += 1;
      await ledger.note({ type: "unanswered", create, status });
    }
  };
  /** An id that is not of the contract's form, or was there before, is no proof of a sandbox of this run. */
  const isNew = (id: string) => contract.isId(id) && !ledger.isForeign(id);
  /** Sends a create once it may be. @returns once it is in the ledger, with what comes of it */
  const admit = async (
    { by, purpose, shrinking }: WantedCreate,
    request: () => Promise<Exchange>,
  ): Promise<{ readonly create: number; readonly sent: Promise<Exchange> }> => {
    await makeWay(purpose);
    if (named === 0 && nameless >= namelessMax) {
      const reason = `${contract.create.operation} makes sandboxes and names none: is this the ${contract.name} API? No more are made`;
      throw new Unjudged("no-sandbox", reason);
    }
    const skewMs = await options.aheadMs();
    await options.admit();
    if (ledger.mayRunCount(by) >= (options.quota() ?? Infinity)) await options.makeRoom(purpose);
    budget.admitCreate({ purpose, shrinking });
    const create = await ledger.intend({ operation: contract.create.operation, by, purpose, skewMs });
    const sent = carryOut(create, request);
    const ended = sent.catch(() => undefined).finally(() => underWay.delete(ended));
    underWay.set(ended, purpose);
    return { create, sent };
  };
  const carryOut = async (create: number, request: () => Promise<Exchange>) => {
    try {
      const exchange = await request();
      await note(create, exchange);
      return exchange;
    } catch (cause) {
      if (isOpen(create)) await ledger.note({ type: "unanswered", create });
      throw cause;
    } finally {
      isTransient ||= isOpen(create, "unanswered");
    }
  };
  return {
    send: async (wanted, request) => {
      const { create, sent, isLookedAt } = await inTurn(async () => {
        const admitted = await admit(wanted, request);
        const isAlone = isLookedAtAlone();
        if (isAlone) await admitted.sent.catch(() => undefined).finally(() => lookAfter(admitted.create));
        return { ...admitted, isLookedAt: isAlone };
      });
      if (isLookedAt) return sent;
      return sent.finally(() => isLookedAtAfter(create) && inTurn(() => lookAfter(create)));
    },
    settle: () =>
      inTurn(async () => {
        if (refusedCount() > 0 && account.isReadable()) await look();
      }),
    refusalOf: (create) => {
      const exchange = exchanges.get(create);
      return exchange && `${exchange.response.status} ${exchange.response.body}`;
    },
    strays: () =>
      account.madeByRefused().flatMap(({ create, id }) => {
        const exchange = exchanges.get(create);
        return exchange === undefined ? [] : [{ exchange, id, isProven: ledger.owns(id) }];
      }),
  };
}
