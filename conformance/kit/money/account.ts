import type { Sleep } from "../../../src/contract/clock.ts";
import { createAccountList } from "./account-list.ts";
import type { AccountListOptions, Reading } from "./account-list.ts";
import type { Account, MadeSandbox } from "./account-view.ts";
import { findByOrder } from "./found-by-order.ts";
import { createRefusalWatch } from "./found-by-refusal.ts";
import { findByTime, underWayMsMax } from "./found-by-time.ts";
import type { OpenCreate, OpenState, OwnedSandbox } from "./ledger.ts";
import type { FoundSandbox } from "./found-sandbox.ts";

type AccountOptions = AccountListOptions & {
  readonly sleep: Sleep;
  readonly aheadMs: () => Promise<number>;
  /** Does what has to be done once before the first look. */
  readonly prepare: () => Promise<void>;
  /** Whether the run that sent the creates is over, so that none of them is under way. Default false. */
  readonly isOver?: boolean;
  /** Whether nothing but this run uses the account, so that what appears there is the run's. Default false. */
  readonly isOwn?: boolean;
  /** In which words a create was refused, where the target is known to make sandboxes of creates that it refuses. */
  readonly refusalOf?: ((create: number) => string | undefined) | undefined;
};

/** How long after an answer that says nothing a list may still lack what the create has made, in milliseconds. */
const listedWithinMs = 2_000;
/** How long the run makes nothing to see whether another user of the account does, in milliseconds. */
const quietMs = 3_000;
/** How soon after the end of a create a look has to begin to be one right after it, in milliseconds. */
const rightAfterMs = 1_000;

/**
 * Creates the account of a run.
 *
 * That a sandbox was started while a create was under way is no proof that the create made it: another user of the account
 * may be at work. The run takes it for its own where, beyond that, no other user was seen in the whole run, and a create of
 * the same kind has once been sent alone, with nothing new in the list right before it, and a sandbox right after it. Where
 * such a create is not seen, a refusal is believed, and a create without an answer is decided at the end of the run.
 *
 * Where the target is known to leave sandboxes of refused creates behind, {@link createRefusalWatch} tells those that its
 * list shows right after them, whenever they were started.
 */
export function createAccount(options: AccountOptions): Account {
  const { contract, ledger, clock, sleep, aheadMs, isOver = false, isOwn = false, refusalOf } = options;
  const list = createAccountList(options);
  const refusals = refusalOf && createRefusalWatch(refusalOf);
  const handedOut = new Map<string, FoundSandbox>(); // what the target may have kept ready
  const caught = new Set<OpenState>(); // kinds of creates that have made something while nothing else did
  const ofRefused = new Map<string, MadeSandbox>();
  /** What may be the run's, and did not become so when the list was read last. */
  let inDoubt: readonly FoundSandbox[] = [];
  let opened: Promise<void> | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let before: Reading = { atMs: -Infinity, create: 0, shown: new Map() };
  let isQuiet = isOver || isOwn; // it cannot be learnt any more who was at work then, or need not be
  let isShared = false; // another user of the account is at work
  const suspectOther = (isSeen: boolean) => void (isShared ||= isSeen && !isOwn);

  const strangersIn = ({ shown }: Reading) =>
    [...shown.values()].filter(({ id }) => !ledger.owns(id) && !ledger.isForeign(id));
  const newIn = (reading: Reading) => strangersIn(reading).filter(({ id }) => !before.shown.has(id));
  /** What appears while the run makes nothing is another user's, and so may be what appeared before. */
  const listenForOthers = async ({ shown }: Reading) => {
    await sleep(quietMs);
    const later = await list.read();
    isQuiet = strangersIn(later).every(({ id }) => shown.has(id));
    suspectOther(!isQuiet);
    return later;
  };
  /** Whether nothing but this create lies between the last two looks. */
  const isAlone = ({ create, atMs, endedAtMs = atMs }: OpenCreate, nowMs: number) =>
    create === before.create + 1 && ledger.lastCreate() === create && nowMs - endedAtMs <= rightAfterMs;
  /** Reads the list right before a create: what has appeared since the last look was made by another user. */
  const lookBefore = async (nowMs: number) => {
    const isFresh = before.create === ledger.lastCreate() && nowMs - before.atMs < rightAfterMs / 2;
    if (refusals === undefined || isFresh) return;
    const reading = await list.read();
    suspectOther(newIn(reading).length > 0);
    before = reading;
  };
  /** Notes what the one create has left behind that was sent since the list was read right before it. */
  const noteRefused = (reading: Reading, creates: readonly OpenCreate[], nowMs: number) => {
    const sent = creates.find((each) => each.state === "refused" && isAlone(each, nowMs));
    if (sent === undefined || sent.atMs - before.atMs > rightAfterMs) return;
    const appeared = newIn(reading);
    suspectOther(appeared.length > 1); // a create makes one
    if (appeared.length <= 1) refusals?.note(sent, appeared);
  };
  const noteHandedOut = (reading: Reading, skewMs: number) => {
    const creates = ledger.unsettled().filter(({ create }) => create > before.create);
    const news = findByOrder({ creates, appeared: newIn(reading), skewMs });
    suspectOther(new Set(news.map(({ creates: [create] }) => create)).size < news.length);
    for (const each of news) handedOut.set(each.id, each);
  };
  /** All that the list shows of creates without an outcome, by each way of finding. */
  const findIn = (reading: Reading, creates: readonly OpenCreate[], skewMs: number) => {
    const strangers = strangersIn(reading);
    const ofRefusals = (refusals?.all() ?? []).filter(({ id }) => !ledger.owns(id));
    // Where refusals leave behind what was kept ready, its time says nothing.
    const timeless = new Set(refusals === undefined ? [] : [...ofRefusals, ...handedOut.values()].map(({ id }) => id));
    const byTime = findByTime({ creates, strangers: strangers.filter(({ id }) => !timeless.has(id)), skewMs });
    const byOrder = strangers.flatMap(({ id }) => handedOut.get(id) ?? []);
    return { found: [...ofRefusals, ...byTime.found, ...byOrder], isShared: byTime.isShared };
  };
  /** Takes note of creates that have made something though they were refused, or were given up. */
  const learnFrom = (found: readonly FoundSandbox[], creates: readonly OpenCreate[], nowMs: number) => {
    // Of one that was found in two ways, what its time tells counts.
    for (const { id, foundBy, creates: among, isSure } of found.toReversed()) {
      const made = creates.find(({ create }) => create === among[0]);
      if (made === undefined || (foundBy === "time" && !isSure)) continue;
      if (made.state === "refused") ofRefused.set(id, { create: made.create, id });
      if (foundBy === "time" && !before.shown.has(id) && isAlone(made, nowMs)) caught.add(made.state);
    }
  };
  const look = async (isLast: boolean): Promise<readonly OwnedSandbox[]> => {
    const startedAtMs = clock.now();
    const unsettled = () => ledger.unsettled().filter(({ state }) => isOver || state !== "open");
    const creates = unsettled();
    if (options.keys.length === 0) return [];
    if (creates.length === 0) {
      await lookBefore(startedAtMs);
      return [];
    }
    const skewMs = await aheadMs();
    let reading = await list.read();
    noteRefused(reading, creates, startedAtMs);
    noteHandedOut(reading, skewMs);
    const first = findIn(reading, creates, skewMs);
    learnFrom(first.found, creates, startedAtMs);
    suspectOther(!isOver && first.isShared);
    const stateOf = (number: number) => creates.find(({ create }) => create === number)?.state;
    const isProven = ({ foundBy, isSure, creates: [create] }: FoundSandbox) => {
      if (!isSure || foundBy === "refusal" || isOwn) return isSure;
      const state = stateOf(create!)!;
      return caught.has(state) || (isLast && state !== "refused") || (isOver && state === "open");
    };
    if (first.found.some(isProven) && !isQuiet && !isShared) reading = await listenForOthers(reading);
    const { found } = findIn(reading, creates, skewMs);
    before = reading;
    const adopted: string[] = [];
    for (const each of found) {
      // With no other user, what nothing tells is the run's as well, once none of its creates is under way.
      if (!isProven(each) && !(isOwn && isLast)) continue;
      if (ledger.owns(each.id) || !contract.isId(each.id) || !isQuiet || isShared) continue;
      const by = reading.shown.get(each.id)?.by;
      await ledger.note({ type: "created", create: each.creates[0]!, ids: [each.id], by });
      adopted.push(each.id);
    }
    inDoubt = found.filter(({ id }) => !ledger.owns(id));
    for (const each of unsettled()) {
      if (!isInDoubt(each) && list.shows(each) && settlesAtMs(each) <= startedAtMs)
        await ledger.note({ type: "nothing", create: each.create });
    }
    return adopted.flatMap((id) => ledger.find(id) ?? []);
  };
  const isInDoubt = ({ create }: OpenCreate) => inDoubt.some(({ creates }) => creates.includes(create));
  const lookInTurn = (isLast: boolean) => {
    const next = looking.then(() => look(isLast));
    looking = next.catch(() => undefined);
    return next;
  };
  const settledInMs = () => {
    const waiting = ledger.unsettled().filter((each) => !isInDoubt(each) && list.shows(each));
    return Math.max(0, ...waiting.map((create) => settlesAtMs(create) - clock.now()));
  };
  return {
    open: () =>
      (opened ??= (async () => {
        await options.prepare();
        before = await list.read();
        await ledger.note({ type: "foreign", ids: [...before.shown.keys()] });
      })()),
    look: () => lookInTurn(false),
    decide: async () => {
      if (ledger.unsettled().length === 0) return;
      await lookInTurn(true);
      const ms = settledInMs();
      if (ms === 0) return;
      await sleep(ms);
      await lookInTurn(true);
    },
    settledInMs,
    isReadable: list.isReadable,
    isSuspicious: () => refusals !== undefined || inDoubt.length + caught.size > 0,
    madeByRefused: () => [...ofRefused.values()],
    doubtful: () => [...new Set(inDoubt.map(({ id }) => id))],
    problem: list.problem,
  };
}

/** When a look shows for certain what a create has made, in milliseconds since the Unix epoch. */
function settlesAtMs({ state, atMs, endedAtMs = atMs, status }: OpenCreate): number {
  if (state === "refused") return endedAtMs;
  return endedAtMs + (status === undefined ? underWayMsMax : listedWithinMs);
}
